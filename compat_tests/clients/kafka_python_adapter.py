"""kafka-python 3."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
from kafka.coordinator.assignors.range import RangePartitionAssignor
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata

from compat_tests.clients import base
from compat_tests.clients.base import Got, Member, MemberOptions, Rec, RefusedError, Sent

STRATEGIES = {
    "range": RangePartitionAssignor,
    "cooperative-sticky": CooperativeStickyAssignor,
}


def refused(error: KafkaError) -> RefusedError:
    """The broker's code, from the error or from what it wraps."""
    inner: BaseException | None = error
    while inner is not None:
        if getattr(inner, "errno", None) is not None:
            return RefusedError(inner.errno, str(inner))  # type: ignore[attr-defined]
        inner = inner.__cause__ or (inner.args[0] if is_error(inner.args) else None)
    return RefusedError(-1, str(error))


@contextmanager
def refusals() -> Iterator[None]:
    try:
        yield
    except KafkaError as error:
        raise refused(error) from error


def is_error(arguments: tuple[Any, ...]) -> bool:
    return bool(arguments) and isinstance(arguments[0], BaseException)


class KafkaPythonClient:
    name: ClassVar[str] = "kafka-python"
    codecs: ClassVar[frozenset[str]] = frozenset({"none", "gzip", "snappy", "lz4", "zstd"})
    features: ClassVar[frozenset[str]] = frozenset(
        {
            base.ADMIN,
            base.TIMESTAMPS,
            base.BYTES_HEADERS,
            base.COMMITS,
            base.STATIC,
            base.COOPERATIVE,
            base.NULL_KEYS,
            base.TRANSACTIONS,
        }
    )

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._admin: KafkaAdminClient | None = None

    @property
    def admin(self) -> KafkaAdminClient:
        if self._admin is None:
            self._admin = KafkaAdminClient(bootstrap_servers=self._bootstrap)
        return self._admin

    def create_topic(
        self,
        topic: str,
        partitions: int = 1,
        replication: int = 1,
        configs: Mapping[str, str] | None = None,
    ) -> None:
        wanted = {
            topic: {
                "num_partitions": partitions,
                "replication_factor": replication,
                "configs": dict(configs or {}),
            }
        }
        try:
            self.admin.create_topics(wanted, timeout_ms=10_000)
            self.admin.wait_for_topics([topic])
            self._wait_for_leaders(topic, partitions)
        except KafkaError as error:
            raise refused(error) from error

    def _wait_for_leaders(self, topic: str, partitions: int) -> None:
        """Metadata may name leaders that do not know it yet: look-ups of offsets retry."""
        consumer = self._consumer()
        try:
            consumer.end_offsets([TopicPartition(topic, number) for number in range(partitions)])
        finally:
            consumer.close(autocommit=False)

    def delete_topic(self, topic: str) -> None:
        try:
            self.admin.delete_topics([topic], timeout_ms=10_000)
        except KafkaError as error:
            raise refused(error) from error

    def topics(self) -> set[str]:
        return set(self.admin.list_topics())

    def partitions(self, topic: str) -> set[int]:
        [described] = self.admin.describe_topics([topic])
        if described["error_code"]:
            raise RefusedError(described["error_code"])
        return {partition["partition_index"] for partition in described["partitions"]}

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
        producer = KafkaProducer(
            bootstrap_servers=self._bootstrap,
            compression_type=None if codec == "none" else codec,
            acks="all" if acks == "all" else int(acks),
            enable_idempotence=idempotent,
            batch_size=batch_bytes,
            max_request_size=max_request_bytes,
            linger_ms=5,
            max_block_ms=15_000,
        )
        try:
            return send_all(producer, topic, records)
        finally:
            producer.close(timeout=10)

    def _consumer(self, group: str | None = None, **more: Any) -> KafkaConsumer:
        return KafkaConsumer(
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
        isolation = "read_committed" if read_committed else "read_uncommitted"
        consumer = self._consumer(auto_offset_reset=auto_reset, isolation_level=isolation)
        place = TopicPartition(topic, partition)
        try:
            consumer.assign([place])
            consumer.seek(place, offset)
            member = KafkaPythonMember(consumer)
            return base.poll_until(member, count)[:count]
        except KafkaError as error:
            raise refused(error) from error
        finally:
            consumer.close(autocommit=False)

    def offsets(self, topic: str, partition: int) -> tuple[int, int]:
        consumer = self._consumer()
        place = TopicPartition(topic, partition)
        try:
            return (
                consumer.beginning_offsets([place])[place],
                consumer.end_offsets([place])[place],
            )
        finally:
            consumer.close(autocommit=False)

    def offset_for_time(self, topic: str, partition: int, timestamp: int) -> int | None:
        consumer = self._consumer()
        place = TopicPartition(topic, partition)
        try:
            found = consumer.offsets_for_times({place: timestamp})[place]
            return None if found is None else int(found.offset)
        finally:
            consumer.close(autocommit=False)

    def commit(self, group: str, topic: str, offsets: Mapping[int, int]) -> None:
        consumer = self._consumer(group)
        try:
            consumer.assign([TopicPartition(topic, partition) for partition in offsets])
            consumer.commit(
                {
                    TopicPartition(topic, partition): OffsetAndMetadata(offset, "", -1)
                    for partition, offset in offsets.items()
                }
            )
        except KafkaError as error:
            raise refused(error) from error
        finally:
            consumer.close(autocommit=False)

    def committed(self, group: str, topic: str, partitions: Iterable[int]) -> dict[int, int | None]:
        consumer = self._consumer(group)
        try:
            return {p: consumer.committed(TopicPartition(topic, p)) for p in partitions}
        finally:
            consumer.close(autocommit=False)

    def member(
        self, group: str, topics: Sequence[str], options: MemberOptions
    ) -> KafkaPythonMember:
        consumer = self._consumer(
            group,
            group_instance_id=options.instance_id,
            auto_offset_reset=options.auto_reset,
            session_timeout_ms=options.session_timeout_ms,
            heartbeat_interval_ms=300,
            partition_assignment_strategy=(STRATEGIES[options.strategy],),
            **options.extra,
        )
        consumer.subscribe(topics=list(topics))
        # Joining before the topics are known, it joins again when they are, and may overlook its
        # assignment then, on any broker (kafka-python 3.0.12).
        for topic in topics:
            consumer.partitions_for_topic(topic)
        return KafkaPythonMember(consumer)

    def transactions(
        self, transactional_id: str, timeout_ms: int = 60_000
    ) -> KafkaPythonTransactions:
        producer = KafkaProducer(
            bootstrap_servers=self._bootstrap,
            transactional_id=transactional_id,
            transaction_timeout_ms=timeout_ms,
            linger_ms=5,
            max_block_ms=15_000,
        )
        return KafkaPythonTransactions(producer)

    def close(self) -> None:
        if self._admin is not None:
            self._admin.close()


class KafkaPythonMember:
    def __init__(self, consumer: KafkaConsumer) -> None:
        self._consumer = consumer

    def poll(self, timeout_s: float) -> list[Got]:
        found = self._consumer.poll(timeout_ms=int(timeout_s * 1000))
        return [got(record) for records in found.values() for record in records]

    def assigned(self) -> set[tuple[str, int]]:
        return {(place.topic, place.partition) for place in self._consumer.assignment()}

    def group_metadata(self) -> Any:
        return self._consumer.group_metadata()

    def commit(self) -> None:
        deadline = time.monotonic() + 10
        try:
            self._consumer.commit(timeout_ms=int((deadline - time.monotonic()) * 1000))
        except KafkaError as error:
            raise refused(error) from error

    def close(self) -> None:
        self._consumer.close(autocommit=False)


class KafkaPythonTransactions:
    def __init__(self, producer: KafkaProducer) -> None:
        self._producer = producer
        with refusals():
            producer.init_transactions()

    def begin(self) -> None:
        with refusals():
            self._producer.begin_transaction()

    def send(self, topic: str, records: Sequence[Rec]) -> list[Sent]:
        return send_all(self._producer, topic, records)

    def send_offsets(self, member: Member, topic: str, offsets: Mapping[int, int]) -> None:
        assert isinstance(member, KafkaPythonMember)
        places = {
            TopicPartition(topic, partition): OffsetAndMetadata(at, "", -1)
            for partition, at in offsets.items()
        }
        with refusals():
            self._producer.send_offsets_to_transaction(places, member.group_metadata())

    def commit(self) -> None:
        with refusals():
            self._producer.commit_transaction()

    def abort(self) -> None:
        with refusals():
            self._producer.abort_transaction()

    def close(self) -> None:
        self._producer.close(timeout=10)


def send_all(producer: KafkaProducer, topic: str, records: Sequence[Rec]) -> list[Sent]:
    with refusals():
        futures = [
            producer.send(
                topic,
                value=rec.value,
                key=rec.key,
                headers=list(rec.headers),
                partition=rec.partition,
                timestamp_ms=rec.timestamp,
            )
            for rec in records
        ]
        done = [future.get(timeout=20) for future in futures]
    return [Sent(metadata.partition, metadata.offset) for metadata in done]


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
