"""What compaction keeps of a log, rule by rule."""

from __future__ import annotations

import os

import pytest

from storage import (
    AppendOrigin,
    CorruptBatch,
    Log,
    LogConfig,
    only_batch,
)
from storage.cleaner import grouped
from storage.cleaning_job import Source
from tests.log_configs import log_config
from tests.storage.compaction import MANY, NO_LIMIT, committed, compact, records, stored
from tests.storage.conftest import NOW, Workbench, segments_of
from tests.storage.log_steps import append
from wire.integers import MAX_INT32
from wire.records import BatchBuilder, TimestampType
from wire.records.batch import Record
from wire.records.control import ControlRecordType, EndTransactionMarker

DAY_MS = 86_400_000
COMPACT = frozenset({"compact"})


def config(**changes: object) -> LogConfig:
    return log_config(cleanup_policy=COMPACT, **changes)


@pytest.fixture
def log(bench: Workbench) -> Log:
    return bench.log(config())


def batch(*entries: tuple[str, str | None], timestamp: int = NOW, **fields: int) -> bytes:
    """Of records, key and value; a value None is a tombstone."""
    builder = BatchBuilder(**fields)  # type: ignore[arg-type]
    for key, value in entries:
        builder.append(timestamp, key.encode(), None if value is None else value.encode())
    return builder.build()


def write(log: Log, *batches: bytes) -> None:
    """Appends, and begins a new segment behind."""
    for one in batches:
        append(log, one)
    log.roll(NOW)


def end(log: Log, producer_id: int, kind: ControlRecordType, epoch: int = 0) -> None:
    marker = EndTransactionMarker(kind, 0).batch(producer_id, epoch, NOW)
    log.append(only_batch(marker), leader_epoch=0, now_ms=NOW, origin=AppendOrigin.COORDINATOR)


def abort(log: Log, producer_id: int) -> None:
    end(log, producer_id, ControlRecordType.ABORT)


def commit(log: Log, producer_id: int) -> None:
    end(log, producer_id, ControlRecordType.COMMIT)


def transactional(producer_id: int, *entries: tuple[str, str | None], sequence: int = 0) -> bytes:
    return batch(
        *entries,
        producer_id=producer_id,
        producer_epoch=0,
        base_sequence=sequence,
        is_transactional=True,
    )


def kept(log: Log) -> list[tuple[int, str, str | None]]:
    return [
        (record.offset, (record.key or b"").decode(), record.value and record.value.decode())
        for record in records(log)
    ]


def shapes(log: Log) -> list[tuple[int, int, int]]:
    """(base offset, last offset, record count) of each batch."""
    return [(one.base_offset, one.last_offset, one.record_count) for one in stored(log)]


# -- keys ----------------------------------------------------------------------------------------


def test_the_newest_record_of_each_key_stays_where_it_was(log: Log) -> None:
    write(log, batch(("a", "1"), ("b", "1")), batch(("a", "2")), batch(("c", "1")))

    assert compact(log)

    assert kept(log) == [(1, "b", "1"), (2, "a", "2"), (3, "c", "1")]
    assert log.log_end_offset == 4
    assert log.log_start_offset == 0


def test_a_batch_of_which_all_stays_is_not_changed_by_a_byte(log: Log) -> None:
    write(log, batch(("a", "1")), batch(("a", "2"), ("b", "1")), batch(("z", "1")))
    before = [bytes(one.buffer) for one in stored(log)]

    compact(log)

    assert [bytes(one.buffer) for one in stored(log)] == before[1:]


def test_the_active_segment_is_not_touched_nor_does_it_count(log: Log) -> None:
    write(log, batch(("a", "1")), batch(("z", "1")))
    append(log, batch(("a", "2")))

    compact(log)

    assert kept(log) == [(0, "a", "1"), (1, "z", "1"), (2, "a", "2")]


def test_what_is_not_stable_is_not_touched(log: Log) -> None:
    write(log, batch(("a", "1"), ("a", "2")))
    write(log, transactional(7, ("b", "1")), batch(("c", "1")))
    write(log, batch(("c", "2")))

    compact(log)

    assert kept(log) == [(1, "a", "2"), (2, "b", "1"), (3, "c", "1"), (4, "c", "2")]


def test_a_second_cleaning_drops_what_new_records_replace(log: Log) -> None:
    write(log, batch(("a", "1"), ("b", "1")))
    compact(log)
    write(log, batch(("a", "2")), batch(("z", "1")))

    assert compact(log)
    assert not compact(log)

    assert kept(log) == [(1, "b", "1"), (2, "a", "2"), (3, "z", "1")]


