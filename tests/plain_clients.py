"""Clients of a topic that is deleted and created again under the same name, and what they know.

- The topic is there from the answer to its creation to a request for its deletion, and not after
  the answer to that; what is created again has another id.
- It holds only what was written to it, from the first offset on: nothing of an earlier one of
  its name, neither records nor a log start offset nor a group's commits.
- Every record that was acknowledged is there at its offset, unless its deletion was asked for.
- A group's offset is that of its last acknowledged commit, or of one after it.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from kbroker.metadata.image import MetadataImage
from tests.drivers import batch
from wire.errors import ErrorCode
from wire.messages.create_topics import CreatableTopic, CreateTopicsRequest
from wire.messages.delete_records import (
    DeleteRecordsPartition,
    DeleteRecordsRequest,
    DeleteRecordsTopic,
)
from wire.messages.delete_topics import DeleteTopicsRequest
from wire.messages.fetch import FetchPartition, FetchRequest, FetchTopic
from wire.messages.list_offsets import ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic
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
from wire.records import batches
from wire.schema import Message

NAME = GROUP = "plain"
EARLIEST = -2
ATTEMPTS = 4

# Sends a request; None where the broker ended before its answer came, and is there again.
Ask = Callable[[Message, int], Any]


class Life:
    """A topic from one creation to its deletion: what its clients know of it."""

    def __init__(self) -> None:
        self.sent: set[bytes] = set()
        self.acknowledged: dict[int, bytes] = {}
        self.start = 0  # what is below may have been deleted
        self.offsets = [-1]  # that may be committed: the last acknowledged one, and later ones


class PlainClients:
    """Each verb is one client's work, from request to the answer; ``check`` is what must hold.

    ``is_there`` is whether the topic is there, None while nobody knows.
    """

    def __init__(self, rng: random.Random, ask: Ask, image: Callable[[], MetadataImage]) -> None:
        self._random, self._ask, self._image = rng, ask, image
        self._is_there: bool | None = False
        self._id = b""
        self._lives: dict[bytes, Life] = {}
        self._gone: set[bytes] = set()
        self._next_value = 0

    @property
    def _life(self) -> Life:
        return self._lives[self._id]

    def create(self) -> None:
        wanted = CreatableTopic(
            name=NAME, num_partitions=1, replication_factor=1, assignments=[], configs=[]
        )
        request = CreateTopicsRequest(topics=[wanted], timeout_ms=1000)
        done = self._asked_until(
            lambda: self._ask(request, 5),
            lambda answer: answer.topics[0].error_code,
            {ErrorCode.NONE: False, ErrorCode.TOPIC_ALREADY_EXISTS: True},
        )
        if done:
            self._found()

    def _found(self) -> None:
        image = self._image().topic(NAME)
        assert image is not None, "a created topic is there"
        assert image.topic_id not in self._gone, "a deleted topic is gone"
        self._is_there, self._id = True, image.topic_id
        self._lives.setdefault(self._id, Life())

    def delete(self, _actor: object = None) -> None:
        request = DeleteTopicsRequest(topic_names=[NAME], timeout_ms=1000)
        done = self._asked_until(
            lambda: self._ask(request, 5),
            lambda answer: answer.responses[0].error_code,
            {ErrorCode.NONE: True, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION: False},
        )
        if done:
            self._is_there = False
            self._gone |= set(self._lives)

    def _asked_until(
        self, ask: Callable[[], Any], code_of: Callable[[Any], int], meaning: dict[int, bool]
    ) -> bool:
        """Whether a request was answered with one of the codes, each of which says whether the
        topic was there before."""
        was_there, self._is_there = self._is_there, None
        for attempt in range(ATTEMPTS):
            answer = ask()
            found = None if answer is None else meaning.get(code_of(answer))
            if found is not None:
                if attempt == 0:
                    assert was_there in (None, found), "whether the topic is there"
                return True
        return False

    def create_again(self, _actor: object = None) -> None:
        self.delete()
        self.create()
        self.produce()

    def _ready(self) -> bool:
        if not self._is_there:
            self.create()
        return bool(self._is_there)

    def produce(self, _actor: object = None) -> None:
        """A few requests of a record each."""
        for _ in range(self._random.randint(1, 3)):
            if self._ready():
                self._produce_one()

    def _produce_one(self) -> None:
        life, value = self._life, b"plain %d" % self._new_value()
        life.sent.add(value)
        data = PartitionProduceData(index=0, records=batch(value))
        request = ProduceRequest(
            acks=self._random.choice((1, -1)),
            timeout_ms=1000,
            topic_data=[TopicProduceData(name=NAME, partition_data=[data])],
        )
        answer = self._ask(request, 9)
        if answer is not None:
            [found] = answer.responses[0].partition_responses
            assert found.error_code != ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "the topic is there"
            if found.error_code == 0:
                life.acknowledged[found.base_offset] = value

    def delete_records(self, _actor: object = None) -> None:
        if not self._ready() or not self._life.acknowledged:
            return
        offset = self._random.randint(0, max(self._life.acknowledged) + 1)
        self._life.start = max(self._life.start, offset)
        one = DeleteRecordsPartition(partition_index=0, offset=offset)
        wanted = DeleteRecordsTopic(name=NAME, partitions=[one])
        self._ask(DeleteRecordsRequest(topics=[wanted], timeout_ms=1000), 1)

    def commit(self, _actor: object = None) -> None:
        if not self._ready():
            return
        life, offset = self._life, self._new_value()
        one = OffsetCommitRequestPartition(
            partition_index=0, committed_offset=offset, committed_metadata=None
        )
        wanted = OffsetCommitRequestTopic(topic_id=self._id, partitions=[one])
        answer = self._ask(OffsetCommitRequest(group_id=GROUP, topics=[wanted]), 10)
        if answer is not None and not answer.topics[0].partitions[0].error_code:
            life.offsets = [offset]
        else:
            life.offsets.append(offset)

    def _new_value(self) -> int:
        self._next_value += 1
        return self._next_value

    # --- what must hold

    def check(self) -> None:
        image, was_there, was = self._image().topic(NAME), self._is_there, self._id
        assert was_there in (None, image is not None), "whether the topic is there"
        if image is not None:
            self._found()
            assert not was_there or was == self._id, "a topic that nobody deleted keeps its id"
            self._check_records(self._life)
            assert self._committed() in self._life.offsets, "a commit is there"

    def _check_records(self, life: Life) -> None:
        start = self._start()
        assert start <= life.start, "nobody deleted these records"
        found = self._read(start)
        assert set(found.values()) <= life.sent, "a topic holds what was written to it"
        for offset, value in life.acknowledged.items():
            if offset >= life.start:
                assert found.get(offset) == value, "an acknowledged record is there"

    def _start(self) -> int:
        one = ListOffsetsPartition(partition_index=0, timestamp=EARLIEST)
        wanted = ListOffsetsTopic(name=NAME, partitions=[one])
        answer = self._ask(ListOffsetsRequest(replica_id=-1, topics=[wanted]), 3)
        return int(answer.topics[0].partitions[0].offset)

    def _read(self, start: int) -> dict[int, bytes]:
        """Every record from ``start`` on, by its offset."""
        wanted = FetchPartition(partition=0, fetch_offset=start, partition_max_bytes=1 << 20)
        request = FetchRequest(
            max_wait_ms=0,
            min_bytes=0,
            session_epoch=-1,
            topics=[FetchTopic(topic=NAME, partitions=[wanted])],
        )
        [answer] = self._ask(request, 12).responses[0].partitions
        assert answer.error_code == 0, "a topic that is there can be read"
        return {
            record.offset: bytes(record.value or b"")
            for one in batches(answer.records)
            for record in one
        }

    def _committed(self) -> int:
        """By the topic's id: where a full disk or a power failure kept a deletion from reaching the
        group, its old commit is still found by name, in Kafka as well."""
        wanted = OffsetFetchRequestTopics(topic_id=self._id, partition_indexes=[0])
        group = OffsetFetchRequestGroup(group_id=GROUP, topics=[wanted])
        answer = self._ask(OffsetFetchRequest(groups=[group]), 10)
        return int(answer.groups[0].topics[0].partitions[0].committed_offset)
