"""Which produced batches a log refuses, and what it corrects."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from storage import (
    AppendOrigin,
    CorruptBatch,
    InvalidRecord,
    InvalidTimestamp,
    LogConfig,
    RecordTooLarge,
    StorageError,
    UnknownCompression,
)
from storage.validator import only_batch, validate
from tests.log_configs import log_config
from tests.storage.conftest import NOW, Build
from wire.records import BatchBuilder, Record, RecordBatch, TimestampType
from wire.records.batch import HEADER_SIZE, LOG_OVERHEAD
from wire.records.compression import Compression
from wire.records.legacy import build_message_set


def check(
    data: bytes, config: LogConfig | None = None, origin: AppendOrigin = AppendOrigin.CLIENT
) -> RecordBatch:
    batch = only_batch(data)
    validate(batch, config or log_config(), origin, NOW, "t-0")
    return batch


def resealed(data: bytes, **fields: int) -> bytes:
    """The batch with other header fields and a right checksum."""
    batch = RecordBatch(data)
    for name, value in fields.items():
        setattr(batch, name, value)
    header = batch.packed_header()
    batch = RecordBatch(header + data[61:])
    batch.set_max_timestamp(batch.timestamp_type, batch.max_timestamp)
    return batch.packed_header() + data[61:]


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"base_offset": 1}, InvalidRecord),
        ({"record_count": 2}, InvalidRecord),
        ({"record_count": 0, "last_offset_delta": -1}, InvalidRecord),
        ({"record_count": 4, "last_offset_delta": 3}, InvalidRecord),
        ({"record_count": 2, "last_offset_delta": 1}, InvalidRecord),
        ({"last_offset_delta": -5}, InvalidRecord),
        ({"attributes": 0x20}, InvalidRecord),
        ({"producer_id": 0, "base_sequence": -1}, InvalidRecord),
        ({"attributes": 5}, UnknownCompression),
        ({"attributes": 5, "record_count": 2}, UnknownCompression),
        ({"attributes": 1, "producer_id": 5, "base_sequence": -1}, InvalidRecord),
        ({"max_timestamp": NOW + 3_600_001}, None),
        ({"max_timestamp": NOW - 5}, None),
    ],
)
def test_headers(build: Build, fields: dict[str, int], error: type[StorageError] | None) -> None:
    data = resealed(build(3), **fields)
    if error is not None:
        with pytest.raises(error):
            check(data)
        return
    # The records tell otherwise, and they count.
    batch = check(data)
    assert batch.max_timestamp == NOW + 2
    assert RecordBatch(batch.packed_header() + data[61:]).is_valid()


def test_a_batch_without_records(build: Build) -> None:
    header = RecordBatch(build())
    header.record_count, header.last_offset_delta = 0, -1
    header.batch_length = HEADER_SIZE - LOG_OVERHEAD
    with pytest.raises(InvalidRecord):
        check(resealed(header.packed_header()))


def test_a_wrong_checksum(build: Build) -> None:
    """It is told after the size, and before what the header says."""
    data = bytearray(build())
    data[-1] ^= 1
    with pytest.raises(CorruptBatch):
        check(bytes(data))
    with pytest.raises(RecordTooLarge):
        check(bytes(data), log_config(max_message_bytes=len(data) - 1))
    header = RecordBatch(build())
    header.record_count, header.crc = 2, header.crc ^ 1
    with pytest.raises(CorruptBatch):
        check(header.packed_header() + build()[61:])


@pytest.mark.parametrize(
    "damage", [lambda body: body + b"\0", lambda body: body[:-1], lambda body: b"\x03" + body[1:]]
)
def test_a_broken_chain_of_records(build: Build, damage: Callable[[bytes], bytes]) -> None:
    data = build(3)
    body = damage(data[61:])
    header = RecordBatch(data)
    header.batch_length += len(body) - len(data[61:])
    with pytest.raises(InvalidRecord):
        check(resealed(header.packed_header() + body))


def test_exactly_one_batch_of_magic_2(build: Build) -> None:
    with pytest.raises(InvalidRecord):
        check(build() + build())
    with pytest.raises(InvalidRecord):
        check(b"")
    with pytest.raises(InvalidRecord):
        check(build()[:-1])
    with pytest.raises(InvalidRecord):
        check(build_message_set([Record(0, NOW, b"k", b"v")], magic=1))
    with pytest.raises(CorruptBatch):
        check(build()[:16] + b"\x07" + build()[17:])
    with pytest.raises(CorruptBatch):
        check(build()[:8] + b"\0\0\0\0" + build()[12:])


def test_too_large(build: Build) -> None:
    data = build(1, 100)
    check(data, log_config(max_message_bytes=len(data)))
    with pytest.raises(RecordTooLarge):
        check(data, log_config(max_message_bytes=len(data) - 1))
    with pytest.raises(InvalidRecord):
        check(resealed(data, base_offset=1), log_config(max_message_bytes=len(data) - 1))


class TestTimestamps:
    def test_before_there_were_any(self, build: Build) -> None:
        """The batch has no greatest one then."""
        assert check(build(1, timestamp=-5)).max_timestamp == -1

    def test_the_upper_limit(self, build: Build) -> None:
        check(build(1, timestamp=NOW + 3_600_000))
        with pytest.raises(InvalidTimestamp) as caught:
            check(build(3, timestamp=NOW + 3_599_999))
        assert str(caught.value) == (
            "One or more records have been rejected due to invalid timestamp"
        )
        late = NOW + 3_600_001
        earliest = NOW - (2**63 - 1)
        assert caught.value.record_errors == [
            (
                2,
                f"Timestamp {late} of message with offset 2 is out of range. "
                f"The timestamp should be within [{earliest}, {NOW + 3_600_000}]",
            )
        ]

    def test_the_lower_limit(self, build: Build) -> None:
        config = log_config(message_timestamp_before_max_ms=1000)
        check(build(1, timestamp=NOW - 1000), config)
        check(build(1, timestamp=-1), config)
        builder = BatchBuilder()
        builder.append(NOW, None, b"")
        builder.append(NOW - 1001, None, b"")
        with pytest.raises(InvalidTimestamp) as caught:
            check(builder.build(), config)
        assert [index for index, _ in caught.value.record_errors] == [1]

    @pytest.mark.parametrize("codec", [0, 1])
    def test_a_client_cannot_claim_log_append_time(self, build: Build, codec: int) -> None:
        claimed = build(2, timestamp_type=TimestampType.LOG_APPEND_TIME, compression=codec)
        with pytest.raises(InvalidTimestamp) as caught:
            check(claimed, log_config(message_timestamp_type=TimestampType.LOG_APPEND_TIME))
        assert caught.value.record_errors[0] == (
            0,
            f"Invalid timestamp type in message DefaultRecord(offset=0, timestamp={NOW + 1}, "
            "key=1 bytes, value=10 bytes). Producer should not set timestamp type to "
            "LogAppendTime.",
        )

    def test_on_a_create_time_topic_the_claim_is_corrected(self, build: Build) -> None:
        claimed = build(2, timestamp_type=TimestampType.LOG_APPEND_TIME)
        assert check(claimed).timestamp_type is TimestampType.CREATE_TIME
        with pytest.raises(InvalidTimestamp):
            check(build(1, timestamp=-1, timestamp_type=TimestampType.LOG_APPEND_TIME))

    @pytest.mark.parametrize("origin", [AppendOrigin.CLIENT, AppendOrigin.COORDINATOR])
    def test_log_append_time_ignores_the_limits(self, build: Build, origin: AppendOrigin) -> None:
        config = log_config(message_timestamp_type=TimestampType.LOG_APPEND_TIME)
        batch = check(build(2, timestamp=NOW * 2), config, origin)
        assert batch.max_timestamp == NOW


class TestCompactedTopics:
    CONFIG = log_config(cleanup_policy=frozenset(("compact",)))
    WITH_RETENTION = log_config(cleanup_policy=frozenset(("compact", "delete")))

    @pytest.mark.parametrize("config", [CONFIG, WITH_RETENTION], ids=["compact", "both"])
    @pytest.mark.parametrize("codec", [0, 1])
    def test_every_record_needs_a_key(self, codec: int, config: LogConfig) -> None:
        builder = BatchBuilder(compression=codec)
        for index in range(6):
            builder.append(NOW, b"k" if index == 0 else None, b"v")
        with pytest.raises(InvalidRecord) as caught:
            check(builder.build(), config)
        assert not isinstance(caught.value, InvalidTimestamp)
        text = "Compacted topic cannot accept message without key in topic partition t-0"
        assert caught.value.record_errors == [(index, text) for index in range(1, 6)]
        shown = ", ".join(f"RecordError(batchIndex={i}, message='{text}')" for i in (1, 2, 3))
        assert str(caught.value) == (
            "One or more records have been rejected due to 5 record errors in total, "
            f"and only showing the first three errors at most: [{shown}]"
        )

    def test_a_missing_key_is_told_before_a_wrong_time(self, build: Build) -> None:
        late = NOW + 3_600_001
        with pytest.raises(InvalidTimestamp):
            check(build(timestamp=late), self.CONFIG)
        with pytest.raises(InvalidRecord) as caught:
            check(build(timestamp=late, key=None), self.CONFIG)
        assert not isinstance(caught.value, InvalidTimestamp)
        assert len(caught.value.record_errors) == 1

    def test_a_batch_that_is_packed_anew_needs_keys_too(self, build: Build) -> None:
        config = log_config(
            cleanup_policy=frozenset(("compact",)), compression_type=Compression.GZIP
        )
        with pytest.raises(InvalidRecord, match="message without key"):
            check(build(key=None), config)

    def test_a_key_suffices(self, build: Build) -> None:
        check(build(3), self.CONFIG)

    def test_broken_records_are_invalid_ones(self, build: Build) -> None:
        data = bytearray(build(2))
        data[61] = 2  # a length of one byte
        with pytest.raises(InvalidRecord):
            check(resealed(bytes(data)), self.CONFIG)


class TestBombs:
    """Batches whose records have to be looked at, and that are much larger than they seem."""

    def test_more_bytes_than_any_batch_needs(self) -> None:
        builder = BatchBuilder(compression=1)
        builder.append(NOW, b"k", bytes(34 << 20))
        data = builder.build()
        check(data)
        with pytest.raises(InvalidRecord, match="expands to more than"):
            check(data, log_config(cleanup_policy=frozenset(("compact",))))

    def test_a_topic_of_small_batches_takes_what_any_other_takes(self) -> None:
        builder = BatchBuilder(compression=1)
        builder.append(NOW, b"k", bytes(100_000))
        config = log_config(cleanup_policy=frozenset(("compact",)), max_message_bytes=1000)
        check(builder.build(), config)

    def test_more_mistakes_than_anybody_reads(self, build: Build) -> None:
        """The list of them would be larger than the batch."""
        with pytest.raises(InvalidRecord) as caught:
            check(build(1500, key=None), log_config(cleanup_policy=frozenset(("compact",))))
        assert len(caught.value.record_errors) == 1000

    def test_more_records_than_any_batch_holds(self, build: Build) -> None:
        """They are refused unseen."""
        count = 200_000
        data = resealed(build(1, compression=1), record_count=count, last_offset_delta=count - 1)
        with pytest.raises(InvalidRecord, match="200000 records are too many"):
            check(data, log_config(cleanup_policy=frozenset(("compact",))))


def test_the_coordinator_may_write_control_batches(build: Build) -> None:
    data = build(is_control=True)
    check(data, origin=AppendOrigin.COORDINATOR)
    with pytest.raises(InvalidRecord):
        check(data)


@pytest.mark.parametrize("target", list(Compression))
@pytest.mark.parametrize("source", [Compression.NONE, Compression.GZIP])
def test_compression_type_of_the_topic_wins(source: Compression, target: Compression) -> None:
    builder = BatchBuilder(
        compression=source, producer_id=9, producer_epoch=1, base_sequence=4, is_transactional=True
    )
    builder.append(NOW, b"k", b"v" * 100, [("h", None)])
    builder.append(NOW - 7, None, None)
    sent = RecordBatch(builder.build())
    stored = validate(sent, log_config(compression_type=target), AppendOrigin.CLIENT, NOW, "t-0")
    stored.verify_crc()
    assert stored.compression == target
    assert list(stored) == list(sent)
    assert (stored.producer_id, stored.producer_epoch, stored.base_sequence) == (9, 1, 4)
    assert stored.is_transactional


def test_a_batch_that_grows_too_large_by_its_new_packing() -> None:
    builder = BatchBuilder(compression=Compression.GZIP)
    builder.append(NOW, None, bytes(1000))
    config = log_config(compression_type=Compression.NONE, max_message_bytes=500)
    with pytest.raises(RecordTooLarge):
        validate(RecordBatch(builder.build()), config, AppendOrigin.CLIENT, NOW, "t-0")


def test_a_higher_level_packs_tighter() -> None:
    builder = BatchBuilder()
    builder.append(NOW, None, b" ".join(b"%d men" % (number * number) for number in range(5000)))
    sizes = [
        validate(
            RecordBatch(builder.build()),
            log_config(compression_type=Compression.GZIP, compression_level=level),
            AppendOrigin.CLIENT,
            NOW,
            "t-0",
        ).size
        for level in (1, 9)
    ]
    assert sizes[0] > sizes[1]
