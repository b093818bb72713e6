"""The headers before every request and response body.

Request header v0 had no client id (no API uses it any more), v1 has one, v2 adds tagged fields;
the client id keeps its classic int16 length in v2. Response header v0 is the correlation id, v1
adds tagged fields. ApiVersions answers with header v0 at every version, since its client does not
know yet whether the broker knows flexible headers (KIP-511).
"""

from __future__ import annotations

from struct import Struct as Packer
from struct import error as StructError  # noqa: N812  # an exception, named like one
from typing import Any

from wire.api_keys import ApiKey
from wire.codec import decode, encode_into
from wire.decoder_source import count_of_tags, read_tag
from wire.errors import MalformedRequest
from wire.messages import response_class
from wire.primitives import INT16
from wire.schema import Message

_FIXED = Packer(">hhi")
_SIZE_AND_CORRELATION = Packer(">ii")
_CORRELATION_SIZE = 4
_LENGTH_SIZE = 4
# What an answer begins with, to be filled in when its size is known.
_HEADER = bytes(_SIZE_AND_CORRELATION.size)
_HEADER_WITH_TAGS = _HEADER + b"\0"


class RequestHeader:
    __slots__ = ("api_key", "api_version", "client_id", "correlation_id")

    def __init__(
        self, api_key: int, api_version: int, correlation_id: int, client_id: str | None
    ) -> None:
        self.api_key = api_key
        self.api_version = api_version
        self.correlation_id = correlation_id
        self.client_id = client_id


def peek_request(frame: memoryview) -> tuple[int, int, int]:
    """(api key, api version, correlation id), which every request header starts with."""
    try:
        return _FIXED.unpack_from(frame)
    except StructError:
        raise MalformedRequest(f"a frame of {len(frame)} bytes has no request header") from None


def decode_client_id(frame: memoryview, flexible: bool) -> tuple[str | None, int]:
    """(client id, position of the body) of a v1 header, or of a v2 header when ``flexible``."""
    position = _FIXED.size
    try:
        (length,) = INT16.unpack_from(frame, position)
        position += 2
        client_id = None
        if length >= 0:
            client_id = str(frame[position : position + length], "utf-8")
            position += length
        if flexible:
            if frame[position]:
                return client_id, _skip_tags(frame, position)
            position += 1
    except (StructError, IndexError, UnicodeDecodeError) as error:
        raise MalformedRequest(f"request header: {error}") from None
    return client_id, position


def _skip_tags(frame: memoryview, position: int) -> int:
    count, position = count_of_tags(frame, position)
    for _ in range(count):
        _, _, position = read_tag(frame, position)
    return position


def encode_request(
    message: Message, version: int, correlation_id: int, client_id: str | None
) -> bytes:
    """A whole frame, its size in front: what a client sends."""
    facts = message.__facts__
    assert facts.api is not None
    name = INT16.pack(-1) if client_id is None else _classic_string(client_id)
    tags = b"\0" if version >= facts.first_flexible else b""
    parts: list[Any] = [_FIXED.pack(facts.api, version, correlation_id), name, tags]
    encode_into(message, version, parts)
    body = b"".join(parts)
    return len(body).to_bytes(4, "big") + body


def _classic_string(text: str) -> bytes:
    content = text.encode()
    return INT16.pack(len(content)) + content


def response_header_size(api: ApiKey, version: int) -> int:
    """Bytes before the body of an answer without tagged fields in its header."""
    flexible = version >= api.first_flexible and api is not ApiKey.API_VERSIONS
    return _CORRELATION_SIZE + flexible


def decode_response(frame: bytes | memoryview, api: ApiKey, version: int) -> Any:
    """The answer in a frame without its length. Raises MalformedRequest."""
    start = response_header_size(api, version)
    return decode(response_class(api), version, memoryview(frame), start)


def encode_response(message: Message, version: int, correlation_id: int) -> list[Any]:
    """A whole frame as a list of buffers. Records that are no bytes (a region of a file) are items
    of the list as they are; everything between two of them is one buffer."""
    facts = message.__facts__
    assert facts.api is not None
    api = facts.api
    # As in response_header_size; a call less for each answer.
    has_tags = version >= api.first_flexible and api is not ApiKey.API_VERSIONS
    parts: list[Any] = [_HEADER_WITH_TAGS if has_tags else _HEADER]
    encode_into(message, version, parts)
    try:
        buffers: list[Any] = [bytearray().join(parts)]
        size = len(buffers[0])
    except TypeError:
        buffers = _joined_between_regions(parts)
        size = sum(map(len, buffers))
    _SIZE_AND_CORRELATION.pack_into(buffers[0], 0, size - _LENGTH_SIZE, correlation_id)
    return buffers


def _joined_between_regions(parts: list[Any]) -> list[Any]:
    joined: list[Any] = []
    run: list[Any] = []
    for part in parts:
        if isinstance(part, bytes | bytearray | memoryview):
            run.append(part)
            continue
        joined += (bytearray().join(run), part)
        run = []
    if run:
        joined.append(bytearray().join(run))
    return joined
