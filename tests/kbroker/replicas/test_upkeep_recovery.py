"""What is done so that a restart after a crash reads little, and after another crash less."""

from __future__ import annotations

import pytest

from kbroker.replicas import durability, upkeep
from kbroker.replicas.durability import Flusher
from kbroker.replicas.partition import Partition
from storage import AppendOrigin
from tests.drivers import BrokerDriver, batch


def first(broker: BrokerDriver, topic: str = "t") -> Partition:
    found = broker.node.replicas.find(topic, 0)
    assert found is not None
    return found


def append(broker: BrokerDriver, partition: Partition, sequence: int = 0) -> None:
    records = batch(b"v", producer_id=7, producer_epoch=0, base_sequence=sequence)
    partition.append(records, broker.clock.now_ms(), AppendOrigin.CLIENT)
    broker.settle()


def settle(broker: BrokerDriver) -> None:
    """Flushes what is due, and writes the checkpoint that follows."""
    broker.advance(0)
    broker.advance(upkeep.CHECKPOINT_DELAY_MS)


def recovery_points(broker: BrokerDriver) -> list[str]:
    path = "/data/recovery-point-offset-checkpoint"
    if not broker.filesystem.exists(path):
        return []
    return broker.filesystem.read(path).decode().splitlines()[2:]


def test_what_was_recovered_is_flushed_and_noted_soon(broker: BrokerDriver) -> None:
    """Otherwise a broker that is killed again and again starts later every time."""
    for topic in ("a", "b"):
        broker.create_topic(topic)
        append(broker, first(broker, topic))
    broker.create_topic("empty")
    broker.restart(clean=False)
    settle(broker)

    assert {"a 0 1", "b 0 1"} <= set(recovery_points(broker))


def test_the_next_recovery_knows_the_producers_from_a_snapshot(broker: BrokerDriver) -> None:
    """Their sequences go on, though the batches are not read again."""
    broker.create_topic("t")
    append(broker, first(broker))
    broker.restart(clean=False)
    settle(broker)
    assert broker.filesystem.exists("/data/t-0/00000000000000000001.snapshot")
    broker.restart(clean=False)
    append(broker, first(broker), sequence=1)

    assert first(broker).log.log_end_offset == 2


@pytest.mark.replaces_code
def test_a_clean_start_flushes_no_topic(
    broker: BrokerDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the catalog may be, where the start is noted."""
    flushed: list[str] = []

    def note(_flusher: Flusher, partition: Partition, **_how: bool) -> None:
        flushed.append(partition.log.name)

    broker.create_topic("t")
    append(broker, first(broker))
    monkeypatch.setattr(Flusher, "request", note)
    monkeypatch.setattr(Flusher, "sync_now", note)
    broker.restart()
    assert "t-0" not in flushed
    append(broker, first(broker), sequence=1)
    broker.restart(clean=False)
    assert "t-0" in flushed


def test_a_topic_deleted_meanwhile_is_left_alone(broker: BrokerDriver) -> None:
    for topic in ("a", "b"):
        broker.create_topic(topic)
        append(broker, first(broker, topic))
    broker.restart(clean=False)
    image = broker.node.metadata.image.topic("b")
    assert image is not None
    broker.node.metadata.delete_topics([image])
    settle(broker)

    assert "a 0 1" in recovery_points(broker)


def test_a_flush_is_noted_soon(broker: BrokerDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    """One checkpoint for all flushes of a second, not a minute later; and one for later ones."""
    monkeypatch.setattr(durability, "FLUSH_BYTES", 1)
    broker.create_topic("t")
    append(broker, first(broker))
    append(broker, first(broker), sequence=1)
    broker.advance(0)
    assert recovery_points(broker) == []
    broker.advance(upkeep.CHECKPOINT_DELAY_MS)
    assert "t 0 2" in recovery_points(broker)
    append(broker, first(broker), sequence=2)
    settle(broker)

    assert "t 0 3" in recovery_points(broker)


def test_later_flushes_do_not_postpone_it(
    broker: BrokerDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else nothing would be noted while there is always something to flush."""
    monkeypatch.setattr(durability, "FLUSH_BYTES", 1)
    broker.create_topic("t")
    append(broker, first(broker))
    broker.advance(0)
    broker.advance(upkeep.CHECKPOINT_DELAY_MS - 1)
    append(broker, first(broker), sequence=1)
    broker.advance(0)
    broker.advance(1)

    assert "t 0 2" in recovery_points(broker)
