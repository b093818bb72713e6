"""Incremental fetch sessions (KIP-227): what a consumer fetches, remembered between its requests.

A client opens a session with a full request of epoch 0; from then on it names only what changes,
and the answers leave out partitions about which there is nothing new. Sessions are soft state.
"""

from __future__ import annotations

import random
from collections.abc import Iterable

from kbroker.replicas.partition import Partition
from wire.errors import ErrorCode, KafkaError
from wire.messages.fetch import FetchPartition, FetchRequest, PartitionData

INITIAL_EPOCH = 0
FINAL_EPOCH = -1
NO_SESSION = 0
MAX_EPOCH = (1 << 31) - 1
TOPIC_IDS_SINCE = 13

# Kafka keeps a session for at least this long before another may take its place.
EVICTION_MS = 120_000

Key = tuple[str | bytes, int]


class FetchedPartition:
    """One partition of a fetch: what the client wants, and what it was last told."""

    __slots__ = (
        "hosted", "index", "last_high_watermark", "last_log_start_offset", "topic", "wanted",
    )  # fmt: skip

    def __init__(self, topic: str | bytes, wanted: FetchPartition) -> None:
        self.topic = topic  # the name, or from v13 on the id
        self.index = wanted.partition
        self.wanted = wanted
        self.hosted: Partition | None = None  # found at the first read, and again once deleted
        self.last_high_watermark = -1
        self.last_log_start_offset = -1

    def is_news(self, data: PartitionData) -> bool:
        """Whether an incremental answer must list the partition; remembers what it says.

        An error is always news, and so is whatever follows it.
        """
        news = (
            bool(data.records)
            or data.error_code != 0
            or data.high_watermark != self.last_high_watermark
            or data.log_start_offset != self.last_log_start_offset
            or data.diverging_epoch.epoch >= 0
        )
        self.last_high_watermark = -1 if data.error_code else data.high_watermark
        self.last_log_start_offset = data.log_start_offset
        return news


class FetchSession:
    __slots__ = ("epoch", "id", "last_used_ms", "partitions", "uses_topic_ids")

    def __init__(self, session_id: int, uses_topic_ids: bool, now_ms: float) -> None:
        self.id = session_id
        self.uses_topic_ids = uses_topic_ids
        self.epoch = 1
        self.last_used_ms = now_ms
        self.partitions: dict[Key, FetchedPartition] = {}  # in the order in which they are read

    def update(self, request: FetchRequest) -> None:
        """New partitions go to the end; known ones keep their place and take the new values."""
        for fetched in requested_partitions(request, self.uses_topic_ids):
            known = self.partitions.get((fetched.topic, fetched.index))
            if known is not None:
                known.wanted = fetched.wanted
            else:
                self.partitions[fetched.topic, fetched.index] = fetched
        for topic in request.forgotten_topics_data:
            name = topic.topic_id if self.uses_topic_ids else topic.topic
            for index in topic.partitions:
                self.partitions.pop((name, index), None)

    def move_to_end(self, fetched: FetchedPartition) -> None:
        """Who was served waits for all others: that is how partitions share a small answer."""
        key = (fetched.topic, fetched.index)
        if self.partitions.get(key) is fetched:
            del self.partitions[key]
            self.partitions[key] = fetched


def requested_partitions(request: FetchRequest, uses_topic_ids: bool) -> list[FetchedPartition]:
    """In order; of a partition that comes twice the last mention counts."""
    wanted = {
        (topic.topic_id if uses_topic_ids else topic.topic, partition.partition): partition
        for topic in request.topics
        for partition in topic.partitions
    }
    return [FetchedPartition(topic, partition) for (topic, _), partition in wanted.items()]


class FetchSessions:
    """All sessions of a node, at most ``slots`` of them."""

    __slots__ = ("_sessions", "_slots")

    def __init__(self, slots: int) -> None:
        self._slots = slots
        self._sessions: dict[int, FetchSession] = {}  # least recently used first

    def __len__(self) -> int:
        return len(self._sessions)

    def continued(
        self, request: FetchRequest, uses_topic_ids: bool, now_ms: float
    ) -> FetchSession | None:
        """The session that a request continues, brought up to date, or None for a full request.

        A full request closes the session it names; an incremental one that forgets the last
        partition closes its session, and is then answered without one.

        Raises KafkaError: FETCH_SESSION_ID_NOT_FOUND, INVALID_FETCH_SESSION_EPOCH,
        FETCH_SESSION_TOPIC_ID_ERROR.
        """
        if request.session_epoch in (INITIAL_EPOCH, FINAL_EPOCH):
            self._sessions.pop(request.session_id, None)
            return None
        session = self._sessions.get(request.session_id)
        if session is None:
            raise KafkaError(ErrorCode.FETCH_SESSION_ID_NOT_FOUND)
        if session.epoch != request.session_epoch:
            raise KafkaError(ErrorCode.INVALID_FETCH_SESSION_EPOCH)
        if session.uses_topic_ids != uses_topic_ids:
            raise KafkaError(ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR)
        session.update(request)
        del self._sessions[session.id]
        if not session.partitions:
            return None
        session.last_used_ms = now_ms
        session.epoch = 1 if session.epoch == MAX_EPOCH else session.epoch + 1
        self._sessions[session.id] = session
        return session

    def open(
        self, partitions: Iterable[FetchedPartition], uses_topic_ids: bool, now_ms: float
    ) -> int:
        """The id of a new session, or NO_SESSION when all slots are taken."""
        if len(self._sessions) >= self._slots and not self._evict(now_ms):
            return NO_SESSION
        session_id = random.randrange(1, MAX_EPOCH)  # noqa: S311  # an id, not a secret
        while session_id in self._sessions:
            session_id = random.randrange(1, MAX_EPOCH)  # noqa: S311
        session = FetchSession(session_id, uses_topic_ids, now_ms)
        session.partitions = {(fetched.topic, fetched.index): fetched for fetched in partitions}
        self._sessions[session_id] = session
        return session_id

    def _evict(self, now_ms: float) -> bool:
        oldest = next(iter(self._sessions.values()), None)
        if oldest is None or now_ms - oldest.last_used_ms <= EVICTION_MS:
            return False
        del self._sessions[oldest.id]
        return True
