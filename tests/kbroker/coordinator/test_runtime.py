from __future__ import annotations

from typing import Any

import pytest

from kbroker.coordinator.group.records import RECORD_TYPES, new_group_record, offset_tombstone
from kbroker.coordinator.runtime import CoordinatorRuntime
from kbroker.coordinator.shard import CoordinatorRecord, Result, ShardTimers, Writer
from kbroker.timers import Timers
from tests.kbroker.coordinator.group_driver import ManualTime, SettingsStub
from tests.kbroker.coordinator.memory_log import MemoryLog
from wire.errors import ErrorCode, KafkaError
from wire.internal.stored import encode_key
from wire.records import BatchBuilder, RecordBatch
from wire.records.batch import CRC_START, HEADER_SIZE, LOG_OVERHEAD
from wire.records.control import ControlRecordType, EndTransactionMarker
from wire.records.crc32c import crc32c


class ShardStub:
    """Notes what happens to it."""

    def __init__(self, timers: ShardTimers) -> None:
        self.timers = timers
        self.replayed: list[CoordinatorRecord] = []
        self.ends: list[tuple[int, bool]] = []
        self.loaded_with: int | None = None
        self.is_unloaded = False

    def replay(self, record: CoordinatorRecord, producer_id: int) -> None:
        self.replayed.append(record)

    def replay_end(self, producer_id: int, is_commit: bool) -> None:
        self.ends.append((producer_id, is_commit))

    def on_loaded(self) -> None:
        self.loaded_with = len(self.replayed)

    def on_unloaded(self) -> None:
        self.is_unloaded = True


class Bench:
    """A runtime over a log in memory."""

    def __init__(self, log: MemoryLog | None = None, **settings: int) -> None:
        self.log = log or MemoryLog(1)
        self.time = ManualTime()
        self.timers = Timers()
        self.runtime = CoordinatorRuntime(
            SettingsStub({name.replace("__", "."): value for name, value in settings.items()}),
            self.time,
            self.timers,
            self.log,
            RECORD_TYPES,
            ShardStub,
            "offsets.topic.num.partitions",
        )
        self.runtime.load()

    def shard(self) -> ShardStub:
        return self.runtime.read("any")


RECORD = new_group_record("g", 7)


def test_records_are_appended_and_then_replayed() -> None:
    """An operation's records reach the log first and the state after it."""
    bench = Bench()
    seen: list[int] = []

    def operation(shard: ShardStub) -> Result[str]:
        return Result(
            "answer",
            [RECORD],
            after=lambda error: seen.append(len(bench.log.records()) + len(shard.replayed)),
        )

    assert bench.runtime.write("g", operation) == "answer"
    bench.log.commit()
    assert bench.shard().replayed == [RECORD]
    assert seen == [2]


def test_what_is_not_stored_changes_with_the_replay() -> None:
    """The next operation may come before the commit. A refused append changes nothing."""
    bench = Bench()
    seen: list[int] = []

    def operation(shard: ShardStub) -> Result[None]:
        return Result(None, [RECORD], replayed=lambda: seen.append(len(shard.replayed)))

    bench.runtime.write("g", operation)
    assert seen == [1]
    bench.log.commit()
    bench.log.refusal = ErrorCode.KAFKA_STORAGE_ERROR
    with pytest.raises(KafkaError):
        bench.runtime.write("g", operation)
    assert seen == [1]


def test_batches_are_as_kafka_writes_them() -> None:
    """One uncompressed batch without producer, stamped with the wall clock."""
    bench = Bench()
    bench.runtime.write("g", lambda shard: Result(None, [RECORD, RECORD]))
    (batch,) = bench.log.batches()
    assert (batch.record_count, batch.attributes, batch.producer_id) == (2, 0, -1)
    assert batch.base_timestamp == batch.max_timestamp == bench.time.now_ms()


def test_nothing_is_written_for_no_records() -> None:
    """An operation without records leaves the log alone."""
    bench = Bench()
    bench.runtime.write("g", lambda shard: Result(None))
    assert bench.log.batches() == []


