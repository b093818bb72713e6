"""The verbs that every client adapter offers, so that one scenario is told with any client.

An adapter only translates: what happens between the verb and the wire is the client's own doing.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

Headers = tuple[tuple[str, bytes | None], ...]

# What an adapter may offer beyond producing and consuming.
ADMIN = "admin"  # creates, describes and deletes topics
TIMESTAMPS = "timestamps"  # sets record timestamps, finds offsets by time
BYTES_HEADERS = "bytes headers"  # headers with any bytes
NULL_HEADERS = "null headers"  # headers without a value
COMMITS = "commits"  # commits and reads committed offsets by hand
STATIC = "static"  # static group members
COOPERATIVE = "cooperative"  # the cooperative protocol
NULL_KEYS = "null keys"  # tells null from empty
TRANSACTIONS = "transactions"  # produces in transactions

# What a producer hears when another has taken its transactional id, or its transaction timed out.
PRODUCER_FENCED = 90


class NotOfferedError(Exception):
    """The client has no such verb; `features` keeps scenarios that need it away."""


class RefusedError(Exception):
    """The broker's error, as the client passes it on."""

    def __init__(self, code: int, text: str = "") -> None:
        super().__init__(f"error code {code}: {text}")
        self.code = code


@dataclass(frozen=True)
class Rec:
    """A record on its way to the broker."""

    value: bytes | None
    key: bytes | None = None
    headers: Headers = ()
    timestamp: int | None = None
    partition: int | None = None


@dataclass(frozen=True)
class Sent:
    """Where the broker put a record."""

    partition: int
    offset: int


@dataclass(frozen=True)
class Got:
    """A record as it came back."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers
    timestamp: int


@dataclass(frozen=True)
class MemberOptions:
    """How a member joins its group; the deadlines are short because tests wait for them."""

    instance_id: str | None = None
    strategy: str = "range"
    auto_reset: str = "earliest"
    session_timeout_ms: int = 1500
    extra: Mapping[str, object] = field(default_factory=dict)


class Member(Protocol):
    """One consumer in a group.  It commits only when told to."""

    def poll(self, timeout_s: float) -> list[Got]: ...

    def assigned(self) -> set[tuple[str, int]]: ...

    def commit(self) -> None:
        """The position after all that poll gave."""

    def close(self) -> None:
        """Leave the group in good order."""


class Transactions(Protocol):
    """A producer with a transactional id, initialised.  What is refused is a RefusedError."""

    def begin(self) -> None: ...

    def send(self, topic: str, records: Sequence[Rec]) -> list[Sent]:
        """Where each record went, in their order; returns when the broker has them."""

    def send_offsets(self, member: Member, topic: str, offsets: Mapping[int, int]) -> None:
        """The transaction commits them for the member's group."""

    def commit(self) -> None: ...

    def abort(self) -> None: ...

    def close(self) -> None: ...


class Client(Protocol):
    """One client library, talking to one broker."""

    name: ClassVar[str]
    features: ClassVar[frozenset[str]]
    codecs: ClassVar[frozenset[str]]

    def __init__(self, bootstrap: str) -> None: ...

    def create_topic(
        self,
        topic: str,
        partitions: int = 1,
        replication: int = 1,
        configs: Mapping[str, str] | None = None,
    ) -> None:
        """Returns when the topic has leaders; RefusedError with the broker's code."""

    def delete_topic(self, topic: str) -> None: ...

    def topics(self) -> set[str]: ...

    def partitions(self, topic: str) -> set[int]: ...

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
        """Where each record went, in their order; RefusedError when one was refused."""

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
        """The next `count` records from an offset, without a group."""

    def offsets(self, topic: str, partition: int) -> tuple[int, int]:
        """Earliest and latest."""

    def offset_for_time(self, topic: str, partition: int, timestamp: int) -> int | None: ...

    def commit(self, group: str, topic: str, offsets: Mapping[int, int]) -> None:
        """From outside the group, as tools that reset offsets do."""

    def committed(
        self, group: str, topic: str, partitions: Iterable[int]
    ) -> dict[int, int | None]: ...

    def member(self, group: str, topics: Sequence[str], options: MemberOptions) -> Member: ...

    def transactions(self, transactional_id: str, timeout_ms: int = 60_000) -> Transactions: ...

    def close(self) -> None: ...


def poll_until(member: Member, count: int, timeout_s: float = 20.0) -> list[Got]:
    """Poll until so many records came; fewer by the deadline is an error that says how many."""
    got: list[Got] = []
    deadline = time.monotonic() + timeout_s
    while len(got) < count:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{len(got)} of {count} records within {timeout_s} s")
        got += member.poll(0.2)
    return got
