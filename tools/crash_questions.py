"""What the crash loop asks a broker itself, beside its load: offsets, commits, whole logs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from confluent_kafka import Consumer, KafkaError, TopicPartition

from kbroker.cli.raw_client import RawClient
from kbroker.settings.broker_settings import BrokerSettings
from kbroker.settings.topic_settings import log_config
from storage import LogDir, MetaProperties, OsFilesystem
from tools.crash_check import Asked, CommitSeen, Event, FinalLog, Partition, WatermarkSeen
from tools.crash_load import GROUP, place
from wire.messages.create_topics import (
    CreatableTopic,
    CreatableTopicConfig,
    CreateTopicsRequest,
)
from wire.messages.find_coordinator import FindCoordinatorRequest
from wire.messages.list_offsets import (
    ListOffsetsPartition,
    ListOffsetsRequest,
    ListOffsetsTopic,
)
from wire.messages.offset_fetch import OffsetFetchRequest

LATEST = -1
SETTLE_S = 30
READ_S = 120
SEGMENT_BYTES = 1 << 20  # the least that Kafka allows: segments shall be rolled under fire

T = TypeVar("T")


def create_topics(bootstrap: str, topics: Iterable[tuple[str, int]]) -> None:
    client = RawClient(bootstrap)
    config = CreatableTopicConfig(name="segment.bytes", value=str(SEGMENT_BYTES))
    for name, partitions in topics:
        topic = CreatableTopic(
            name=name,
            num_partitions=partitions,
            replication_factor=1,
            assignments=[],
            configs=[config],
        )
        client.ask(CreateTopicsRequest(topics=[topic], timeout_ms=10_000), 7)
    # The group's topic is created by the first who asks for its coordinator.
    client.ask(FindCoordinatorRequest(key=GROUP, key_type=0), 2)
    client.close()


def observe(bootstrap: str, partitions: Sequence[Partition], events: list[Event]) -> None:
    """Asks for the group's commits and for all watermarks, and notes what was said."""
    client = RawClient(bootstrap)
    events.append(Asked())
    events.extend(_settled(lambda: _commits(client)))
    events.append(Asked())
    events.extend(_settled(lambda: _watermarks(client, partitions)))
    client.close()


def _settled(ask: Callable[[], Sequence[T] | None]) -> Sequence[T]:
    """Kafka says for a while after its start that it does not lead anything yet."""
    deadline = time.monotonic() + SETTLE_S
    while (answer := ask()) is None:
        if time.monotonic() > deadline:
            raise TimeoutError(f"the broker has not settled within {SETTLE_S} s")
        time.sleep(0.05)
    return answer


def _commits(client: RawClient) -> list[CommitSeen] | None:
    answer = client.ask(OffsetFetchRequest(group_id=GROUP, topics=None), 7)
    if answer.error_code:
        return None
    return [
        CommitSeen(Partition(topic.name, partition.partition_index), partition.committed_offset)
        for topic in answer.topics
        for partition in topic.partitions
    ]


def _watermarks(client: RawClient, partitions: Sequence[Partition]) -> list[WatermarkSeen] | None:
    wanted = [
        ListOffsetsTopic(
            name=name,
            partitions=[
                ListOffsetsPartition(partition_index=partition.number, timestamp=LATEST)
                for partition in partitions
                if partition.topic == name
            ],
        )
        for name in {partition.topic for partition in partitions}
    ]
    answer = client.ask(ListOffsetsRequest(replica_id=-1, topics=wanted), 3)
    found = [(topic.name, part) for topic in answer.topics for part in topic.partitions]
    if any(part.error_code for _, part in found):
        return None
    return [
        WatermarkSeen(Partition(name, part.partition_index), part.offset) for name, part in found
    ]


def committed(bootstrap: str) -> dict[Partition, int]:
    client = RawClient(bootstrap)
    answer = _settled(lambda: _commits(client))
    client.close()
    return {seen.partition: seen.offset for seen in answer}


def watermarks(bootstrap: str, partitions: Sequence[Partition]) -> dict[Partition, int]:
    client = RawClient(bootstrap)
    answer = _settled(lambda: _watermarks(client, partitions))
    client.close()
    return {seen.partition: seen.offset for seen in answer}


def read_logs(bootstrap: str, partitions: Sequence[Partition]) -> dict[Partition, FinalLog]:
    """Everything there is, read by an unmodified client that checks checksums."""
    ends = watermarks(bootstrap, partitions)
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "crash-loop-reader",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "error",
            "check.crcs": True,
            "log_level": 0,
        }
    )
    consumer.assign(
        [TopicPartition(partition.topic, partition.number, 0) for partition in partitions]
    )
    logs = {partition: FinalLog([], ends[partition]) for partition in partitions}
    unread = set(partitions)
    deadline = time.monotonic() + READ_S
    while unread and time.monotonic() < deadline:
        for message in consumer.consume(1000, 0.2):
            error = message.error()
            if error is None:
                partition, offset, record = place(message)
                logs[partition].records.append((offset, record))
            elif error.code() == KafkaError._PARTITION_EOF:
                unread.discard(Partition(message.topic() or "", message.partition() or 0))
    consumer.close()
    if unread:
        raise TimeoutError(f"{len(unread)} partitions were not read within {READ_S} s")
    return logs


def check_data_dir(data_dir: Path) -> list[str]:
    """Recovers every log of a killed broker, and checks it with storage's own checker."""
    log_dir = LogDir(str(data_dir), OsFilesystem())
    log_dir.open(MetaProperties("", -1, ""))
    now_ms = int(time.time() * 1000)
    problems: list[str] = []
    for topic, number, topic_id in list(log_dir.topic_partitions()):
        assert topic_id is not None, f"{topic}-{number} has no topic id"
        config = log_config({"internal.segment.bytes": str(SEGMENT_BYTES)}, BrokerSettings())
        problems += log_dir.open_log(topic, number, topic_id, config, now_ms).problems()
    log_dir.close({}, clean=False)
    return problems
