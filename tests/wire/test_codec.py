"""What the generated codecs refuse, keep and hand through."""

from __future__ import annotations

import linecache
import traceback
from struct import error as struct_error

import pytest

from wire.api_keys import ApiKey
from wire.codec import codec_source, decode, decoder, encode, encode_into
from wire.errors import MalformedRequest
from wire.messages.api_versions import ApiVersionsRequest
from wire.messages.fetch import FetchResponse
from wire.messages.metadata import MetadataRequest, MetadataRequestTopic
from wire.messages.produce import PartitionProduceData, ProduceRequest, TopicProduceData
from wire.primitives import write_uvarint
from wire.schema import Message, Struct, array, int32, int64, string, struct


def metadata(body: bytes, version: int = 9) -> MetadataRequest:
    return decode(MetadataRequest, version, memoryview(body))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing at all"),
        pytest.param(write_uvarint(1_000_002) + bytes(1_100_000), id="over a million elements"),
        pytest.param(b"\xff\xff\xff\xff\x0f" + bytes(20), id="more elements than bytes"),
        pytest.param(b"\xff\xff\xff\xff\xff\x0f" + bytes(20), id="varint of six bytes"),
        pytest.param(b"\xff\xff\xff\xff\x7f" + bytes(20), id="varint of 35 bits"),
        pytest.param(b"\x02\x00\x00\x01\x01\x00", id="null where null may not be"),
        pytest.param(b"\x02\x7fab\x00\x01\x01\x01\x00", id="string longer than the frame"),
        pytest.param(b"\x02\x03\xff\xfe\x00\x01\x01\x01\x00", id="no UTF-8"),
        pytest.param(b"\x00\x01\x01\x01\x01\x05\x7fab", id="tagged field longer than the frame"),
        pytest.param(
            b"\x00\x01\x01\x01" + write_uvarint(10_001) + bytes(30_000), id="over 10,000 tags"
        ),
    ],
)
def test_malformed(body: bytes) -> None:
    """Lengths, counts and texts that cannot be end in MalformedRequest."""
    with pytest.raises(MalformedRequest):
        metadata(body)


@pytest.mark.parametrize(("length", "fits"), [(0x7FFF, True), (0x8000, False)])
def test_a_compact_string_is_no_longer_than_another(length: int, fits: bool) -> None:
    body = b"\x02" + write_uvarint(length + 1) + b"x" * length + b"\x00\x01\x01\x01\x00"
    if fits:
        assert len(metadata(body).topics[0].name) == length
    else:
        with pytest.raises(MalformedRequest):
            metadata(body)


@pytest.mark.parametrize("count", [-2, -(1 << 31), 1 << 30])
def test_malformed_classic_counts(count: int) -> None:
    """An int32 count is bounded by the bytes that are left, and only -1 is null."""
    body = count.to_bytes(4, "big", signed=True) + b"\x01"
    if count < 0:
        assert metadata(body, 4).topics is None  # Kafka takes any negative count for null
    else:
        with pytest.raises(MalformedRequest):
            metadata(body, 4)


def test_unknown_tagged_fields_survive() -> None:
    """A newer client's tagged fields come back when the message is encoded again."""
    request = MetadataRequest(topics=[MetadataRequestTopic(name="t")])
    request.unknown_tags = {7: b"new", 3: b""}
    encoded = encode(request, 9)
    again = decode(MetadataRequest, 9, memoryview(encoded))

    assert again.unknown_tags == {7: b"new", 3: b""}
    assert encode(again, 9) == encoded


def test_produced_records_are_views_of_the_frame() -> None:
    """On the way in records are not copied."""
    data = PartitionProduceData(index=0, records=b"records")
    request = ProduceRequest(
        acks=1, timeout_ms=1, topic_data=[TopicProduceData(name="t", partition_data=[data])]
    )
    frame = bytearray(encode(request, 9))
    decoded = decode(ProduceRequest, 9, memoryview(frame))
    records = decoded.topic_data[0].partition_data[0].records
    frame[frame.index(b"records")] = ord("R")

    assert bytes(records) == b"Records"


def test_fetched_records_are_handed_through() -> None:
    """On the way out records go into the output as the object that they are."""
    from wire.messages.fetch import FetchableTopicResponse, PartitionData

    records = memoryview(b"a region of a file, say")
    data = PartitionData(partition_index=0, error_code=0, high_watermark=1, records=records)
    response = FetchResponse(responses=[FetchableTopicResponse(topic="t", partitions=[data])])
    parts: list[object] = []
    encode_into(response, 11, parts)

    assert any(part is records for part in parts)


