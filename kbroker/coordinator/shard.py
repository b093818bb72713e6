"""What a coordinator is made of: typed records, results of operations, and shards that replay.

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
    """What an operation of a shard came to.

    ``records`` are appended as one batch, or as several when ``atomic`` is False, and replayed.
    ``replayed`` runs right after that, for state that the records do not keep. ``after`` runs when
    the records are committed, with None, or with the error that kept them from it (Kafka's
    appendFuture); without it a failed append is raised to whoever asked for the operation.
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
        """Makes the record's change; the only way in which durable state changes. With a producer's
        id (else -1) it belongs to that one's transaction."""

    def replay_end(self, producer_id: int, is_commit: bool) -> None:
        """The producer's transaction has ended in this partition."""

    def on_loaded(self) -> None:
        """All records that were stored have been replayed: timers start."""

    def on_unloaded(self) -> None:
        """The partition is gone, and the shard with it: who waits is told NOT_COORDINATOR."""


class ShardTimers(Protocol):
    """Deadlines of one shard, whose operations go the way of all others: write, then replay."""

    def schedule(
        self, key: tuple[str, ...], delay_ms: float, operation: Callable[[], Result[None]]
    ) -> None:
        """Runs ``operation`` in ``delay_ms``, in place of what ``key`` had scheduled."""

    def cancel(self, key: tuple[str, ...]) -> None: ...


class Settings(Protocol):
    """Broker settings by Kafka's names, read when they are needed since they change live."""

    def integer(self, name: str) -> int: ...

    def flag(self, name: str) -> bool: ...