@pytest.mark.parametrize(
    ("of_the_log", "of_the_coordinator"),
    [
        (ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ErrorCode.COORDINATOR_NOT_AVAILABLE),
        (ErrorCode.NOT_ENOUGH_REPLICAS, ErrorCode.COORDINATOR_NOT_AVAILABLE),
        (ErrorCode.REQUEST_TIMED_OUT, ErrorCode.COORDINATOR_NOT_AVAILABLE),
        (ErrorCode.NOT_LEADER_OR_FOLLOWER, ErrorCode.NOT_COORDINATOR),
        (ErrorCode.KAFKA_STORAGE_ERROR, ErrorCode.NOT_COORDINATOR),
        (ErrorCode.MESSAGE_TOO_LARGE, ErrorCode.UNKNOWN_SERVER_ERROR),
        (ErrorCode.RECORD_LIST_TOO_LARGE, ErrorCode.UNKNOWN_SERVER_ERROR),
        (ErrorCode.INVALID_FETCH_SIZE, ErrorCode.UNKNOWN_SERVER_ERROR),
        (ErrorCode.INVALID_RECORD, ErrorCode.INVALID_RECORD),
    ],
)
def test_refused_appends_change_nothing(
    of_the_log: ErrorCode, of_the_coordinator: ErrorCode
) -> None:
    """What the log refuses is not replayed, and clients get a coordinator's error for it."""
    bench = Bench()
    bench.log.refusal = of_the_log
    with pytest.raises(KafkaError) as raised:
        bench.runtime.write("g", lambda shard: Result(None, [RECORD]))
    assert raised.value.code == of_the_coordinator
    assert bench.shard().replayed == []


def test_refused_appends_are_told_to_what_follows() -> None:
    """An operation that says what follows deals with the error itself."""
    bench = Bench()
    bench.log.refusal = ErrorCode.KAFKA_STORAGE_ERROR
    errors: list[KafkaError | None] = []
    bench.runtime.write("g", lambda shard: Result(None, [RECORD], after=errors.append))
    (error,) = errors
    assert error is not None
    assert error.code == ErrorCode.NOT_COORDINATOR


def test_without_a_topic_there_is_no_coordinator() -> None:
    """Both ways in answer NOT_COORDINATOR while the topic does not exist."""
    bench = Bench(MemoryLog(0))
    for way_in in (lambda: bench.runtime.read("g"), lambda: bench.runtime.write("g", _nothing)):
        with pytest.raises(KafkaError) as raised:
            way_in()
        assert raised.value.code == ErrorCode.NOT_COORDINATOR


def _nothing(shard: ShardStub) -> Result[None]:
    return Result(None)


@pytest.mark.parametrize(("limit", "group"), [(1400, "group"), (6000, "g" * 2000)])
def test_large_results_are_split_where_they_may_be(limit: int, group: str) -> None:
    """Records that need not stand together go into batches below message.max.bytes."""
    bench = Bench(message__max__bytes=limit)
    records = [offset_tombstone(group, "topic", number) for number in range(40)]
    bench.runtime.write("g", lambda shard: Result(None, records, atomic=False))
    batches = bench.log.batches()
    assert len(batches) > 1
    assert all(batch.size <= limit for batch in batches)
    assert bench.shard().replayed == records


@pytest.mark.parametrize(("size", "counts"), [(900, [1] * 5), (450, [2, 2, 1])])
def test_each_batch_is_filled_by_what_fits(size: int, counts: list[int]) -> None:
    """1,024 bytes of records."""
    bench = Bench(message__max__bytes=1024 + 1024)
    records = [offset_tombstone("group", "t" * size, number) for number in range(5)]
    bench.runtime.write("g", lambda shard: Result(None, records, atomic=False))
    assert [batch.record_count for batch in bench.log.batches()] == counts


