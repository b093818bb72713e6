"""aiokafka, its loop in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from typing import Any, ClassVar, TypeVar

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import KafkaError, ProducerFenced

from compat_tests.clients import base
from compat_tests.clients.base import Got, Member, MemberOptions, Rec, RefusedError, Sent

Result = TypeVar("Result")
STRATEGIES = {"range": RangePartitionAssignor, "roundrobin": RoundRobinPartitionAssignor}


def refused(error: KafkaError) -> RefusedError:
    if isinstance(error, ProducerFenced):  # its own class, without a number
        return RefusedError(base.PRODUCER_FENCED, str(error))
    return RefusedError(-1 if error.errno is None else error.errno, str(error))


class LoopThread:
    """An event loop in a thread, for a library that is asynchronous in scenarios that are not."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Result], timeout_s: float = 40.0) -> Result:
        try:
            return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout_s)
        except KafkaError as error:
            raise refused(error) from error

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()


class AiokafkaClient:
    name: ClassVar[str] = "aiokafka"
    codecs: ClassVar[frozenset[str]] = frozenset({"none", "gzip", "snappy", "lz4", "zstd"})
    features: ClassVar[frozenset[str]] = frozenset(
        {
            base.ADMIN,
            base.TIMESTAMPS,
            base.BYTES_HEADERS,
            base.NULL_HEADERS,
            base.COMMITS,
            base.STATIC,
            base.NULL_KEYS,
            base.TRANSACTIONS,
        }
    )

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._loop = LoopThread()

    def _with_admin(self, use: Any) -> Any:
        async def work() -> Any:
            admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap)
            await admin.start()
            try:
                return await use(admin)
            finally:
                await admin.close()

        return self._loop.run(work())

    def create_topic(
        self,
        topic: str,
        partitions: int = 1,
        replication: int = 1,
        configs: Mapping[str, str] | None = None,
    ) -> None:
        wanted = NewTopic(topic, partitions, replication, topic_configs=dict(configs or {}))
        answer = self._with_admin(lambda admin: admin.create_topics([wanted], timeout_ms=10_000))
        [[_, code, *rest]] = answer.topic_errors
        if code:
            raise RefusedError(code, str(rest))
        deadline = time.monotonic() + 10
        while not self._has_leaders(topic, partitions):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{topic} has no leaders")

    def _has_leaders(self, topic: str, partitions: int) -> bool:
        [described] = self._with_admin(lambda admin: admin.describe_topics([topic]))
        leaders = [partition["leader"] for partition in described["partitions"]]
        return len(leaders) == partitions and min(leaders) >= 0

    def delete_topic(self, topic: str) -> None:
        answer = self._with_admin(lambda admin: admin.delete_topics([topic], timeout_ms=10_000))
        [[_, code, *rest]] = answer.topic_error_codes
        if code:
            raise RefusedError(code, str(rest))

    def topics(self) -> set[str]:
        return set(self._with_admin(lambda admin: admin.list_topics()))

    def partitions(self, topic: str) -> set[int]:
        [described] = self._with_admin(lambda admin: admin.describe_topics([topic]))
        if described["error_code"]:
            raise RefusedError(described["error_code"])
        return {partition["partition"] for partition in described["partitions"]}

    def produce(
        self,
        topic: str,
        records: Sequence[Rec],
        *,
        codec: str = "none",
        acks: str = "all",
        idempotent: bool = True,
        batch_bytes: int = 1 << 20,
        max_request_bytes: int = 4 << 20,
    ) -> list[Sent]:
        async def work() -> list[Sent]:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._bootstrap,
                compression_type=None if codec == "none" else codec,
                acks="all" if acks == "all" else int(acks),
                enable_idempotence=idempotent,
                max_batch_size=batch_bytes,
                max_request_size=max_request_bytes,
                linger_ms=5,
                request_timeout_ms=15_000,
            )
            await producer.start()
            try:
                return await send_all(producer, topic, records)
            finally:
                await producer.stop()

        return self._loop.run(work())

    def _with_consumer(self, use: Any, group: str | None = None, **more: Any) -> Any:
        async def work() -> Any:
            consumer = self._consumer(group, **more)
            await consumer.start()
            try:
                return await use(consumer)
            finally:
                await consumer.stop()

        return self._loop.run(work())

    def _consumer(self, group: str | None, **more: Any) -> AIOKafkaConsumer:
        return AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap,
            group_id=group,
            enable_auto_commit=False,
            fetch_max_wait_ms=200,
            **more,
        )

    def consume(
        self,
        topic: str,
        partition: int,
        offset: int,
        count: int,
        *,
        auto_reset: str = "none",
        read_committed: bool = False,
    ) -> list[Got]:
        place = TopicPartition(topic, partition)

        async def use(consumer: AIOKafkaConsumer) -> list[Got]:
            consumer.assign([place])
            consumer.seek(place, offset)
            got: list[Got] = []
            deadline = time.monotonic() + 20
            while len(got) < count:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{len(got)} of {count} records")
                got += await poll(consumer, 0.2)
            return got[:count]

        isolation = "read_committed" if read_committed else "read_uncommitted"
        result: list[Got] = self._with_consumer(
            use, auto_offset_reset=auto_reset, isolation_level=isolation
        )
        return result

    def offsets(self, topic: str, partition: int) -> tuple[int, int]:
        place = TopicPartition(topic, partition)

        async def use(consumer: AIOKafkaConsumer) -> tuple[int, int]:
            low = await consumer.beginning_offsets([place])
            high = await consumer.end_offsets([place])
            return low[place], high[place]

        result: tuple[int, int] = self._with_consumer(use)
        return result

    def offset_for_time(self, topic: str, partition: int, timestamp: int) -> int | None:
        place = TopicPartition(topic, partition)

        async def use(consumer: AIOKafkaConsumer) -> int | None:
            found = (await consumer.offsets_for_times({place: timestamp}))[place]
            return None if found is None else int(found.offset)

        result: int | None = self._with_consumer(use)
        return result

    def commit(self, group: str, topic: str, offsets: Mapping[int, int]) -> None:
        places = {TopicPartition(topic, partition): at for partition, at in offsets.items()}

        async def use(consumer: AIOKafkaConsumer) -> None:
            consumer.assign(list(places))
            await consumer.commit(places)

        self._with_consumer(use, group)

    def committed(self, group: str, topic: str, partitions: Iterable[int]) -> dict[int, int | None]:
        async def use(consumer: AIOKafkaConsumer) -> dict[int, int | None]:
            return {p: await consumer.committed(TopicPartition(topic, p)) for p in partitions}

        result: dict[int, int | None] = self._with_consumer(use, group)
        return result

    def member(self, group: str, topics: Sequence[str], options: MemberOptions) -> AiokafkaMember:
        async def start() -> AIOKafkaConsumer:
            consumer = self._consumer(
                group,
                group_instance_id=options.instance_id,
                auto_offset_reset=options.auto_reset,
                session_timeout_ms=options.session_timeout_ms,
                heartbeat_interval_ms=300,
                partition_assignment_strategy=(STRATEGIES[options.strategy],),
                **options.extra,
            )
            consumer.subscribe(list(topics))
            await consumer.start()
            return consumer

        return AiokafkaMember(self._loop, self._loop.run(start()), group)

    def transactions(self, transactional_id: str, timeout_ms: int = 60_000) -> AiokafkaTransactions:
        async def start() -> AIOKafkaProducer:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._bootstrap,
                transactional_id=transactional_id,
                transaction_timeout_ms=timeout_ms,
                linger_ms=5,
                request_timeout_ms=15_000,
            )
            await producer.start()
            return producer

        return AiokafkaTransactions(self._loop, self._loop.run(start()))

    def close(self) -> None:
        self._loop.close()


