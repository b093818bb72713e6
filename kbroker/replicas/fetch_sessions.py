"""Incremental fetch sessions (KIP-227): the partitions of a consumer, kept between its requests.

A client opens a session with a full request of epoch 0. From then on it names only what changes,
and answers leave out partitions without news. Sessions are kept in memory only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from os import urandom

from kbroker.replicas.partition import Partition
from kbroker.replicas.partition_read import PartitionRead
from wire.errors import ErrorCode, KafkaError
from wire.integers import MAX_INT32

INITIAL_EPOCH = 0
FINAL_EPOCH = -1
NO_SESSION = 0

# A session unused for so long can be evicted for any new one; a session older than that can be
# evicted for one with more partitions.
EVICTION_MS = 120_000

Key = tuple[str | bytes, int]


class FetchedPartition:
    """One partition of a fetch: what the client asks for, and what it was answered last.

    ``topic`` is the topic's name, or from v13 on its id. ``hosted`` is the partition, found at the
    first read, and looked up again after it was deleted. ``has_other_id``: the topic was deleted
    and created again meanwhile, so that its name leads to a partition of another id.
    """

    __slots__ = (
        "current_leader_epoch", "fetch_offset", "has_other_id", "hosted", "index",
        "last_fetched_epoch", "last_high_watermark", "last_log_start_offset", "max_bytes", "topic",
    )  # fmt: skip

    def __init__(
        self,
        topic: str | bytes,
        index: int,
        fetch_offset: int,
        max_bytes: int,
        current_leader_epoch: int,
        last_fetched_epoch: int,
    ) -> None:
        self.topic = topic
        self.index = index
        self.fetch_offset = fetch_offset
        self.max_bytes = max_bytes
        self.current_leader_epoch = current_leader_epoch
        self.last_fetched_epoch = last_fetched_epoch
        self.hosted: Partition | None = None
        self.has_other_id = False
        self.last_high_watermark = -1
        self.last_log_start_offset = -1

    def update(self, wanted: FetchedPartition) -> None:
        """Takes over what the client asks for now."""
        self.fetch_offset = wanted.fetch_offset
        self.max_bytes = wanted.max_bytes
        self.current_leader_epoch = wanted.current_leader_epoch
        self.last_fetched_epoch = wanted.last_fetched_epoch

    def is_news(self, read: PartitionRead) -> bool:
        """Whether an incremental answer must list the partition; keeps what the answer says.

        An error is always news. It has no offsets, so that the first read after it is news too.
        """
        news = (
            bool(read.records)
            or read.error_code != 0
            or read.high_watermark != self.last_high_watermark
            or read.log_start_offset != self.last_log_start_offset
            or read.diverging_epoch is not None
        )
        self.last_high_watermark = read.high_watermark
        self.last_log_start_offset = read.log_start_offset
        return news


class FetchSession:
    """``is_old`` is that of its last use, as in Kafka's cache."""

    __slots__ = (
        "created_ms", "epoch", "id", "is_old", "is_privileged", "last_used_ms", "partitions",
        "uses_topic_ids",
    )  # fmt: skip

    def __init__(
        self,
        session_id: int,
        partitions: Iterable[FetchedPartition],
        uses_topic_ids: bool,
        is_privileged: bool,
        now_ms: float,
    ) -> None:
        self.id = session_id
        self.is_privileged = is_privileged
        self.uses_topic_ids = uses_topic_ids
        self.epoch = 1
        self.created_ms = now_ms
        # In the order in which they are read.
        self.partitions = {(fetched.topic, fetched.index): fetched for fetched in partitions}
        self.touch(now_ms)

    def touch(self, now_ms: float) -> None:
        self.last_used_ms = now_ms
        self.is_old = now_ms - self.created_ms > EVICTION_MS

    def update(self, wanted: Iterable[FetchedPartition], forgotten: Iterable[Key]) -> None:
        """New partitions go to the end; known ones keep their place and take the new values."""
        for fetched in wanted:
            known = self.partitions.setdefault((fetched.topic, fetched.index), fetched)
            if known is not fetched:
                known.update(fetched)
        for key in forgotten:
            self.partitions.pop(key, None)

    def move_to_end(self, fetched: FetchedPartition) -> None:
        """A partition that had records goes last, so that all share answers of limited size."""
        key = (fetched.topic, fetched.index)
        if self.partitions.get(key) is fetched:
            del self.partitions[key]
            self.partitions[key] = fetched