def test_records_without_a_key_go(bench: Workbench) -> None:
    """From a time when the topic was not compacted."""
    log = bench.log(log_config())
    builder = BatchBuilder()
    builder.append(NOW, None, b"without")
    builder.append(NOW, b"", b"empty key")
    write(log, builder.build(), batch(("z", "1")))
    log.config = config()

    compact(log)

    assert kept(log) == [(1, "", "empty key"), (2, "z", "1")]


def test_with_more_keys_than_allowed_the_rest_stays_dirty(log: Log) -> None:
    write(log, batch(("a", "1")), batch(("b", "1")), batch(("a", "2")), batch(("c", "1")))

    compact(log, most_keys=2)

    assert log.first_dirty_offset == 2
    assert kept(log) == [(0, "a", "1"), (1, "b", "1"), (2, "a", "2"), (3, "c", "1")]
    compact(log, most_keys=2)
    assert log.first_dirty_offset == 4
    assert kept(log) == [(1, "b", "1"), (2, "a", "2"), (3, "c", "1")]


def test_a_batch_with_more_keys_than_allowed_changes_nothing(log: Log) -> None:
    write(log, batch(("a", "1"), ("b", "1"), ("a", "2")))

    compact(log, most_keys=1)

    assert shapes(log) == [(0, 2, 3)]


# -- batches that change -------------------------------------------------------------------------


@pytest.mark.parametrize("compression", range(5))
def test_a_batch_that_loses_records_keeps_its_other_facts(log: Log, compression: int) -> None:
    builder = BatchBuilder(
        compression=compression, producer_id=7, producer_epoch=3, base_sequence=0
    )
    builder.append(NOW, b"a", b"1")
    builder.append(NOW + 5, b"b", b"1", [("h", b"x"), ("n", None)])
    builder.append(NOW + 2, b"a", b"2")
    append(log, builder.build(), epoch=4)
    append(log, batch(("a", "3")), epoch=4)
    write(log, batch(("z", "1")))

    compact(log)

    found = next(iter(stored(log)))
    assert (found.base_offset, found.last_offset, found.record_count) == (0, 2, 1)
    assert (found.producer_id, found.producer_epoch, found.base_sequence) == (7, 3, 0)
    assert (found.compression, found.partition_leader_epoch) == (compression, 4)
    assert (found.base_timestamp, found.max_timestamp) == (NOW + 5, NOW + 5)
    assert list(found) == [Record(1, NOW + 5, b"b", b"1", (("h", b"x"), ("n", None)))]
    found.verify_crc()


def test_times_of_the_broker_stay(bench: Workbench) -> None:
    log = bench.log(config(message_timestamp_type=TimestampType.LOG_APPEND_TIME))
    write(log, batch(("a", "1"), ("b", "1"), timestamp=5), batch(("a", "2")))

    compact(log)

    first = next(iter(stored(log)))
    assert first.timestamp_type is TimestampType.LOG_APPEND_TIME
    assert first.max_timestamp == NOW
    assert [record.timestamp for record in first] == [NOW]


# -- tombstones ----------------------------------------------------------------------------------


def test_a_tombstone_gets_a_horizon_and_goes_when_it_is_over(log: Log) -> None:
    write(log, batch(("a", "1")), batch(("a", None)), batch(("z", "1")))

    compact(log, NOW)

    first = next(iter(stored(log)))
    assert first.delete_horizon_ms == NOW + DAY_MS
    assert (first.max_timestamp, [record.timestamp for record in first]) == (NOW, [NOW])
    write(log, batch(("y", "1")))
    compact(log, NOW + DAY_MS - 1)
    assert kept(log)[0] == (1, "a", None)
    write(log, batch(("x", "1")))
    compact(log, NOW + DAY_MS)
    assert kept(log) == [(2, "z", "1"), (3, "y", "1"), (4, "x", "1")]


def test_the_horizon_stays_when_other_records_of_the_batch_go(log: Log) -> None:
    write(log, batch(("a", None), ("b", "1")))
    compact(log, NOW)
    write(log, batch(("b", "2")))

    compact(log, NOW + 5)

    first = next(iter(stored(log)))
    assert first.delete_horizon_ms == NOW + DAY_MS
    assert [(record.key, record.timestamp) for record in first] == [(b"a", NOW)]


def test_a_tombstone_that_is_not_the_newest_goes_at_once(log: Log) -> None:
    write(log, batch(("a", None)), batch(("a", "2")))

    compact(log)

    assert kept(log) == [(1, "a", "2")]


