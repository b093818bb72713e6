"""Transactional producers and read_committed consumers of three client libraries, made alike.

Methods raise whatever the library raises; who uses them then knows nothing of the outcome.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Protocol, TypeVar

from tools.history import Record

TRANSACTION_TIMEOUT_MS = 8_000
REQUEST_TIMEOUT_MS = 4_000
SESSION_TIMEOUT_MS = 6_000
# librdkafka 2.16 that bootstraps anew sends TxnOffsetCommit to the broker that it has forgotten,
# and waits for ever.
NO_RECOVERY = "none"
PATIENCE_S = 30
POLL_S = 0.2
MOST_AT_ONCE = 50
T = TypeVar("T")


class Producing(Protocol):
    """Ready for its first transaction when it is made."""

    def begin(self) -> None: ...
    def send(self, partition: str, value: str) -> None: ...
    def flush(self) -> list[Record]:
        """What was sent and where it is. Raises when something is not stored."""

    def offsets(self, consumer: Any, offsets: dict[str, int]) -> None: ...
    def commit(self) -> None: ...
    def abort(self) -> None: ...
    def close(self) -> None: ...


class Consuming(Protocol):
    """``session`` grows when positions are given anew; without topics it waits for ``assign``."""

    session: int

    def poll(self) -> list[Record]: ...
    def commit(self, offsets: dict[str, int]) -> None: ...
    def committed(self, partitions: Iterable[str]) -> dict[str, int]:
        """-1 where nothing is."""

    def assign(self, offsets: dict[str, int]) -> None: ...
    def close(self) -> None: ...


def split(partition: str) -> tuple[str, int]:
    topic, _, number = partition.rpartition("-")
    return topic, int(number)


class ConfluentProducing:
    def __init__(self, bootstrap: str, transactional_id: str) -> None:
        from confluent_kafka import Producer

        self._producer = Producer(
            {
                "bootstrap.servers": bootstrap,
                "transactional.id": transactional_id,
                "transaction.timeout.ms": TRANSACTION_TIMEOUT_MS,
                "message.timeout.ms": TRANSACTION_TIMEOUT_MS,
                "socket.timeout.ms": REQUEST_TIMEOUT_MS,
                "reconnect.backoff.max.ms": 200,
                "metadata.recovery.strategy": NO_RECOVERY,
                "linger.ms": 1,
                "log_level": 0,
                "error_cb": lambda _error: None,
            }
        )
        self._sent = 0
        self._stored: list[Record] = []
        self._producer.init_transactions(PATIENCE_S)

    def begin(self) -> None:
        self._sent, self._stored = 0, []
        self._producer.begin_transaction()

    def send(self, partition: str, value: str) -> None:
        def delivered(error: Any, message: Any) -> None:
            if error is None:
                self._stored.append(Record(partition, message.offset(), value))

        topic, number = split(partition)
        self._producer.produce(topic, value.encode(), partition=number, on_delivery=delivered)
        self._sent += 1

    def flush(self) -> list[Record]:
        self._producer.flush(PATIENCE_S)
        if len(self._stored) != self._sent:
            raise RuntimeError("not everything is stored")
        return self._stored

    def offsets(self, consumer: Any, offsets: dict[str, int]) -> None:
        group = consumer.group_metadata()
        self._producer.send_offsets_to_transaction(_confluent(offsets), group, PATIENCE_S)

    def commit(self) -> None:
        self._producer.commit_transaction(PATIENCE_S)

    def abort(self) -> None:
        self._producer.abort_transaction(PATIENCE_S)

    def close(self) -> None:
        self._producer.purge()
        self._producer.flush(1)


def _confluent(offsets: dict[str, int]) -> list[Any]:
    from confluent_kafka import TopicPartition

    return [TopicPartition(*split(partition), offset) for partition, offset in offsets.items()]


class ConfluentConsuming:
    def __init__(self, bootstrap: str, group: str, topics: list[str]) -> None:
        from confluent_kafka import Consumer

        self.session = 0
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": group,
                "isolation.level": "read_committed",
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "partition.assignment.strategy": "range",
                "session.timeout.ms": SESSION_TIMEOUT_MS,
                "socket.timeout.ms": REQUEST_TIMEOUT_MS,
                "reconnect.backoff.max.ms": 200,
                "metadata.recovery.strategy": NO_RECOVERY,
                "fetch.wait.max.ms": 200,
                "log_level": 0,
                "error_cb": lambda _error: None,
            }
        )
        if topics:
            self._consumer.subscribe(topics, on_assign=self._assigned)

    def _assigned(self, _consumer: Any, _partitions: Any) -> None:
        self.session += 1

    def poll(self) -> list[Record]:
        messages: list[Any] = self._consumer.consume(MOST_AT_ONCE, POLL_S)
        return [
            Record(f"{found.topic()}-{found.partition()}", found.offset(), found.value().decode())
            for found in messages
            if found.error() is None
        ]

    def commit(self, offsets: dict[str, int]) -> None:
        for told in self._consumer.commit(offsets=_confluent(offsets), asynchronous=False):
            if told.error is not None:
                raise RuntimeError(told.error)

    def committed(self, partitions: Iterable[str]) -> dict[str, int]:
        asked = _confluent(dict.fromkeys(partitions, 0))
        # One by one: a busy group always has some that wait for the end of a transaction.
        found = [told for each in asked for told in self._consumer.committed([each], PATIENCE_S)]
        for each in found:
            if each.error is not None:
                raise RuntimeError(each.error)
        return {f"{each.topic}-{each.partition}": max(each.offset, -1) for each in found}

    def assign(self, offsets: dict[str, int]) -> None:
        self.session += 1
        self._consumer.assign(_confluent(offsets))

    def group_metadata(self) -> Any:
        return self._consumer.consumer_group_metadata()

    def close(self) -> None:
        self._consumer.close()


class KafkaPythonProducing:
    def __init__(self, bootstrap: str, transactional_id: str) -> None:
        from kafka import KafkaProducer

        logging.getLogger("kafka").setLevel(logging.CRITICAL + 1)
        self._producer = KafkaProducer(
            bootstrap_servers=bootstrap,
            transactional_id=transactional_id,
            transaction_timeout_ms=TRANSACTION_TIMEOUT_MS,
            request_timeout_ms=REQUEST_TIMEOUT_MS,
            delivery_timeout_ms=2 * REQUEST_TIMEOUT_MS,
            reconnect_backoff_max_ms=200,
            max_block_ms=PATIENCE_S * 1000,
        )
        self._sent: list[tuple[str, str, Any]] = []
        self._producer.init_transactions()

    def begin(self) -> None:
        self._sent = []
        self._producer.begin_transaction()

    def send(self, partition: str, value: str) -> None:
        topic, number = split(partition)
        future = self._producer.send(topic, value.encode(), partition=number)
        self._sent.append((partition, value, future))

    def flush(self) -> list[Record]:
        self._producer.flush(PATIENCE_S)
        return [Record(partition, future.get(PATIENCE_S).offset, value)
                for partition, value, future in self._sent]  # fmt: skip

    def offsets(self, consumer: Any, offsets: dict[str, int]) -> None:
        self._producer.send_offsets_to_transaction(
            _kafka_python(offsets), consumer.group_metadata()
        )

    def commit(self) -> None:
        self._producer.commit_transaction()

    def abort(self) -> None:
        self._producer.abort_transaction()

    def close(self) -> None:
        self._producer.close(timeout=1)


def _kafka_python(offsets: dict[str, int]) -> dict[Any, Any]:
    from kafka import OffsetAndMetadata, TopicPartition

    return {TopicPartition(*split(partition)): OffsetAndMetadata(offset, "", -1)
            for partition, offset in offsets.items()}  # fmt: skip


class KafkaPythonConsuming:
    def __init__(self, bootstrap: str, group: str, topics: list[str]) -> None:
        from kafka import ConsumerRebalanceListener, KafkaConsumer
        from kafka.coordinator.assignors.range import RangePartitionAssignor

        logging.getLogger("kafka").setLevel(logging.CRITICAL + 1)
        self.session = 0
        self._consumer = KafkaConsumer(
            bootstrap_servers=bootstrap,
            group_id=group,
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            partition_assignment_strategy=(RangePartitionAssignor,),
            session_timeout_ms=SESSION_TIMEOUT_MS,
            heartbeat_interval_ms=1_000,
            request_timeout_ms=4 * REQUEST_TIMEOUT_MS,
            reconnect_backoff_max_ms=200,
            fetch_max_wait_ms=200,
            max_poll_records=MOST_AT_ONCE,
        )
        consuming = self

        class Listener(ConsumerRebalanceListener):  # type: ignore[misc]
            def on_partitions_revoked(self, revoked: Any) -> None: ...

            def on_partitions_assigned(self, assigned: Any) -> None:
                consuming.session += 1

        self._positioned = 0  # the session in which
        if topics:
            self._consumer.subscribe(topics, listener=Listener())

    def poll(self) -> list[Record]:
        records = _records(self._consumer.poll(timeout_ms=int(POLL_S * 1000)))
        if self._positioned == self.session:
            return records
        # A member of kafka-python 3.0.12 that is given up while it rejoins, and then gets the same
        # partitions again, goes on where it was itself, whatever others have committed meanwhile.
        self._positioned = self.session
        for partition in self._consumer.assignment():
            self._consumer.seek(partition, self._consumer.committed(partition) or 0)
        return []

    def commit(self, offsets: dict[str, int]) -> None:
        self._consumer.commit(_kafka_python(offsets))

    def committed(self, partitions: Iterable[str]) -> dict[str, int]:
        from kafka import TopicPartition

        found = {
            each: self._consumer.committed(TopicPartition(*split(each))) for each in partitions
        }
        return {each: -1 if offset is None else offset for each, offset in found.items()}

    def assign(self, offsets: dict[str, int]) -> None:
        from kafka import TopicPartition

        self.session += 1
        self._positioned = self.session
        self._consumer.assign([TopicPartition(*split(partition)) for partition in offsets])
        for partition, offset in offsets.items():
            self._consumer.seek(TopicPartition(*split(partition)), offset)

    def group_metadata(self) -> Any:
        return self._consumer.group_metadata()

    def close(self) -> None:
        self._consumer.close()


def _records(found: dict[Any, Any]) -> list[Record]:
    return [Record(f"{each.topic}-{each.partition}", each.offset, each.value.decode())
            for several in found.values() for each in several]  # fmt: skip


class Background:
    """A loop in a thread, so that a client lives on while nobody waits for it."""

    def __init__(self) -> None:
        logging.getLogger("aiokafka").setLevel(logging.CRITICAL + 1)
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()

    def run(self, task: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(task, self._loop).result(PATIENCE_S)

    def make(self, factory: Callable[[], T]) -> T:
        async def made() -> T:
            return factory()

        return self.run(made())


class AiokafkaProducing:
    def __init__(self, bootstrap: str, transactional_id: str) -> None:
        from aiokafka import AIOKafkaProducer

        self._background = Background()
        self._run = self._background.run
        self._producer: Any = self._background.make(
            lambda: AIOKafkaProducer(
                bootstrap_servers=bootstrap,
                transactional_id=transactional_id,
                transaction_timeout_ms=TRANSACTION_TIMEOUT_MS,
                request_timeout_ms=REQUEST_TIMEOUT_MS,
            )
        )
        self._sent: list[tuple[str, str, Any]] = []
        self._run(self._producer.start())

    def begin(self) -> None:
        self._sent = []
        self._run(self._producer.begin_transaction())

    def send(self, partition: str, value: str) -> None:
        topic, number = split(partition)
        future = self._run(self._producer.send(topic, value.encode(), partition=number))
        self._sent.append((partition, value, future))

    def flush(self) -> list[Record]:
        async def stored() -> list[Record]:
            return [Record(partition, (await future).offset, value)
                    for partition, value, future in self._sent]  # fmt: skip

        return self._run(stored())

    def offsets(self, consumer: Any, offsets: dict[str, int]) -> None:
        plain = _aiokafka(offsets)
        self._run(self._producer.send_offsets_to_transaction(plain, consumer.group))

    def commit(self) -> None:
        self._run(self._producer.commit_transaction())

    def abort(self) -> None:
        self._run(self._producer.abort_transaction())

    def close(self) -> None:
        self._run(self._producer.stop())


def _aiokafka(offsets: dict[str, int]) -> dict[Any, int]:
    from aiokafka import TopicPartition

    return {TopicPartition(*split(partition)): offset for partition, offset in offsets.items()}


class AiokafkaConsuming:
    def __init__(self, bootstrap: str, group: str, topics: list[str]) -> None:
        from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener
        from aiokafka.coordinator.assignors.range import RangePartitionAssignor

        self.session, self.group = 0, group
        consuming = self

        class Listener(ConsumerRebalanceListener):  # type: ignore[misc]
            def on_partitions_revoked(self, revoked: Any) -> None: ...

            def on_partitions_assigned(self, assigned: Any) -> None:
                consuming.session += 1

        self._background = Background()
        self._run = self._background.run
        self._consumer: Any = self._background.make(
            lambda: AIOKafkaConsumer(
                bootstrap_servers=bootstrap,
                group_id=group,
                isolation_level="read_committed",
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                partition_assignment_strategy=(RangePartitionAssignor,),
                session_timeout_ms=SESSION_TIMEOUT_MS,
                heartbeat_interval_ms=1_000,
                request_timeout_ms=2 * REQUEST_TIMEOUT_MS,
                fetch_max_wait_ms=200,
            )
        )
        if topics:
            self._background.make(lambda: self._consumer.subscribe(topics, listener=Listener()))
        self._run(self._consumer.start())

    def poll(self) -> list[Record]:
        before = self.session
        wanted = self._consumer.getmany(timeout_ms=int(POLL_S * 1000), max_records=MOST_AT_ONCE)
        found = _records(self._run(wanted))
        if self.session != before:
            self.session += 1  # these may be of the session before; the next are not
        return found

    def commit(self, offsets: dict[str, int]) -> None:
        self._run(self._consumer.commit(_aiokafka(offsets)))

    def committed(self, partitions: Iterable[str]) -> dict[str, int]:
        asked = _aiokafka(dict.fromkeys(partitions, 0))
        found = {each: self._run(self._consumer.committed(each)) for each in asked}
        return {f"{each.topic}-{each.partition}": -1 if offset is None else offset
                for each, offset in found.items()}  # fmt: skip

    def assign(self, offsets: dict[str, int]) -> None:
        self.session += 1
        plain = _aiokafka(offsets)

        def given() -> None:
            self._consumer.assign(list(plain))
            for partition, offset in plain.items():
                self._consumer.seek(partition, offset)

        self._background.make(given)

    def close(self) -> None:
        self._run(self._consumer.stop())


PRODUCING: dict[str, Callable[[str, str], Producing]] = {
    "confluent": ConfluentProducing,
    "kafka-python": KafkaPythonProducing,
    "aiokafka": AiokafkaProducing,
}
CONSUMING: dict[str, Callable[[str, str, list[str]], Consuming]] = {
    "confluent": ConfluentConsuming,
    "kafka-python": KafkaPythonConsuming,
    "aiokafka": AiokafkaConsuming,
}