class FetchSessions:
    """All sessions of a node, at most ``slots`` of them (Kafka's FetchSessionCache)."""

    __slots__ = ("_sessions", "_slots")

    def __init__(self, slots: int) -> None:
        self._slots = slots
        self._sessions: dict[int, FetchSession] = {}  # least recently used first

    def __len__(self) -> int:
        return len(self._sessions)

    def continued(
        self,
        session_id: int,
        epoch: int,
        uses_topic_ids: bool,
        wanted: Iterable[FetchedPartition],
        forgotten: Iterable[Key],
        now_ms: float,
    ) -> FetchSession | None:
        """The session that a request continues, brought up to date, or None for a full request.

        A full request closes the session it names; an incremental one that forgets the last
        partition closes its session, and is then answered without one.

        Raises KafkaError: FETCH_SESSION_ID_NOT_FOUND, INVALID_FETCH_SESSION_EPOCH,
        FETCH_SESSION_TOPIC_ID_ERROR.
        """
        if epoch in (INITIAL_EPOCH, FINAL_EPOCH):
            self._sessions.pop(session_id, None)
            return None
        session = self._sessions.get(session_id)
        if session is None:
            raise KafkaError(ErrorCode.FETCH_SESSION_ID_NOT_FOUND)
        if session.epoch != epoch:
            raise KafkaError(ErrorCode.INVALID_FETCH_SESSION_EPOCH)
        if session.uses_topic_ids != uses_topic_ids:
            raise KafkaError(ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR)
        session.update(wanted, forgotten)
        del self._sessions[session.id]
        if not session.partitions:
            return None
        session.touch(now_ms)
        session.epoch = 1 if session.epoch == MAX_INT32 else session.epoch + 1
        self._sessions[session.id] = session
        return session

    def open(
        self,
        partitions: Sequence[FetchedPartition],
        uses_topic_ids: bool,
        is_privileged: bool,
        now_ms: float,
    ) -> int:
        """The id of a new session, or NO_SESSION when all slots are taken. Sessions of followers
        are privileged."""
        is_full = len(self._sessions) >= self._slots
        if is_full and not self._evict_for(is_privileged, len(partitions), now_ms):
            return NO_SESSION
        session_id = NO_SESSION
        while session_id == NO_SESSION or session_id in self._sessions:
            session_id = int.from_bytes(urandom(4)) & MAX_INT32
        self._sessions[session_id] = FetchSession(
            session_id, partitions, uses_topic_ids, is_privileged, now_ms
        )
        return session_id

    def _evict_for(self, is_privileged: bool, size: int, now_ms: float) -> bool:
        """Makes room for a session of ``size`` partitions, as Kafka's ``tryEvict``.

        The session unused for longest is evicted if that is more than EVICTION_MS. Otherwise the
        least of the evictable ones is, if the new session is greater: privileged before others,
        then by size. Evictable are old sessions, and for a privileged one all unprivileged ones.
        """
        oldest = next(iter(self._sessions.values()), None)
        if oldest is None:
            return False
        if now_ms - oldest.last_used_ms > EVICTION_MS:
            del self._sessions[oldest.id]
            return True
        evictable = [
            (session.is_privileged, len(session.partitions), session.id)
            for session in self._sessions.values()
            if session.is_old or (is_privileged and not session.is_privileged)
        ]
        least = min(evictable, default=None)
        if least is None or (is_privileged, size) <= least[:2]:
            return False
        del self._sessions[least[2]]
        return True