# -- producers -----------------------------------------------------------------------------------


def test_the_last_batch_of_an_active_producer_stays_empty(log: Log) -> None:
    numbers = {"producer_id": 7, "producer_epoch": 1}
    write(
        log,
        batch(("a", "1"), base_sequence=0, **numbers),
        batch(("a", "2"), base_sequence=1, **numbers),
        batch(("a", "3")),
    )

    compact(log)

    assert shapes(log) == [(1, 1, 0), (2, 2, 1)]
    emptied = next(iter(stored(log)))
    assert (emptied.producer_id, emptied.producer_epoch, emptied.base_sequence) == (7, 1, 1)
    assert emptied.max_timestamp == NOW


def test_when_the_producer_is_forgotten_its_batch_goes(log: Log) -> None:
    write(log, batch(("a", "1"), producer_id=7, producer_epoch=1, base_sequence=0))
    write(log, batch(("a", "2")))
    log.expire_producers(NOW + DAY_MS, 1000)

    compact(log)

    assert shapes(log) == [(1, 1, 1)]


def test_the_last_batch_of_all_stays_empty(log: Log) -> None:
    """So that the end of the clean part is known."""
    write(log, transactional(7, ("a", "1")), batch(("b", "1")))
    commit(log, 7)
    abort(log, 8)
    log.roll(NOW)
    compact(log, NOW)
    write(log, batch(("b", "2")))
    log.expire_producers(NOW + DAY_MS, 1000)

    compact(log, NOW + DAY_MS)

    assert shapes(log)[-1] == (4, 4, 1)


# -- transactions --------------------------------------------------------------------------------


def test_aborted_records_go_and_their_marker_with_them_later(log: Log) -> None:
    append(log, transactional(7, ("a", "1")))
    append(log, batch(("a", "0")))
    abort(log, 7)
    write(log, batch(("z", "1")))

    compact(log, NOW)

    assert kept(log) == [(1, "a", "0"), (3, "z", "1")]
    # The empty batch keeps the sequence, and so the marker and its entry in the index stay.
    assert shapes(log) == [(0, 0, 0), (1, 1, 1), (2, 2, 1), (3, 3, 1)]
    assert [txn.last_offset for txn in log.aborted_transactions(0, 4)] == [2]


def test_a_marker_goes_a_horizon_after_its_records(log: Log) -> None:
    append(log, transactional(7, ("a", "1")))
    abort(log, 7)
    write(log, batch(("z", "1")))
    log.expire_producers(NOW + DAY_MS, 1000)
    compact(log, NOW)
    assert shapes(log) == [(1, 1, 1), (2, 2, 1)]
    write(log, batch(("y", "1")))
    compact(log, NOW + 5)
    assert next(iter(stored(log))).delete_horizon_ms == NOW + 5 + DAY_MS
    write(log, batch(("x", "1")))

    compact(log, NOW + 5 + DAY_MS)

    assert [one[0] for one in kept(log)] == [2, 3, 4]
    assert shapes(log) == [(2, 2, 1), (3, 3, 1), (4, 4, 1)]
    assert log.aborted_transactions(0, 5) == []


def test_an_aborted_record_replaces_none(log: Log) -> None:
    append(log, batch(("a", "1")))
    append(log, transactional(7, ("a", "2")))
    abort(log, 7)
    write(log, batch(("z", "1")))

    compact(log)

    assert kept(log)[0] == (0, "a", "1")
    assert [record.value for record in committed(log)] == [b"1", b"1"]


def test_committed_records_count_like_others(log: Log) -> None:
    append(log, batch(("a", "1")))
    append(log, transactional(7, ("a", "2")))
    commit(log, 7)
    write(log, batch(("z", "1")))

    compact(log)

    assert kept(log) == [(1, "a", "2"), (3, "z", "1")]


def test_a_transaction_over_two_segments(log: Log) -> None:
    write(log, transactional(7, ("a", "1")))
    append(log, transactional(7, ("b", "1"), sequence=1))
    abort(log, 7)
    write(log, batch(("z", "1")))

    compact(log)

    assert kept(log) == [(3, "z", "1")]


def test_a_producer_that_aborted_in_the_clean_part_commits_later(log: Log) -> None:
    append(log, transactional(7, ("a", "1")))
    abort(log, 7)
    write(log, batch(("z", "1")))
    compact(log)
    append(log, transactional(7, ("z", "2"), sequence=1))
    commit(log, 7)
    log.roll(NOW)

    compact(log)

    assert kept(log) == [(3, "z", "2")]