async def send_all(producer: AIOKafkaProducer, topic: str, records: Sequence[Rec]) -> list[Sent]:
    waiting = [
        await producer.send(
            topic,
            value=rec.value,
            key=rec.key,
            partition=rec.partition,
            timestamp_ms=rec.timestamp,
            headers=list(rec.headers),
        )
        for rec in records
    ]
    done = await asyncio.gather(*waiting)
    # Without acknowledgement there is nothing to say where a record went.
    return [Sent(sent.partition, sent.offset) for sent in done if sent is not None]


async def poll(consumer: AIOKafkaConsumer, timeout_s: float) -> list[Got]:
    found = await consumer.getmany(timeout_ms=int(timeout_s * 1000))
    return [got(record) for records in found.values() for record in records]


class AiokafkaMember:
    def __init__(self, loop: LoopThread, consumer: AIOKafkaConsumer, group: str) -> None:
        self.group = group
        self._loop = loop
        self._consumer = consumer

    def poll(self, timeout_s: float) -> list[Got]:
        return self._loop.run(poll(self._consumer, timeout_s))

    def assigned(self) -> set[tuple[str, int]]:
        return {(place.topic, place.partition) for place in self._consumer.assignment()}

    def commit(self) -> None:
        self._loop.run(self._consumer.commit())

    def close(self) -> None:
        self._loop.run(self._consumer.stop())


class AiokafkaTransactions:
    def __init__(self, loop: LoopThread, producer: AIOKafkaProducer) -> None:
        self._loop = loop
        self._producer = producer

    def begin(self) -> None:
        self._loop.run(self._producer.begin_transaction())

    def send(self, topic: str, records: Sequence[Rec]) -> list[Sent]:
        return self._loop.run(send_all(self._producer, topic, records))

    def send_offsets(self, member: Member, topic: str, offsets: Mapping[int, int]) -> None:
        assert isinstance(member, AiokafkaMember)
        places = {TopicPartition(topic, partition): at for partition, at in offsets.items()}
        self._loop.run(self._producer.send_offsets_to_transaction(places, member.group))

    def commit(self) -> None:
        self._loop.run(self._producer.commit_transaction())

    def abort(self) -> None:
        self._loop.run(self._producer.abort_transaction())

    def close(self) -> None:
        self._loop.run(self._producer.stop())


def got(record: Any) -> Got:
    return Got(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        key=record.key,
        value=record.value,
        headers=tuple(record.headers),
        timestamp=record.timestamp,
    )
