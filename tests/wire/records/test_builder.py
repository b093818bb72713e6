"""Building batches: the bytes that Kafka's own builder makes of the same records."""

from __future__ import annotations

from types import SimpleNamespace

from wire.records import BatchBuilder, RecordBatch


def test_the_same_bytes_as_another_implementation(kafka_python: SimpleNamespace) -> None:
    theirs = kafka_python.DefaultRecordBatchBuilder(2, 0, 1, 7, 3, 11, 1 << 20)
    ours = BatchBuilder(
        producer_id=7,
        producer_epoch=3,
        base_sequence=11,
        is_transactional=True,
        # kafka-python leaves the leader epoch at zero, Kafka's clients at -1.
        partition_leader_epoch=0,
    )
    rows = [
        (1000, b"key", b"value", [("h", b"1"), ("null", None)]),
        (900, None, None, []),
        (5000, b"k" * 100, b"v" * 9000, []),
    ]
    for offset, (timestamp, key, value, headers) in enumerate(rows):
        theirs.append(offset, timestamp, key, value, headers)
        ours.append(timestamp, key, value, headers)
    assert ours.build() == bytes(theirs.build())


def test_sizes_and_counts_as_records_come() -> None:
    builder = BatchBuilder()
    assert (builder.record_count, builder.size) == (0, 61)
    builder.append(1, b"a", b"b")
    first = builder.build()
    assert (builder.record_count, builder.size) == (1, len(first))
    builder.append(2, b"a", b"b")
    assert len(list(RecordBatch(builder.build()))) == 2
    assert len(list(RecordBatch(first))) == 1
