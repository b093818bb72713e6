"""What the logs get while nobody asks."""

from __future__ import annotations

import pytest

from kbroker import background
from kbroker.replicas import durability
from kbroker.replicas.durability import FsyncMode, FsyncPolicy
from kbroker.replicas.partition import Partition
from kbroker.replicas.upkeep import CHECKPOINT_DELAY_MS
from storage import AppendOrigin, DiskFull, LogDir
from tests.drivers import BrokerDriver, batch


def first(broker: BrokerDriver, topic: str = "t") -> Partition:
    found = broker.node.replicas.find(topic, 0)
    assert found is not None
    return found


def append(broker: BrokerDriver, partition: Partition, value: bytes = b"v") -> None:
    partition.append(batch(value), broker.clock.now_ms(), AppendOrigin.CLIENT)
    broker.settle()


def test_enough_unflushed_bytes_are_flushed(
    broker: BrokerDriver, monkeypatch: pytest.MonkeyPatch, commits_late: bool
) -> None:
    """So that a restart after a crash has little to read."""
    monkeypatch.setattr(durability, "FLUSH_BYTES", 1000)
    broker.create_topic("t")
    partition = first(broker)
    append(broker, partition)
    broker.advance(0)
    assert partition.log.recovery_point == int(commits_late)
    append(broker, partition, b"x" * 1000)
    broker.advance(0)

    assert partition.log.recovery_point == 2