def test_what_was_written_before_a_refusal_is_replayed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The state holds what the next start will find in the log."""
    bench = Bench(message__max__bytes=1400)
    append = bench.log.append

    def append_once(partition: int, batch: bytes) -> int:
        bench.log.refusal = ErrorCode.KAFKA_STORAGE_ERROR if bench.log.batches() else None
        return append(partition, batch)

    monkeypatch.setattr(bench.log, "append", append_once)
    records = [offset_tombstone("group", "topic", number) for number in range(40)]
    with pytest.raises(KafkaError):
        bench.runtime.write("g", lambda shard: Result(None, records, atomic=False))
    (batch,) = bench.log.batches()
    assert bench.shard().replayed == records[: batch.record_count]


def test_other_results_are_one_batch_however_large() -> None:
    """They must not be there in part."""
    bench = Bench(message__max__bytes=1400)
    records = [offset_tombstone("group", "topic", number) for number in range(40)]
    bench.runtime.write("g", lambda shard: Result(None, records))
    assert [batch.record_count for batch in bench.log.batches()] == [40]


def test_timers_of_a_shard_write_too() -> None:
    """What a timer's operation returns is appended and replayed like any other."""
    bench = Bench()
    bench.shard().timers.schedule(("key",), 100, lambda: Result(None, [RECORD]))
    bench.timers.expire(bench.time.monotonic_ms() + 99)
    assert bench.shard().replayed == []
    bench.timers.expire(bench.time.monotonic_ms() + 100)
    assert bench.shard().replayed == [RECORD]


def test_timers_of_a_shard_survive_a_refused_append() -> None:
    """Nobody waits for a timer's error, so it goes no further."""
    bench = Bench()
    bench.log.refusal = ErrorCode.KAFKA_STORAGE_ERROR
    bench.shard().timers.schedule(("key",), 0, lambda: Result(None, [RECORD]))
    assert bench.timers.expire(bench.time.monotonic_ms()) == 1
    assert bench.shard().replayed == []


def test_cancelled_timers_do_not_fire() -> None:
    """A shard can take back what it has scheduled."""
    bench = Bench()
    bench.shard().timers.schedule(("key",), 0, lambda: Result(None, [RECORD]))
    bench.shard().timers.cancel(("key",))
    assert bench.timers.expire(bench.time.monotonic_ms()) == 0


def test_who_reads_all_shards_waits_for_the_commits_of_all(commits_late: bool) -> None:
    bench = Bench(MemoryLog(2))
    for key in ("a", "b"):
        bench.runtime.write(key, lambda shard: Result(None, [RECORD]))
    bench.log.noted.clear()
    assert len(bench.runtime.read_all()) == 2
    assert bench.log.noted == ({0, 1} if commits_late else set())


def test_commits_are_waited_for_as_long_as_the_setting_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = Bench(offsets__commit__timeout__ms=77)
    asked: list[float] = []
    for name in ("note_uncommitted", "when_committed"):
        monkeypatch.setattr(bench.log, name, lambda _partition, ms, _call: asked.append(ms))
    bench.runtime.write("g", lambda shard: Result(None, [RECORD], after=lambda _error: None))
    bench.runtime.when_committed("g", lambda _code: None)
    assert asked == [77] * 3


def test_loading_replays_what_was_written() -> None:
    """A new runtime over the same log replays equal records before it says that it has loaded."""
    bench = Bench()
    bench.runtime.write("g", lambda shard: Result(None, [RECORD]))
    bench.runtime.write("g", lambda shard: Result(None, [CoordinatorRecord(RECORD.key, None)]))
    reloaded = Bench(bench.log)
    written = [(record.key, record.value) for record in bench.shard().replayed]
    assert [(record.key, record.value) for record in reloaded.shard().replayed] == written
    assert reloaded.shard().loaded_with == 2


def _batch(key: bytes, **header: Any) -> bytes:
    builder = BatchBuilder(**header)
    builder.append(0, key, None)
    return builder.build()


def test_loading_passes_over_unknown_record_types() -> None:
    """Records of newer brokers are left alone."""
    log = MemoryLog(1)
    log.append(0, _batch(b"\x03\xe7what a newer broker writes"))
    log.append(0, _batch(encode_key(RECORD.key)))
    bench = Bench(log)
    assert bench.shard().replayed == [CoordinatorRecord(RECORD.key, None)]


def test_all_shards_hear_that_they_are_loaded_or_unloaded() -> None:
    bench = Bench(MemoryLog(2))
    for key in ("a", "b"):
        bench.runtime.write(key, lambda shard: Result(None, [RECORD]))
    reloaded = Bench(bench.log)
    shards = reloaded.runtime.shards()
    assert [shard.loaded_with for shard in shards] == [1, 1]
    reloaded.runtime.unload()
    assert [shard.is_unloaded for shard in shards] == [True, True]


