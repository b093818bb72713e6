"""librdkafka, through confluent-kafka."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]

from compat_tests.clients import base
from compat_tests.clients.base import Got, Member, MemberOptions, Rec, RefusedError, Sent


def refused(error: KafkaError) -> RefusedError:
    fenced = error.code() == KafkaError._FENCED  # its own number for what the broker said
    return RefusedError(base.PRODUCER_FENCED if fenced else error.code(), error.str())


@contextmanager
def refusals() -> Iterator[None]:
    try:
        yield
    except KafkaException as error:
        raise refused(error.args[0]) from error


class ConfluentClient:
    name: ClassVar[str] = "confluent-kafka"
    codecs: ClassVar[frozenset[str]] = frozenset({"none", "gzip", "snappy", "lz4", "zstd"})
    features: ClassVar[frozenset[str]] = frozenset(
        {
            base.ADMIN,
            base.TIMESTAMPS,
            base.BYTES_HEADERS,
            base.NULL_HEADERS,
            base.COMMITS,
            base.STATIC,
            base.COOPERATIVE,
            base.NULL_KEYS,
            base.TRANSACTIONS,
        }
    )

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._admin = AdminClient({"bootstrap.servers": bootstrap})

    def create_topic(
        self,
        topic: str,
        partitions: int = 1,
        replication: int = 1,
        configs: Mapping[str, str] | None = None,
    ) -> None:
        wanted = NewTopic(topic, partitions, replication, config=dict(configs or {}))
        try:
            self._admin.create_topics([wanted], operation_timeout=10)[topic].result(15)
        except KafkaException as error:
            raise refused(error.args[0]) from error
        deadline = time.monotonic() + 10
        while not self._has_leaders(topic, partitions):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{topic} has no leaders")
            time.sleep(0.02)

    def _has_leaders(self, topic: str, partitions: int) -> bool:
        described = self._admin.list_topics(topic, timeout=10).topics[topic]
        leaders = [partition.leader for partition in described.partitions.values()]
        if described.error is not None or len(leaders) != partitions or min(leaders) < 0:
            return False
        try:
            for number in range(partitions):
                self.offsets(topic, number)
        except KafkaException:
            return False  # named as leader, but it does not know it yet
        return True

    def delete_topic(self, topic: str) -> None:
        try:
            self._admin.delete_topics([topic], operation_timeout=10)[topic].result(15)
        except KafkaException as error:
            raise refused(error.args[0]) from error

    def topics(self) -> set[str]:
        return set(self._admin.list_topics(timeout=10).topics)

    def partitions(self, topic: str) -> set[int]:
        described = self._admin.list_topics(topic, timeout=10).topics[topic]
        if described.error is not None:
            raise refused(described.error)
        return set(described.partitions)

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
        producer = Producer(
            {
                "bootstrap.servers": self._bootstrap,
                "compression.type": codec,
                "acks": acks,
                "enable.idempotence": idempotent,
                "batch.size": batch_bytes,
                "message.max.bytes": max_request_bytes,
                "linger.ms": 5,
                "message.timeout.ms": 20_000,
            }
        )
        return send_all(producer, topic, records)

    def _consumer(self, group: str | None = None, **more: Any) -> Consumer:
        settings = {
            "bootstrap.servers": self._bootstrap,
            "group.id": group or "no-group",
            "enable.auto.commit": False,
            "enable.auto.offset.store": True,
            "fetch.wait.max.ms": 200,
            "topic.metadata.refresh.interval.ms": 2000,
        }
        return Consumer(settings | {key.replace("_", "."): value for key, value in more.items()})

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
        isolation = "read_committed" if read_committed else "read_uncommitted"
        reset = "error" if auto_reset == "none" else auto_reset
        consumer = self._consumer(auto_offset_reset=reset, isolation_level=isolation)
        try:
            consumer.assign([TopicPartition(topic, partition, offset)])
            return base.poll_until(ConfluentMember(consumer), count)[:count]
        finally:
            consumer.close()

    def offsets(self, topic: str, partition: int) -> tuple[int, int]:
        consumer = self._consumer()
        try:
            low, high = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=10)
            return low, high
        finally:
            consumer.close()

    def offset_for_time(self, topic: str, partition: int, timestamp: int) -> int | None:
        consumer = self._consumer()
        try:
            place = TopicPartition(topic, partition, timestamp)
            [found] = consumer.offsets_for_times([place], timeout=10)
            # librdkafka says "the end" (-1) where there is no such record.
            return None if found.offset < 0 else int(found.offset)
        finally:
            consumer.close()

    def commit(self, group: str, topic: str, offsets: Mapping[int, int]) -> None:
        consumer = self._consumer(group)
        try:
            places = [TopicPartition(topic, partition, at) for partition, at in offsets.items()]
            for place in consumer.commit(offsets=places, asynchronous=False):
                if place.error is not None:
                    raise refused(place.error)
        except KafkaException as error:
            raise refused(error.args[0]) from error
        finally:
            consumer.close()

    def committed(self, group: str, topic: str, partitions: Iterable[int]) -> dict[int, int | None]:
        consumer = self._consumer(group)
        try:
            places = [TopicPartition(topic, partition) for partition in partitions]
            with refusals():
                found = consumer.committed(places, timeout=10)
            return {p.partition: None if p.offset < 0 else p.offset for p in found}
        finally:
            consumer.close()

    def member(self, group: str, topics: Sequence[str], options: MemberOptions) -> ConfluentMember:
        static = {"group_instance_id": options.instance_id} if options.instance_id else {}
        consumer = self._consumer(
            group,
            auto_offset_reset=options.auto_reset,
            session_timeout_ms=options.session_timeout_ms,
            heartbeat_interval_ms=300,
            partition_assignment_strategy=options.strategy,
            **static,
            **options.extra,
        )
        consumer.subscribe(list(topics))
        return ConfluentMember(consumer)

    def transactions(
        self, transactional_id: str, timeout_ms: int = 60_000
    ) -> ConfluentTransactions:
        return ConfluentTransactions(
            {
                "bootstrap.servers": self._bootstrap,
                "transactional.id": transactional_id,
                "transaction.timeout.ms": timeout_ms,
                "linger.ms": 5,
            }
        )

    def close(self) -> None:
        """librdkafka ends with its last reference."""


class ConfluentMember:
    def __init__(self, consumer: Consumer) -> None:
        self._consumer = consumer

    def poll(self, timeout_s: float) -> list[Got]:
        result = []
        for message in self._consumer.consume(500, timeout=timeout_s):
            error = message.error()
            if error is None:
                result.append(got(message))
            elif not error.retriable() and error.code() != KafkaError.UNKNOWN_TOPIC_OR_PART:
                raise refused(error)
        return result

    def assigned(self) -> set[tuple[str, int]]:
        return {(place.topic, place.partition) for place in self._consumer.assignment()}

    def group_metadata(self) -> Any:
        return self._consumer.consumer_group_metadata()

    def commit(self) -> None:
        try:
            self._consumer.commit(asynchronous=False)
        except KafkaException as error:
            if error.args[0].code() != KafkaError._NO_OFFSET:
                raise refused(error.args[0]) from error

    def close(self) -> None:
        self._consumer.close()


class ConfluentTransactions:
    def __init__(self, settings: dict[str, Any]) -> None:
        self._producer = Producer(settings)
        with refusals():
            self._producer.init_transactions(20)

    def begin(self) -> None:
        with refusals():
            self._producer.begin_transaction()

    def send(self, topic: str, records: Sequence[Rec]) -> list[Sent]:
        return send_all(self._producer, topic, records)

    def send_offsets(self, member: Member, topic: str, offsets: Mapping[int, int]) -> None:
        assert isinstance(member, ConfluentMember)
        places = [TopicPartition(topic, partition, at) for partition, at in offsets.items()]
        with refusals():
            self._producer.send_offsets_to_transaction(places, member.group_metadata(), 20)

    def commit(self) -> None:
        with refusals():
            self._producer.commit_transaction(20)

    def abort(self) -> None:
        with refusals():
            self._producer.abort_transaction(20)

    def close(self) -> None:
        """librdkafka ends with its last reference."""


def send_all(producer: Producer, topic: str, records: Sequence[Rec]) -> list[Sent]:
    outcomes: dict[int, Sent | KafkaError] = {}
    for index, rec in enumerate(records):
        send(producer, topic, rec, index, outcomes)
    with refusals():
        producer.flush(25)
    errors = [outcome for outcome in outcomes.values() if isinstance(outcome, KafkaError)]
    if errors:
        raise refused(errors[0])
    return [sent for _, sent in sorted(outcomes.items()) if isinstance(sent, Sent)]


def send(
    producer: Producer,
    topic: str,
    rec: Rec,
    index: int,
    outcomes: dict[int, Sent | KafkaError],
) -> None:
    def delivered(error: KafkaError | None, message: Any) -> None:
        outcomes[index] = error or Sent(message.partition(), message.offset())

    placed: dict[str, Any] = {} if rec.partition is None else {"partition": rec.partition}
    with refusals():
        producer.produce(
            topic,
            value=rec.value,
            key=rec.key,
            headers=list(rec.headers),
            timestamp=rec.timestamp or 0,
            on_delivery=delivered,
            **placed,
        )
    producer.poll(0)


def got(message: Any) -> Got:
    return Got(
        topic=message.topic(),
        partition=message.partition(),
        offset=message.offset(),
        key=message.key(),
        value=message.value(),
        headers=tuple(message.headers() or ()),
        timestamp=message.timestamp()[1],
    )