def test_generated_code_can_be_read() -> None:
    """Tracebacks show the lines of the generated code, and tools print it."""
    known = decoder(ApiVersionsRequest, 3)
    lines = linecache.getlines(known.__code__.co_filename, known.__globals__)
    source, _ = codec_source(ApiVersionsRequest, 3)

    assert "".join(lines) == source
    assert "client_software_name" in source


def test_tracebacks_show_generated_lines() -> None:
    """A field of a wrong type is found in the line that writes it."""
    with pytest.raises(struct_error) as failure:
        encode(Single(x="no number"), 0)  # type: ignore[arg-type]
    assert "write(pack_i(m.x))" in "".join(traceback.format_exception(failure.value))


def test_a_version_that_is_not_defined_is_a_mistake_of_ours() -> None:
    """Only served versions get to the codec."""
    with pytest.raises(ValueError, match="has no version 99"):
        decoder(ApiVersionsRequest, 99)


class Single(Message):
    x: int = int32()


class Point(Struct):
    x: int = int32()
    y: int = int32(default=-1)


class Drawing(Message, versions=(0, 1), flexible=1):
    name: str | None = string(null_since=0, default=None)
    points: list[Point] = array(Point, default=[])
    centre: Point | None = struct(Point, null_since=1, since=1, default=None)


def test_constructors_are_those_of_the_table() -> None:
    """Defaults may be left out, required fields and unknown names may not pass."""
    assert Point(x=1) == Point(x=1, y=-1)
    assert Drawing().points == []
    assert Drawing().points is not Drawing().points
    with pytest.raises(TypeError):
        Point()  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Point(x=1, z=2)  # type: ignore[call-arg]


@pytest.mark.parametrize("centre", [None, Point(x=1, y=2)])
def test_nullable_structs(centre: Point | None) -> None:
    """A struct may be null where the table says so."""
    drawing = Drawing(name=None, points=[Point(x=3)], centre=centre)

    assert decode(Drawing, 1, memoryview(encode(drawing, 1))) == drawing


class Note(Message, versions=(0, 2), flexible=1):
    author: str | None = string(null_since=0, null_until=1)
    place: Point | None = struct(Point, null_since=1, since=1, tag=0, default_factory=Point)


@pytest.mark.parametrize(
    ("place", "tags"),
    [(None, b"\x01\x00\x01\x00"), (Point(x=0), b"\x00"), (Point(x=1), b"\x01\x00\x0a\x01")],
)
def test_nullable_structs_as_tagged_fields(place: Point | None, tags: bytes) -> None:
    """A null one is a mark of 0, not -1 (what Kafka's ConsumerGroupMemberMetadataValue does); a
    default struct is one whose fields are zero or at their defaults."""
    note = Note(author="a", place=place)
    encoded = encode(note, 1)

    assert encoded[2:].startswith(tags)
    assert decode(Note, 1, memoryview(encoded)) == note


class Sums(Message, versions=(0, 1), flexible=1):
    numbers: list[int] = array(int32)
    large: list[int] = array(int64)


@pytest.mark.parametrize("count", [0, 1, 14, 15, 16, 17, 126, 127, 128, 129])
@pytest.mark.parametrize("version", [0, 1])
def test_lists_of_numbers_have_any_length(version: int, count: int) -> None:
    """Short ones are read and written in other ways than long ones."""
    sums = Sums(numbers=list(range(count)), large=list(range(0, -count, -1)))

    assert decode(Sums, version, memoryview(encode(sums, version))) == sums


@pytest.mark.parametrize("length", [0, 126, 127, 128])
def test_lengths_of_one_byte_and_of_two(length: int) -> None:
    request = MetadataRequest(topics=[MetadataRequestTopic(name="x" * length)] * length)

    assert decode(MetadataRequest, 9, memoryview(encode(request, 9))) == request


def test_null_ends_with_a_version() -> None:
    """A field may be nullable up to a version only."""
    assert decode(Note, 1, memoryview(b"\x00\x00")).author is None
    with pytest.raises(MalformedRequest):
        decode(Note, 2, memoryview(b"\x00\x00"))


def test_api_versions_come_from_one_place() -> None:
    """A message takes its versions from the line of its API."""
    facts = MetadataRequest.__facts__

    assert (facts.first_version, facts.last_version, facts.first_flexible) == (
        ApiKey.METADATA.first_version,
        ApiKey.METADATA.last_version,
        ApiKey.METADATA.first_flexible,
    )
