"""Histories of compacted topics: written to two brokers, cleaned there, and read back as batches.

What a broker chooses itself is taken out: producer ids, and the delete horizon of tombstones, which
is the time of the cleaning.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from compat_tests.brokers import wait_until
from kbroker.cli.raw_client import RawClient
from tools.topic_requests import create_topic, end_offset
from wire.messages.add_partitions_to_txn import (
    AddPartitionsToTxnRequest,
    AddPartitionsToTxnTopic,
)
from wire.messages.end_txn import EndTxnRequest
from wire.messages.fetch import FetchPartition, FetchRequest, FetchTopic
from wire.messages.find_coordinator import FindCoordinatorRequest
from wire.messages.incremental_alter_configs import (
    AlterableConfig,
    AlterConfigsResource,
    IncrementalAlterConfigsRequest,
)
from wire.messages.init_producer_id import InitProducerIdRequest
from wire.messages.produce import PartitionProduceData, ProduceRequest, TopicProduceData
from wire.records import BatchBuilder, RecordBatch, batches

KEYS = [b"a", b"b", b"c", b"d", b"e"]
CODECS = [0, 0, 0, 1, 2, 3, 4]
NOT_YET = {14, 15, 16, 51, 3}  # loading, not available, not coordinator, concurrent, unknown topic
DAY_MS = 86_400_000
TOPIC_RESOURCE = 2
READ_COMMITTED = 1
TRANSACTION_CODER = 1


@dataclass(frozen=True)
class Batch:
    """``producer`` is a number, None for none; negative ones write without transactions."""

    codec: int
    producer: int | None
    records: Sequence[tuple[bytes | None, bytes | None, int]]  # key, value, later by so many ms


@dataclass(frozen=True)
class End:
    producer: int
    commits: bool


Step = Batch | End


@dataclass(frozen=True)
class History:
    """Rounds of steps; after each round the topic is compacted."""

    name: str
    settings: dict[str, str]
    rounds: Sequence[Sequence[Step]]


def history(seed: int) -> History:
    random = Random(seed)
    settings = {
        "cleanup.policy": "delete",
        "retention.ms": "-1",
        "min.cleanable.dirty.ratio": "0",
        "internal.segment.bytes": str(random.choice([400, 700, 1500])),
        "index.interval.bytes": str(random.choice([0, 200, 4096])),
        "delete.retention.ms": str(random.choice([0, DAY_MS])),
        "message.timestamp.type": random.choice(["CreateTime", "CreateTime", "LogAppendTime"]),
    }
    rounds = [list(_round(random)) for _ in range(random.randint(1, 3))]
    return History(f"compacted-{seed}", settings, rounds)


def _round(random: Random) -> Iterator[Step]:
    open_producers: set[int] = set()
    for _ in range(random.randint(3, 25)):
        if open_producers and random.random() < 0.25:
            producer = random.choice(sorted(open_producers))
            open_producers.remove(producer)
            yield End(producer, random.random() < 0.5)
            continue
        chosen = random.choice([None, None, -1, 1, 2])
        if chosen is not None and chosen > 0:
            open_producers.add(chosen)
        yield Batch(random.choice(CODECS), chosen, _records(random))
    for producer in sorted(open_producers):
        if random.random() < 0.8:  # the others stay open, and hold the cleaner back
            yield End(producer, random.random() < 0.5)


def _records(random: Random) -> list[tuple[bytes | None, bytes | None, int]]:
    return [
        (
            random.choice(KEYS),
            None if random.random() < 0.3 else random.randbytes(random.randint(0, 60)),
            random.randint(-5, 5),
        )
        for _ in range(random.randint(1, 4))
    ]


@dataclass
class _Producer:
    producer_id: int
    epoch: int
    sequence: int = 0
    in_transaction: bool = False


@dataclass
class Player:
    """Plays a history on one broker."""

    bootstrap: str
    began_ms: int  # the same for all brokers: timestamps are compared
    _producers: dict[tuple[str, int], _Producer] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._client = RawClient(self.bootstrap)
        self.close = self._client.close

    def begin(self, told: History) -> None:
        create_topic(self._client, told.name, 1, told.settings)

    def write(self, told: History, number: int) -> None:
        for step in told.rounds[number]:
            if isinstance(step, Batch):
                self._produce(told.name, step, number)
            else:
                self._end(told.name, step)

    def set_policy(self, topic: str, policy: str) -> None:
        config = AlterableConfig(name="cleanup.policy", config_operation=0, value=policy)
        resource = AlterConfigsResource(
            resource_type=TOPIC_RESOURCE, resource_name=topic, configs=[config]
        )
        answer = self._client.ask(
            IncrementalAlterConfigsRequest(resources=[resource], validate_only=False), 1
        )
        assert answer.responses[0].error_code == 0, answer

    def _produce(self, topic: str, step: Batch, number: int) -> None:
        producer = None if step.producer is None else self._producer(topic, step.producer)
        transactional_id = None
        builder = BatchBuilder(compression=step.codec)
        if producer is not None and step.producer is not None:
            builder.producer_id, builder.producer_epoch = producer.producer_id, producer.epoch
            builder.base_sequence = producer.sequence
            producer.sequence += len(step.records)
            if step.producer > 0:
                builder.is_transactional = True
                transactional_id = _transactional_id(topic, step.producer)
                self._add_partition(topic, transactional_id, producer)
        for key, value, later_ms in step.records:
            builder.append(self.began_ms + number * 1000 + later_ms, key, value)
        data = PartitionProduceData(index=0, records=builder.build())
        request = ProduceRequest(
            transactional_id=transactional_id,
            acks=-1,
            timeout_ms=10_000,
            topic_data=[TopicProduceData(name=topic, partition_data=[data])],
        )
        self._settled(
            request, 9, lambda answer: answer.responses[0].partition_responses[0].error_code
        )

    def _producer(self, topic: str, number: int) -> _Producer:
        known = self._producers.get((topic, number))
        if known is None:
            name = _transactional_id(topic, number) if number > 0 else None
            if name is not None:
                find = FindCoordinatorRequest(key=name, key_type=TRANSACTION_CODER)
                self._settled(find, 3, lambda answer: answer.error_code)
            request = InitProducerIdRequest(transactional_id=name, transaction_timeout_ms=600_000)
            answer = self._settled(request, 4, lambda answer: answer.error_code)
            known = _Producer(answer.producer_id, answer.producer_epoch)
            self._producers[topic, number] = known
        return known

    def _add_partition(self, topic: str, name: str, producer: _Producer) -> None:
        if producer.in_transaction:
            return
        request = AddPartitionsToTxnRequest(
            v3_and_below_transactional_id=name,
            v3_and_below_producer_id=producer.producer_id,
            v3_and_below_producer_epoch=producer.epoch,
            v3_and_below_topics=[AddPartitionsToTxnTopic(name=topic, partitions=[0])],
        )
        self._settled(
            request,
            3,
            lambda answer: (
                answer.results_by_topic_v3_and_below[0].results_by_partition[0].partition_error_code
            ),
        )
        producer.in_transaction = True

    def _end(self, topic: str, step: End) -> None:
        producer = self._producers[topic, step.producer]
        request = EndTxnRequest(
            transactional_id=_transactional_id(topic, step.producer),
            producer_id=producer.producer_id,
            producer_epoch=producer.epoch,
            committed=step.commits,
        )
        end = end_offset(self._client, topic)
        self._settled(request, 3, lambda answer: answer.error_code)
        # Kafka answers before the marker is written.
        wait_until(lambda: end_offset(self._client, topic) > end, 10, "the marker is written")
        producer.in_transaction = False

    def _settled(self, request: Any, version: int, code: Any) -> Any:
        """The answer, once the broker is ready for the request."""
        for _ in range(200):
            answer = self._client.ask(request, version)
            if code(answer) not in NOT_YET:
                assert code(answer) == 0, (request, answer)
                return answer
            time.sleep(0.02)
        raise TimeoutError(f"{request}: {answer}")

    # -- reading ---------------------------------------------------------------------------------

    def found(self, topic: str) -> tuple[list[tuple[Any, ...]], list[tuple[int, int]]]:
        """(what each batch holds, the aborted transactions by producer and first offset)."""
        numbers = {
            producer.producer_id: number
            for (name, number), producer in self._producers.items()
            if name == topic
        }
        found: list[tuple[Any, ...]] = []
        aborted: list[tuple[int, int]] = []
        offset = 0
        while True:
            partition = self._fetch(topic, offset)
            aborted += [
                (numbers[txn.producer_id], txn.first_offset)
                for txn in partition.aborted_transactions or ()
                if (numbers[txn.producer_id], txn.first_offset) not in aborted
            ]
            read = list(batches(partition.records or b""))
            read = [batch for batch in read if batch.last_offset >= offset]
            if not read:
                return found, aborted
            for batch in read:
                assert isinstance(batch, RecordBatch)
                batch.verify_crc()
                found.append(_facts(batch, numbers))
                offset = batch.next_offset

    def _fetch(self, topic: str, offset: int) -> Any:
        asked = FetchPartition(partition=0, fetch_offset=offset, partition_max_bytes=1 << 20)
        request = FetchRequest(
            max_wait_ms=0,
            min_bytes=0,
            isolation_level=READ_COMMITTED,
            topics=[FetchTopic(topic=topic, partitions=[asked])],
        )
        return self._client.ask(request, 11).responses[0].partitions[0]


def _transactional_id(topic: str, number: int) -> str:
    return f"{topic}-{number}"


def _facts(batch: RecordBatch, numbers: dict[int, int]) -> tuple[Any, ...]:
    """All of a batch but what the broker chooses."""
    times_differ = batch.timestamp_type == 1 or batch.is_control  # the brokers' own
    return (
        batch.base_offset,
        batch.last_offset,
        batch.partition_leader_epoch,
        batch.attributes,
        None if times_differ else batch.max_timestamp,
        None if times_differ or batch.delete_horizon_ms is not None else batch.base_timestamp,
        numbers.get(batch.producer_id),
        batch.producer_epoch,
        batch.base_sequence,
        batch.record_count,
        [
            (record.offset, None if times_differ else record.timestamp, record.key, record.value)
            for record in batch
        ],
    )
