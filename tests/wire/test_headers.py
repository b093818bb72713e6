"""Request and response headers of every version."""

from __future__ import annotations

import pytest

from wire.codec import encode
from wire.errors import MalformedRequest
from wire.headers import decode_client_id, encode_request, encode_response, peek_request
from wire.messages.api_versions import ApiVersionsRequest, ApiVersionsResponse
from wire.messages.fetch import FetchableTopicResponse, FetchResponse, PartitionData
from wire.messages.heartbeat import HeartbeatRequest, HeartbeatResponse

HEARTBEAT = HeartbeatRequest(group_id="g", generation_id=1, member_id="m")


@pytest.mark.parametrize("client_id", ["client", "", None])
@pytest.mark.parametrize("version", [0, 4])
def test_request_headers(client_id: str | None, version: int) -> None:
    """The client id has a classic length also in the flexible header (v2)."""
    frame = memoryview(encode_request(HEARTBEAT, version, 77, client_id))[4:]

    assert peek_request(frame) == (12, version, 77)
    found, position = decode_client_id(frame, flexible=version == 4)
    assert found == client_id
    assert bytes(frame[position:]) == encode(HEARTBEAT, version)


def test_unknown_tags_of_a_header_are_skipped() -> None:
    """A client may send tagged fields in its header that we have never heard of."""
    frame = bytearray(encode_request(HEARTBEAT, 4, 1, "c")[4:])
    frame[11:12] = b"\x01\x05\x02ab"
    _, position = decode_client_id(memoryview(frame), flexible=True)

    assert bytes(frame[position:]) == encode(HEARTBEAT, 4)


@pytest.mark.parametrize("tags", [b"\x91\x4e" + bytes(30_000), b"\x01\x05\x7fab", b"\x80"])
def test_malformed_tags_of_a_header(tags: bytes) -> None:
    """Over 10,000 of them, one longer than the frame, a count that does not end."""
    frame = bytearray(encode_request(HEARTBEAT, 4, 1, "c")[4:])
    frame[11:] = tags
    with pytest.raises(MalformedRequest):
        decode_client_id(memoryview(frame), flexible=True)


@pytest.mark.parametrize("size", range(13))
def test_cut_headers_are_malformed(size: int) -> None:
    """A frame that ends within its header is no request."""
    frame = memoryview(encode_request(HEARTBEAT, 4, 1, "client")[4 : 4 + size])
    read = peek_request if size < 8 else lambda frame: decode_client_id(frame, flexible=True)
    with pytest.raises(MalformedRequest):
        read(frame)


def test_response_headers() -> None:
    """v1 of the header comes with flexible versions, but never for ApiVersions (KIP-511)."""
    (classic,) = encode_response(HeartbeatResponse(error_code=0), 1, 5)
    (flexible,) = encode_response(HeartbeatResponse(error_code=0), 4, 5)
    (versions,) = encode_response(ApiVersionsResponse(error_code=0, api_keys=[]), 3, 5)

    assert classic == bytes([0, 0, 0, 10, 0, 0, 0, 5]) + bytes(6)
    assert flexible == bytes([0, 0, 0, 12, 0, 0, 0, 5, 0]) + bytes(7)
    assert versions[4:10] == bytes([0, 0, 0, 5, 0, 0])
    assert ApiVersionsRequest.__facts__.first_flexible == 3


class Region:
    """Stands for a region of a file: it has a length and is no buffer."""

    def __len__(self) -> int:
        return 1000


def test_regions_stand_between_joined_buffers() -> None:
    """The frame's size counts regions, which stay what they are."""
    region = Region()
    data = PartitionData(partition_index=0, error_code=0, high_watermark=1, records=region)
    response = FetchResponse(responses=[FetchableTopicResponse(topic="t", partitions=[data])])
    head, middle, tail = encode_response(response, 12, 5)

    assert middle is region
    assert int.from_bytes(head[:4], "big") == len(head) - 4 + 1000 + len(tail)