def test_markers_are_ends_of_transactions() -> None:
    """When the log is loaded as when they are appended."""
    log = MemoryLog(1)
    marker = EndTransactionMarker(ControlRecordType.COMMIT, 0)
    log.append(0, marker.batch(producer_id=7, producer_epoch=1, timestamp=0))
    bench = Bench(log)
    bench.runtime.transaction_ended(0, 8, False)
    assert bench.shard().replayed == []
    assert bench.shard().ends == [(7, True), (8, False)]


def test_loading_passes_over_control_batches_that_compaction_emptied() -> None:
    log = MemoryLog(1)
    marker = EndTransactionMarker(ControlRecordType.COMMIT, 0)
    emptied = RecordBatch(marker.batch(producer_id=7, producer_epoch=1, timestamp=0))
    emptied.record_count = 0
    emptied.batch_length = HEADER_SIZE - LOG_OVERHEAD
    emptied.crc = crc32c(emptied.packed_header()[CRC_START:])
    log.append(0, emptied.packed_header())
    assert Bench(log).shard().ends == []


def test_records_in_a_transaction_have_their_producer() -> None:
    bench = Bench()
    bench.runtime.write("g", lambda shard: Result(None, [RECORD]), Writer(7, 3))
    (found,) = bench.log.batches()
    assert (found.producer_id, found.producer_epoch, found.is_transactional) == (7, 3, True)


def test_write_all_goes_on_after_a_refusal() -> None:
    """A partition that cannot be written does not keep the others from their turn."""
    bench = Bench(MemoryLog(2))
    shards = [bench.runtime.read("a"), bench.runtime.read("b")]
    assert shards[0] is not shards[1]
    asked: list[ShardStub] = []

    def operation(shard: ShardStub) -> Result[None]:
        asked.append(shard)
        bench.log.refusal = None if len(asked) > 1 else ErrorCode.KAFKA_STORAGE_ERROR
        return Result(None, [RECORD])

    bench.runtime.write_all(operation)
    assert [len(shard.replayed) for shard in asked] == [0, 1]


def test_partitions_that_are_added_serve_from_the_next_start_on() -> None:
    """Else keys would change their shards, and what they keep would be lost."""
    bench = Bench(MemoryLog(1))
    bench.log.partitions.append([])
    assert bench.runtime.partition_for("a") == 0
    bench.runtime.unload()
    assert bench.runtime.partition_for("a") == 0
    assert Bench(bench.log).runtime.partition_for("a") == 1


def test_the_setting_counts_partitions_while_there_is_no_topic() -> None:
    """A topic that comes with fewer of them leaves keys without a coordinator."""
    bench = Bench(MemoryLog(0), offsets__topic__num__partitions=2)
    bench.log.partitions.append([])
    bench.runtime.read("b")
    with pytest.raises(KafkaError) as raised:
        bench.runtime.read("a")
    assert raised.value.code == ErrorCode.NOT_COORDINATOR


def test_unloading_forgets_shards_and_their_deadlines() -> None:
    bench = Bench()
    shard = bench.shard()
    shard.timers.schedule(("key",), 0, lambda: Result(None, [RECORD]))
    bench.runtime.unload()
    assert shard.is_unloaded
    assert bench.shard() is not shard
    assert bench.timers.expire(bench.time.monotonic_ms()) == 0


def test_unloading_forgets_a_deadline_that_was_set_again_when_it_passed() -> None:
    bench = Bench()
    timers = bench.shard().timers

    def again() -> Result[None]:
        timers.schedule(("key",), 10, again)
        return Result(None)

    again()
    assert bench.timers.expire(bench.time.monotonic_ms() + 10) == 1
    bench.runtime.unload()
    assert bench.timers.next_deadline() is None


def test_nothing_unasked_is_written_for_what_is_unloaded() -> None:
    bench = Bench()
    bench.shard()
    bench.runtime.unload()
    bench.runtime.write_unasked("any", lambda shard: Result(None, [RECORD]))
    assert bench.log.batches() == []
