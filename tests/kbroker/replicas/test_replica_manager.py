"""Partitions from folder to folder: made, found, deleted, and what a crash leaves behind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kbroker.metadata.topic_creation import NewTopic, TopicDefaults, plan_topic
from kbroker.replicas.replica_manager import OPEN_AGAIN_MS
from storage import AppendOrigin, DiskFull, LogDir, PartitionLog
from tests.drivers import NOW_MS, BrokerDriver, batch
from wire.errors import ErrorCode


def test_found_by_name_and_by_id(broker: BrokerDriver) -> None:
    """Both lead to the same partition; what is missing has its code."""
    topic_id = broker.create_topic("t", 2)
    replicas = broker.node.replicas

    assert replicas.find("t", 1) is replicas.find(topic_id, 1) is not None
    assert replicas.find("t", 2) is replicas.find("t", -1) is replicas.find("u", 0) is None
    assert replicas.missing("u", 0) == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    assert replicas.missing(bytes(16), 0) == ErrorCode.UNKNOWN_TOPIC_ID
    assert replicas.missing(topic_id, 2) == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    assert replicas.missing("t", -1) == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION


def test_records_outlive_the_broker(broker: BrokerDriver) -> None:
    """However it ended, what was appended is there."""
    broker.create_topic("t")
    for clean in (True, False):
        found = broker.node.replicas.find("t", 0)
        assert found is not None
        end = found.append(batch(b"a"), NOW_MS, AppendOrigin.CLIENT).last_offset + 1
        broker.restart(clean=clean)
        again = broker.node.replicas.find("t", 0)
        assert again is not None
        assert again.high_watermark == end


def test_folders_of_no_topic_are_set_aside(broker: BrokerDriver) -> None:
    """A crash between the catalog's record and the folder leaves either; the catalog decides."""
    broker.create_topic("t")
    metadata = broker.node.metadata
    metadata._topic_listeners.clear()
    topic = metadata.image.topic("t")
    assert topic is not None
    metadata.delete_topics([topic])
    metadata.create_topics([plan_topic(NewTopic("u"), metadata.image, TopicDefaults(1, 1))])
    broker.restart(clean=False)

    names = broker.filesystem.list("/data")
    assert broker.node.replicas.find("t", 0) is None
    assert broker.node.replicas.find("u", 0) is not None
    assert "t-0" not in names
    assert [name for name in names if name.startswith("t-0.") and name.endswith("-stray")]
    assert "u-0" in names
    assert "__cluster_metadata-0" in names


@pytest.mark.parametrize(
    ("has_id", "is_same_topic", "is_adopted"),
    [(True, False, False), (False, False, True), (True, True, True)],
)
def test_the_topic_id_decides_whose_a_folder_is(
    broker: BrokerDriver, has_id: bool, is_same_topic: bool, is_adopted: bool
) -> None:
    """The name may be that of a newer topic. A folder without an id was about to get it."""
    broker.create_topic("t")
    found = broker.node.replicas.find("t", 0)
    assert found is not None
    found.append(batch(b"a"), NOW_MS, AppendOrigin.CLIENT)
    broker.settle()
    metadata = broker.node.metadata
    topic = metadata.image.topic("t")
    assert topic is not None
    if not is_same_topic:  # made anew in the catalog only, as if the process was killed then
        metadata._topic_listeners.clear()
        metadata.delete_topics([topic])
        broker.settle()
        metadata.create_topics([plan_topic(NewTopic("t"), metadata.image, TopicDefaults(1, 1))])
    if not has_id:
        broker.filesystem.remove("/data/t-0/partition.metadata")
    broker.restart(clean=False)
    again = broker.node.replicas.find("t", 0)

    assert again is not None
    assert again.log.log_end_offset == (1 if is_adopted else 0)
    assert any(name.endswith("-stray") for name in broker.filesystem.list("/data")) != is_adopted