def test_retention_takes_old_segments_in_turns(
    broker: BrokerDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every partition has its turn, however many there are."""
    monkeypatch.setattr(background, "ITEMS_PER_TURN", 1)
    for topic in ("a", "b", "c"):
        broker.create_topic(topic, retention_ms="1000", segment_ms="1000")
        append(broker, first(broker, topic))
    broker.advance(300_000)
    starts = []
    for _ in range(3):
        starts.append([first(broker, topic).log.log_start_offset for topic in "abc"])
        broker.advance(0)

    assert starts == [[1, 0, 0], [1, 1, 0], [1, 1, 1]]


def test_retention_leaves_out_what_was_deleted_meanwhile(
    broker: BrokerDriver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(background, "ITEMS_PER_TURN", 1)
    for topic in ("a", "b"):
        broker.create_topic(topic)
        append(broker, first(broker, topic))
    broker.advance(300_000)
    image = broker.node.metadata.image.topic("b")
    assert image is not None
    broker.node.metadata.delete_topics([image])
    broker.settle()
    for _ in range(3):
        broker.advance(0)

    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []


@pytest.mark.parametrize(
    ("task", "interval_ms"),
    [("checkpoint", 70_000), ("retention", 80_000), ("producer expiry", 90_000), ("purge", 99_000)],
)
def test_each_task_has_its_own_interval(task: str, interval_ms: int) -> None:
    """After the first delay, which all have in common."""
    broker = BrokerDriver(
        log_initial_task_delay_ms="20000",
        log_flush_offset_checkpoint_interval_ms="70000",
        log_retention_check_interval_ms="80000",
        producer_id_expiration_check_interval_ms="90000",
        log_segment_delete_delay_ms="99000",
    )
    key = ("background", task)
    deadlines = [broker.timers.deadline(key)]
    broker.advance(20_000)
    deadlines.append(broker.timers.deadline(key))

    assert deadlines == [20_000, 20_000 + interval_ms]


def test_checkpoints(broker: BrokerDriver) -> None:
    """High watermarks are on disk a minute later at most, as with Kafka."""
    broker.create_topic("t")
    append(broker, first(broker))
    broker.advance(60_000)

    text = broker.filesystem.read("/data/replication-offset-checkpoint").decode()
    assert "t 0 1" in text.splitlines()


def test_checkpoints_tell_what_is_committed() -> None:
    """And not what waits for its fsync."""
    broker = BrokerDriver(fsync=FsyncPolicy(FsyncMode.ALWAYS))
    broker.create_topic("t")
    first(broker).append(batch(b"v"), broker.clock.now_ms(), AppendOrigin.CLIENT)
    broker.timers.expire(broker.clock.elapsed_ms + 60_000)

    text = broker.filesystem.read("/data/replication-offset-checkpoint").decode()
    assert "t 0 0" in text.splitlines()


def test_a_checkpoint_for_which_there_was_no_room_comes_with_the_next_flush(
    broker: BrokerDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []

    def checkpoint(_log_dir: LogDir, _high_watermarks: object) -> None:
        made.append(1)
        raise DiskFull("no room")

    monkeypatch.setattr(LogDir, "checkpoint", checkpoint)
    for _ in range(2):
        broker.node.replicas._upkeep.checkpoint_soon()
        broker.advance(CHECKPOINT_DELAY_MS)
    assert len(made) == 2


def test_retention_leaves_what_is_not_committed() -> None:
    broker = BrokerDriver(fsync=FsyncPolicy(FsyncMode.ALWAYS))
    broker.create_topic("t", retention_ms="1000", segment_ms="1000")
    partition = first(broker)
    partition.append(batch(b"v"), broker.clock.now_ms(), AppendOrigin.CLIENT)
    broker.clock.elapsed_ms += 300_000
    broker.timers.expire(broker.clock.elapsed_ms)
    assert partition.log.log_start_offset == 0
    broker.settle()
    broker.advance(300_000)
    assert partition.log.log_start_offset == 1


@pytest.mark.parametrize(("delay_ms", "gone_after_ms"), [(60_000, 60_000), (0, 1000)])
def test_deleted_files_go_after_a_while(
    broker: BrokerDriver, delay_ms: int, gone_after_ms: int
) -> None:
    """log.segment.delete.delay.ms later nothing is left of a deleted topic; it may change."""
    broker.node.settings.set("log.segment.delete.delay.ms", str(delay_ms))
    broker.advance(30_000)  # log.initial.task.delay.ms
    broker.create_topic("t")
    append(broker, first(broker))
    image = broker.node.metadata.image.topic("t")
    assert image is not None
    broker.node.metadata.delete_topics([image])
    broker.settle()
    assert any(name.endswith("-delete") for name in broker.filesystem.list("/data"))
    broker.advance(gone_after_ms)

    assert not any(name.endswith("-delete") for name in broker.filesystem.list("/data"))


@pytest.mark.parametrize("error", [None, DiskFull("EIO")])
def test_files_that_stay_are_told(
    broker: BrokerDriver,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: DiskFull | None,
) -> None:
    """An operator need not be told of those that go."""

    def purge(_log_dir: LogDir) -> None:
        if error is not None:
            raise error

    monkeypatch.setattr(LogDir, "purge", purge)
    broker.advance(30_000)  # log.initial.task.delay.ms
    broker.settle()
    warnings = [record.getMessage() for record in caplog.records]

    told = "deleted files could not be removed; they are tried again: EIO"
    assert warnings == ([] if error is None else [told])


def test_idle_producers_are_forgotten(broker: BrokerDriver) -> None:
    """After producer.id.expiration.ms their sequences count no more."""
    broker.create_topic("t")
    records = batch(b"a", producer_id=7, producer_epoch=0, base_sequence=0)
    partition = first(broker)
    partition.append(records, broker.clock.now_ms(), AppendOrigin.CLIENT)
    broker.advance(86_000_000)
    assert partition.append(records, broker.clock.now_ms(), AppendOrigin.CLIENT).is_duplicate
    for _ in range(2):
        broker.advance(86_400_000)

    assert not partition.append(records, broker.clock.now_ms(), AppendOrigin.CLIENT).is_duplicate


def test_expired_producers_do_not_come_back(broker: BrokerDriver) -> None:
    """A restart reads them from the snapshot, but not as known ones."""
    broker.create_topic("t")
    records = batch(b"a", producer_id=7, producer_epoch=0, base_sequence=0)
    first(broker).append(records, broker.clock.now_ms(), AppendOrigin.CLIENT)
    broker.clock.elapsed_ms += 2 * 86_400_000
    broker.restart()

    again = first(broker).append(records, broker.clock.now_ms(), AppendOrigin.CLIENT)
    assert not again.is_duplicate
