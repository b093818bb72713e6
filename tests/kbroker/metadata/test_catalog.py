"""The catalog: what it writes is what it replays."""

from __future__ import annotations

from pathlib import Path

import pytest

from kbroker.metadata.metadata_log import CatalogDamaged
from kbroker.metadata.topic_creation import NewTopic, TopicDefaults, plan_topic
from kbroker.settings.broker_settings import BrokerSettings
from kbroker.settings.resources import BROKER
from tests.drivers import BrokerDriver
from wire.internal.cluster_metadata import ConfigRecord


def described(broker: BrokerDriver) -> list[tuple[str, bytes, int, dict[str, str]]]:
    return sorted(
        (topic.name, topic.topic_id, len(topic.partitions), dict(topic.configs))
        for topic in broker.node.metadata.image.topics()
    )


def test_a_restart_changes_nothing(broker: BrokerDriver) -> None:
    """Topics, ids, configs and deletions are replayed, whatever way the broker ended."""
    broker.create_topic("a", 2, retention_ms="5")
    broker.create_topic("b")
    broker.node.metadata.delete_topics([broker.node.metadata.image.topic("b")])  # type: ignore[list-item]
    broker.create_topic("b", 3)
    before = described(broker)

    for clean in (True, False):
        broker.restart(clean=clean)
        assert described(broker) == before
    assert [(name, count) for name, _, count, _ in before] == [("a", 2), ("b", 3)]


def test_topics_of_one_call_come_together(broker: BrokerDriver) -> None:
    """One call is one batch in the log, so a crash leaves all of its topics or none."""
    metadata = broker.node.metadata
    plans = [plan_topic(NewTopic(name), metadata.image, TopicDefaults(1, 1)) for name in "xyz"]
    before = metadata.image.offset
    metadata.create_topics(plans)

    assert metadata.image.offset == before + 6
    assert [metadata.image.topic(name) is not None for name in "xyz"] == [True] * 3


def test_settings_of_the_broker_hold_after_a_restart(broker: BrokerDriver) -> None:
    """For topics that have none of their own, too."""
    broker.create_topic("t")
    name = "log.segment.bytes"
    record = ConfigRecord(resource_type=BROKER, resource_name="1", name=name, value="1048577")
    broker.node.metadata.alter_configs([record])
    broker.settle()
    broker.settings = BrokerSettings({})
    broker.restart()
    found = broker.node.replicas.find("t", 0)

    assert found is not None
    assert found.log.config.segment_bytes == broker.settings.integer(name) == 1_048_577


def test_producer_ids_are_never_given_twice(broker: BrokerDriver) -> None:
    """Blocks of a thousand, and a restart begins a new one (KIP-730)."""
    first = [broker.node.producer_ids.next_id() for _ in range(1001)]
    broker.restart(clean=False)
    after = broker.node.producer_ids.next_id()

    assert first == list(range(1001))
    assert after == 2000


LOG = "__cluster_metadata-0/00000000000000000000.log"


def damage(folder: Path, position: int) -> None:
    """Changes a byte; counted from the end."""
    data = bytearray((folder / LOG).read_bytes())
    data[position] ^= 0x55
    (folder / LOG).write_bytes(data)


def stopped(folder: Path, *, clean: bool) -> None:
    """What is left of a broker with the topics a, b, c."""
    broker = BrokerDriver(str(folder))
    for name in "abc":
        broker.create_topic(name, 2)
    broker.node.close(clean=clean)


def test_a_damaged_end_after_a_crash_is_cut_off(tmp_path: Path) -> None:
    """Which is where half a batch may stand."""
    stopped(tmp_path, clean=False)
    damage(tmp_path, -5)

    assert [name for name, *_ in described(BrokerDriver(str(tmp_path)))] == ["a", "b"]


@pytest.mark.parametrize("position", [-5, -60, -150, -250, -400, 3, 20, 57])
def test_other_damage_is_told_in_one_line(tmp_path: Path, position: int) -> None:
    """Wherever it is; nothing is read past it, and no topic is forgotten."""
    stopped(tmp_path, clean=True)
    damage(tmp_path, position)
    with pytest.raises(CatalogDamaged) as caught:
        BrokerDriver(str(tmp_path))

    assert str(caught.value).startswith("the metadata log __cluster_metadata-0 is damaged from ")
    assert "\n" not in str(caught.value)


def test_an_end_that_is_missing_after_a_clean_stop_is_noticed(tmp_path: Path) -> None:
    """What was synced does not go by itself; without it the topic c would be forgotten."""
    stopped(tmp_path, clean=True)
    path = tmp_path / LOG
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(CatalogDamaged, match="records are missing"):
        BrokerDriver(str(tmp_path))
