"""The simulation of transactions on a machine that loses power, with plain records, commits and
topics too.

The power may fail between any two changes of the disk; a random part of the unsynced changes
survives. With fsync the following must hold, beside the rules of transaction_simulation.py:

- every acknowledged record can be read, in order;
- a group's offset is that of its last acknowledged commit, or of a later one;
- a topic exists from the acknowledgement of its creation to the request for its deletion, and
  while it exists its acknowledged records do.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from kbroker.replicas.durability import FsyncPolicy
from tests.drivers import BrokerDriver, batch
from tests.faulty_filesystem import Killed
from tests.power_loss import PowerLossFilesystem
from tests.transaction_simulation import NARROW, Actor, Simulation
from wire.messages.create_topics import CreatableTopic, CreateTopicsRequest
from wire.messages.delete_topics import DeleteTopicsRequest
from wire.messages.fetch import FetchPartition, FetchRequest, FetchTopic
from wire.messages.offset_commit import (
    OffsetCommitRequest,
    OffsetCommitRequestPartition,
    OffsetCommitRequestTopic,
)
from wire.messages.offset_fetch import (
    OffsetFetchRequest,
    OffsetFetchRequestGroup,
    OffsetFetchRequestTopics,
)
from wire.messages.produce import PartitionProduceData, ProduceRequest, TopicProduceData
from wire.records import RecordBatch
from wire.records.batch import batch_size
from wire.schema import Message

GROUP = "plain"


class PlainTopic:
    """A topic as its clients know it: what was acknowledged."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_certain = False  # whether its creation was acknowledged
        self.may_be_gone = False
        self.is_gone = False
        self.acknowledged: list[bytes] = []


class PowerLossSimulation(Simulation):
    """One schedule, made from its seed, under the policy ``fsync``."""

    def __init__(self, seed: int, fsync: FsyncPolicy) -> None:
        self.fsync = fsync
        self.seed = seed
        self.topics: list[PlainTopic] = []
        self.offsets = [-1]  # possible ones: the last acknowledged, and the unknown ones after it
        super().__init__(seed)

    def make_broker(self) -> BrokerDriver:
        self.disk = PowerLossFilesystem(random.Random(self.seed))
        return BrokerDriver(
            filesystem=self.disk, fsync=self.fsync, auto_create_topics_enable="false", **NARROW
        )

    def moves(self) -> tuple[tuple[Callable[[Actor], None], int], ...]:
        return (
            *super().moves(), (self.create, 2), (self.delete, 1), (self.produce, 6),
            (self.commit_plainly, 2),
        )  # fmt: skip

    # --- power failures

    def arm(self, _actor: Actor) -> None:
        self.disk.kill_at = self.disk.operations + self.random.randint(0, 40)

    def disarm(self) -> None:
        self.disk.kill_at = None

    def start_again(self, clean: bool) -> None:
        """Stops, cleanly or not; the power fails before the start, or during the stop."""
        if clean:
            try:
                self.broker.node.close(clean=True)
            except Killed:
                pass
        self.disk.power_failure()
        self.broker.start()

    # --- actions of clients

    def answer(self, request: Message, version: int) -> Any:
        """The answer; None where the power failed before it came."""
        try:
            return self.broker.connect().ask(request, version)
        except Killed:
            self.come_back()
            return None

    def create(self, _actor: Actor) -> None:
        topic = PlainTopic(f"plain-{len(self.topics)}")
        self.topics.append(topic)
        wanted = CreatableTopic(
            name=topic.name, num_partitions=1, replication_factor=1, assignments=[], configs=[]
        )
        answer = self.answer(CreateTopicsRequest(topics=[wanted], timeout_ms=1000), 5)
        topic.is_certain = answer is not None and answer.topics[0].error_code == 0

    def delete(self, _actor: Actor) -> None:
        there = [topic for topic in self.topics if topic.is_certain and not topic.may_be_gone]
        if there:
            topic = self.random.choice(there)
            topic.may_be_gone = True
            request = DeleteTopicsRequest(topic_names=[topic.name], timeout_ms=1000)
            answer = self.answer(request, 5)
            topic.is_gone = answer is not None and answer.responses[0].error_code == 0

    def produce(self, _actor: Actor) -> None:
        there = [topic for topic in self.topics if topic.is_certain and not topic.may_be_gone]
        if there:
            topic = self.random.choice(there)
            value = b"plain %d" % self.next_value
            self.next_value += 1
            data = PartitionProduceData(index=0, records=batch(value))
            request = ProduceRequest(
                acks=self.random.choice((1, -1)),
                timeout_ms=1000,
                topic_data=[TopicProduceData(name=topic.name, partition_data=[data])],
            )
            answer = self.answer(request, 9)
            if answer is not None and not answer.responses[0].partition_responses[0].error_code:
                topic.acknowledged.append(value)

    def commit_plainly(self, _actor: Actor) -> None:
        self.next_value += 1
        one = OffsetCommitRequestPartition(
            partition_index=0, committed_offset=self.next_value, committed_metadata=None
        )
        request = OffsetCommitRequest(
            group_id=GROUP, topics=[OffsetCommitRequestTopic(name="t", partitions=[one])]
        )
        answer = self.answer(request, 8)
        if answer is not None and not answer.topics[0].partitions[0].error_code:
            self.offsets = [self.next_value]
        else:
            self.offsets.append(self.next_value)

    # --- what must hold

    def check(self) -> None:
        super().check()
        for topic in self.topics:
            self.check_topic(topic)
        wanted = OffsetFetchRequestTopics(name="t", partition_indexes=[0])
        group = OffsetFetchRequestGroup(group_id=GROUP, topics=[wanted])
        answer = self.broker.connect().ask(OffsetFetchRequest(groups=[group]), 8)
        found = answer.groups[0].topics[0].partitions[0].committed_offset
        assert found in self.offsets, "an acknowledged commit is there"

    def check_topic(self, topic: PlainTopic) -> None:
        is_there = self.broker.node.metadata.image.topic(topic.name) is not None
        assert not (topic.is_gone and is_there), "a deleted topic is gone"
        if topic.is_certain and not topic.may_be_gone:
            assert is_there, "a created topic is there"
        if is_there:
            read = [value for value in self.read(topic) if value in topic.acknowledged]
            assert read == topic.acknowledged, "acknowledged records are there, in order"

    def read(self, topic: PlainTopic) -> list[bytes]:
        partition = FetchPartition(partition=0, fetch_offset=0, partition_max_bytes=1 << 20)
        request = FetchRequest(
            max_wait_ms=0,
            min_bytes=0,
            session_epoch=-1,
            topics=[FetchTopic(topic=topic.name, partitions=[partition])],
        )
        answer = self.broker.connect().ask(request, 12)
        data, position = memoryview(answer.responses[0].partitions[0].records), 0
        values: list[bytes] = []
        while size := batch_size(data, position):
            values += [
                bytes(one.value or b"") for one in RecordBatch(data[position : position + size])
            ]
            position += size
        return values