# -- segments ------------------------------------------------------------------------------------


def bases(log: Log) -> list[int]:
    return [segment.base_offset for segment in segments_of(log)]


def test_small_segments_become_one(log: Log) -> None:
    for number in range(4):
        write(log, batch((f"{number}", "1")))

    compact(log)

    assert bases(log) == [0, 4]
    assert kept(log) == [(number, f"{number}", "1") for number in range(4)]


def test_an_emptied_group_goes_together_with_the_next(bench: Workbench) -> None:
    one = batch(("a", "1"))
    log = bench.log(config(segment_bytes=len(one)))
    for _ in range(3):
        append(log, one)
    append(log, batch(("z", "1")))

    compact(log)

    assert kept(log) == [(2, "a", "1"), (3, "z", "1")]
    assert bases(log) == [0, 3]


def test_a_part_of_which_nothing_is_left_keeps_its_last_batch(bench: Workbench) -> None:
    """Here records without keys, before a batch with more keys than allowed."""
    log = bench.log(log_config())
    builder = BatchBuilder()
    builder.append(NOW, None, b"without")
    write(log, builder.build(), builder.build())
    write(log, batch(("a", "1"), ("b", "1")))
    log.config = config()

    compact(log, most_keys=1)

    assert shapes(log) == [(1, 1, 0), (2, 3, 2)]
    assert log.first_dirty_offset == 2


def source(base: int, size: int = 10, index: int = 8, time_index: int = 12) -> Source:
    return Source(base, size, index, time_index, 0)


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        ([source(0), source(1), source(2)], [[0, 1, 2]]),
        ([source(0, 50), source(1, 50), source(2, 1)], [[0, 1], [2]]),
        ([source(0, 50), source(1, 51), source(2, 1)], [[0], [1, 2]]),
        ([source(0, 500), source(1, 500)], [[0], [1]]),
        ([source(0, index=60), source(1, index=40), source(2)], [[0, 1], [2]]),
        ([source(0, time_index=60), source(1, time_index=41), source(2)], [[0], [1, 2]]),
        ([source(0), source(MAX_INT32), source(MAX_INT32 + 1)], [[0, MAX_INT32], [MAX_INT32 + 1]]),
        ([source(0), source(1), source(MAX_INT32 + 2)], [[0], [1], [MAX_INT32 + 2]]),
        ([source(0), source(1, 0), source(MAX_INT32 + 2)], [[0, 1], [MAX_INT32 + 2]]),
    ],
)
def test_groups(sources: list[Source], expected: list[list[int]]) -> None:
    """Sizes of data and of each index, and the range of offsets, stay within their limits."""
    limits = log_config(segment_bytes=100, segment_index_bytes=100)

    found = grouped(sources, limits, sources[-1].base_offset + 1)

    assert [[one.base_offset for one in group] for group in found] == expected


def test_damage_is_not_hidden_behind_a_new_checksum(bench: Workbench, log: Log) -> None:
    write(log, batch(("a", "1"), ("b", "damaged")), batch(("a", "2")))
    file = next(iter(segments_of(log))).file()
    position = file.read(0, 200).index(b"damaged")
    file.write(position, (b"D",))
    found = log.cleanable(log.log_end_offset, NOW)
    assert found is not None
    cleaning = log.prepare_cleaning(found, MANY, NOW)

    cleaning.run(NO_LIMIT)

    with pytest.raises(CorruptBatch, match="checksum"):
        log.swap_in(cleaning, NOW)
    file.write(position, (b"d",))  # so that the log is as it should be


def test_a_batch_larger_than_what_is_read_at_once(bench: Workbench) -> None:
    log = bench.log(config(max_message_bytes=1 << 22))
    large = batch(("a", "x" * 1_500_000))
    write(log, batch(("a", "1")), large, batch(("z", "1")))

    compact(log)

    assert [one[0] for one in kept(log)] == [1, 2]


def test_a_cleaned_segment_is_as_old_as_the_last_one_it_was_made_of(disk: Workbench) -> None:
    """Retention goes by that where records have no time."""
    log = disk.log(config())
    for number, key in enumerate("abc"):
        write(log, batch((key, "1")))
        segment = list(segments_of(log))[-2]
        os.utime(segment.path, (1000 + number, 1000 + number))

    compact(log)

    first = next(iter(segments_of(log)))
    assert os.stat(first.path).st_mtime == 1002
