"""The parts of a coordinator: typed records, results of operations, and shards that replay.

A shard is the state behind one partition of the coordinator's topic. Its operations change nothing
durable themselves: they return records, which the runtime appends and then replays into the shard;
loading at start replays the same records (design rule 3). Kafka's twins are CoordinatorRecord,
CoordinatorResult and CoordinatorShard in coordinator-common.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, NamedTuple, Protocol, TypeVar

from wire.errors import KafkaError
from wire.schema import Message

R = TypeVar("R")


class CoordinatorRecord(NamedTuple):
    """One record to write. ``value`` None is a tombstone; ``version`` is that of the value."""

    key: Message
    value: Message | None
    version: int = 0


class Writer(NamedTuple):
    """The producer in whose transaction records are written."""

    producer_id: int
    producer_epoch: int


class RecordType(NamedTuple):
    """The classes that a stored record's key and value decode into."""

    key: type[Message]
    value: type[Message]


class Result(Generic[R]):
    """The outcome of a shard's operation.

    ``records`` are appended as one batch, or as several when ``atomic`` is False, and replayed.
    ``replayed`` runs right after that, for state that the records do not store. ``after`` runs with
    None when the records are committed, or with the error of the append or commit (Kafka's
    appendFuture). Without ``after`` a failed append is raised to the caller of the operation.
    """

    __slots__ = ("after", "atomic", "records", "replayed", "response")

    def __init__(
        self,
        response: R,
        records: list[CoordinatorRecord] | None = None,
        *,
        replayed: Callable[[], None] | None = None,
        after: Callable[[KafkaError | None], None] | None = None,
        atomic: bool = True,
    ) -> None:
        self.response = response
        self.records = records or []
        self.replayed = replayed
        self.after = after
        self.atomic = atomic


class Shard(Protocol):
    """The state behind one partition."""

    def replay(self, record: CoordinatorRecord, producer_id: int) -> None:
        """Applies the record: the only way in which durable state changes. ``producer_id`` is the
        producer in whose transaction it was written, or -1."""

    def replay_end(self, producer_id: int, is_commit: bool) -> None:
        """Ends the producer's transaction in this partition."""

    def on_loaded(self) -> None:
        """Called after all stored records have been replayed: starts timers."""

    def on_unloaded(self) -> None:
        """Called when the partition is deleted: answers what waits with NOT_COORDINATOR."""


class ShardTimers(Protocol):
    """Deadlines of one shard; their operations are written and replayed like all others."""

    def schedule(
        self, key: tuple[str, ...], delay_ms: float, operation: Callable[[], Result[None]]
    ) -> None:
        """Runs ``operation`` in ``delay_ms``; replaces the earlier schedule of ``key``."""

    def cancel(self, key: tuple[str, ...]) -> None: ...


class Settings(Protocol):
    """Broker settings by Kafka's names; read them when they are used, since they may change."""

    def integer(self, name: str) -> int: ...

    def flag(self, name: str) -> bool: ...