def test_a_folder_of_no_topic_and_no_id_is_set_aside(broker: BrokerDriver) -> None:
    broker.filesystem.make_folders("/data/t-0")
    broker.restart(clean=False)

    names = broker.filesystem.list("/data")
    assert "t-0" not in names
    assert any(name.startswith("t-0.") and name.endswith("-stray") for name in names)


def test_a_topic_made_anew_is_empty(broker: BrokerDriver) -> None:
    """Nothing of the deleted one comes back, also not after a restart."""
    broker.create_topic("t")
    found = broker.node.replicas.find("t", 0)
    assert found is not None
    found.append(batch(b"a"), NOW_MS, AppendOrigin.CLIENT)
    image = broker.node.metadata.image.topic("t")
    assert image is not None
    broker.node.metadata.delete_topics([image])
    broker.create_topic("t")
    broker.restart(clean=False)
    again = broker.node.replicas.find("t", 0)

    assert found.deleted
    assert again is not None
    assert again.high_watermark == 0


def test_logs_for_which_there_was_no_room_are_opened_later(
    broker: BrokerDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(*_: object) -> None:
        raise DiskFull("no room")

    replicas = broker.node.replicas
    with monkeypatch.context() as full:
        full.setattr(LogDir, "open_log", no_room)
        topic_id = broker.create_topic("t", 2)
        broker.create_topic("u")

        assert replicas.find("t", 0) is None
        assert replicas.missing("t", 1) == ErrorCode.KAFKA_STORAGE_ERROR
        assert replicas.missing(topic_id, 1) == ErrorCode.KAFKA_STORAGE_ERROR
        assert replicas.missing("t", 2) == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
        broker.advance(OPEN_AGAIN_MS)

    broker.advance(OPEN_AGAIN_MS)

    assert replicas.find("t", 0) is not None
    assert replicas.find(topic_id, 1) is not None
    assert replicas.find("u", 0) is not None


def test_the_first_logs_of_a_topic_are_used_while_there_is_no_room_for_others(
    broker: BrokerDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_log = LogDir.open_log

    def only_the_first(self: LogDir, topic: str, index: int, *rest: Any) -> PartitionLog:
        if index > 0:
            raise DiskFull("no room")
        return open_log(self, topic, index, *rest)

    monkeypatch.setattr(LogDir, "open_log", only_the_first)
    topic_id = broker.create_topic("t", 2)
    replicas = broker.node.replicas
    assert replicas.find("t", 0) is replicas.find(topic_id, 0) is not None
    assert replicas.find("t", 1) is None
    broker.node.metadata.delete_topics([broker.node.metadata.latest.topic("t")])  # type: ignore[list-item]
    broker.settle()
    assert replicas.find("t", 0) is None


def test_each_topic_keeps_its_own_values(broker: BrokerDriver) -> None:
    """When the broker's settings change; though topics set the same names."""
    values = {"a": 1000, "b": 2000, "c": 1000}
    for topic, retention_ms in values.items():
        broker.create_topic(topic, 2, retention_ms=str(retention_ms))
    broker.node.settings.set("log.retention.bytes", "77")
    broker.node.replicas.reconfigure(values)
    for index in (0, 1):
        found = {topic: broker.node.replicas.find(topic, index).log.config for topic in values}  # type: ignore[union-attr]
        assert {topic: config.retention_ms for topic, config in found.items()} == values
        assert {config.retention_bytes for config in found.values()} == {77}


def test_lost_records_are_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """They were synced, so somebody has damaged the file; the others are served, as in Kafka."""
    broker = BrokerDriver(str(tmp_path))
    broker.create_topic("t")
    found = broker.node.replicas.find("t", 0)
    assert found is not None
    for _ in range(3):
        found.append(batch(b"v"), broker.clock.now_ms(), AppendOrigin.CLIENT)
    broker.settle()
    broker.node.close(clean=True)
    path = tmp_path / "t-0" / f"{0:020d}.log"
    path.write_bytes(path.read_bytes()[: len(path.read_bytes()) // 3 * 2])
    broker.start()

    assert "t-0 ends at offset 2: its files were damaged, and 1 records are lost" in caplog.text
