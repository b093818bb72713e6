"""Which fetch session gives its place to another, as in Kafka's FetchSessionCache."""

from __future__ import annotations

from typing import Any

import pytest

from kbroker.replicas.fetch_sessions import (
    EVICTION_MS,
    FINAL_EPOCH,
    INITIAL_EPOCH,
    NO_SESSION,
    FetchedPartition,
    FetchSessions,
    Key,
)
from kbroker.replicas.partition_read import PartitionRead
from wire.errors import ErrorCode, KafkaError
from wire.integers import MAX_INT32


def some(count: int) -> list[FetchedPartition]:
    return [FetchedPartition("t", index, 0, 1, -1, -1) for index in range(count)]


class Sessions:
    """Two slots, and a clock."""

    def __init__(self) -> None:
        self.sessions = FetchSessions(2)
        self.now_ms = 0.0
        self.epochs: dict[int, int] = {}

    def open(self, size: int, *, is_privileged: bool = False) -> int:
        opened = self.sessions.open(some(size), False, is_privileged, self.now_ms)
        self.epochs[opened] = 1
        return opened

    def use(self, session_id: int) -> None:
        epoch = self.epochs[session_id]
        self.sessions.continued(session_id, epoch, False, [], [], self.now_ms)
        self.epochs[session_id] += 1

    def is_there(self, session_id: int) -> bool:
        try:
            self.use(session_id)
        except KafkaError:
            return False
        return True


@pytest.fixture
def sessions() -> Sessions:
    return Sessions()


def read(**fields: Any) -> PartitionRead:
    """A read without records, up to date with one of high watermark 5 and log start 0."""
    found = PartitionRead(ErrorCode.NONE, 5, 5, 0)
    for name, value in fields.items():
        setattr(found, name, value)
    return found


@pytest.mark.parametrize(
    ("changed", "is_news"),
    [
        ({}, False),
        ({"last_stable_offset": 3}, False),
        ({"high_watermark": 6}, True),
        ({"log_start_offset": 1}, True),
        ({"records": b"x"}, True),
        ({"diverging_epoch": (0, 1)}, True),
        ({"error_code": ErrorCode.OFFSET_OUT_OF_RANGE}, True),
    ],
)
def test_what_is_news(changed: dict[str, Any], is_news: bool) -> None:
    (fetched,) = some(1)
    first = fetched.is_news(read())

    assert (first, fetched.is_news(read(**changed))) == (True, is_news)


def test_what_is_asked_for_last_counts() -> None:
    fetched = FetchedPartition("t", 0, 1, 2, 3, 4)
    fetched.update(FetchedPartition("t", 0, 5, 6, 7, 8))
    taken = (fetched.fetch_offset, fetched.max_bytes, fetched.current_leader_epoch,
             fetched.last_fetched_epoch)  # fmt: skip

    assert taken == (5, 6, 7, 8)


def test_after_an_error_every_read_is_news() -> None:
    (fetched,) = some(1)
    fetched.is_news(PartitionRead(ErrorCode.NONE, 0, 0, 0))
    fetched.is_news(PartitionRead(ErrorCode.KAFKA_STORAGE_ERROR))
    again = [fetched.is_news(PartitionRead(ErrorCode.NONE, 0, 0, 0)) for _ in range(2)]

    assert again == [True, False]


def test_after_the_greatest_epoch_comes_the_first(sessions: Sessions) -> None:
    """0 and -1 have meanings of their own."""
    opened = sessions.open(1)
    sessions.sessions._sessions[opened].epoch = MAX_INT32
    for epoch in (MAX_INT32, 1, 2):
        sessions.epochs[opened] = epoch
        sessions.use(opened)


def test_what_is_added_and_forgotten_at_once_is_forgotten(sessions: Sessions) -> None:
    opened = sessions.open(1)
    session = sessions.sessions.continued(opened, 1, False, some(3), [("t", 1)], 0)

    assert session is not None
    assert list(session.partitions) == [("t", 0), ("t", 2)]


def test_one_forgotten_while_a_fetch_waited_does_not_come_back(sessions: Sessions) -> None:
    opened = sessions.open(2)
    session = sessions.sessions.continued(opened, 1, False, [], [], 0)
    assert session is not None
    fetched = session.partitions["t", 0]
    sessions.sessions.continued(opened, 2, False, [], [("t", 0)], 0)
    session.move_to_end(fetched)

    assert list(session.partitions) == [("t", 1)]


def test_the_epoch_is_compared_before_the_use_of_topic_ids(sessions: Sessions) -> None:
    opened = sessions.open(1)
    codes = []
    for epoch in (2, 1):
        with pytest.raises(KafkaError) as refused:
            sessions.sessions.continued(opened, epoch, True, [], [], 0)
        codes.append(refused.value.code)

    wanted = [ErrorCode.INVALID_FETCH_SESSION_EPOCH, ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR]
    assert codes == wanted


@pytest.mark.parametrize(
    ("epoch", "forgotten"), [(INITIAL_EPOCH, []), (FINAL_EPOCH, []), (1, [("t", 0)])]
)
def test_a_closed_one_leaves_its_place(
    sessions: Sessions, epoch: int, forgotten: list[Key]
) -> None:
    """By a full request, by the last one, and by one that forgets all."""
    opened = sessions.open(1)

    assert sessions.sessions.continued(opened, epoch, False, [], forgotten, 0) is None
    assert len(sessions.sessions) == 0


def test_the_one_that_was_not_used_for_longest_goes(sessions: Sessions) -> None:
    """However large it is, once that is two minutes ago."""
    idle, used = sessions.open(9), sessions.open(1)
    sessions.now_ms = EVICTION_MS
    sessions.use(used)
    assert sessions.open(1) == NO_SESSION
    sessions.now_ms = EVICTION_MS + 1

    assert sessions.open(1) != NO_SESSION
    assert (sessions.is_there(idle), sessions.is_there(used)) == (False, True)


def test_one_that_was_used_is_not_taken_for_the_one_opened_first(sessions: Sessions) -> None:
    used, idle = sessions.open(5), sessions.open(5)
    sessions.now_ms = EVICTION_MS + 1
    sessions.use(used)

    assert sessions.open(1) != NO_SESSION
    assert (sessions.is_there(idle), sessions.is_there(used)) == (False, True)


def test_an_old_one_gives_way_to_a_larger_one(sessions: Sessions) -> None:
    """Of those that are older than two minutes the smallest; equal ones keep their place."""
    small, large = sessions.open(2), sessions.open(5)
    sessions.now_ms = EVICTION_MS + 1
    sessions.use(small)
    sessions.use(large)

    assert sessions.open(2) == NO_SESSION
    assert sessions.open(3) != NO_SESSION
    assert (sessions.is_there(small), sessions.is_there(large)) == (False, True)


def test_a_young_one_gives_way_to_none_that_is_larger(sessions: Sessions) -> None:
    """Its age counts as of its last use."""
    first, second = sessions.open(1), sessions.open(1)
    sessions.now_ms = EVICTION_MS
    sessions.use(first)
    sessions.use(second)
    sessions.now_ms = EVICTION_MS + 1

    assert sessions.open(9) == NO_SESSION


def test_a_privileged_one_takes_the_place_of_any_other(sessions: Sessions) -> None:
    """Of the smallest that is not privileged, however young that is; the size of others counts
    only among equals."""
    small, large = sessions.open(3), sessions.open(8)

    assert sessions.open(1, is_privileged=True) != NO_SESSION
    assert (sessions.is_there(small), sessions.is_there(large)) == (False, True)


def test_a_privileged_one_gives_way_to_its_like_only(sessions: Sessions) -> None:
    """When it is old and smaller."""
    first, second = (sessions.open(2, is_privileged=True) for _ in range(2))
    assert sessions.open(9, is_privileged=True) == NO_SESSION
    sessions.now_ms = EVICTION_MS + 1
    sessions.use(first)
    sessions.use(second)

    assert sessions.open(9) == NO_SESSION
    assert sessions.open(2, is_privileged=True) == NO_SESSION
    assert sessions.open(3, is_privileged=True) != NO_SESSION


def test_the_size_is_that_of_the_last_use(sessions: Sessions) -> None:
    """A session grows with what its client adds."""
    grown, other = sessions.open(1), sessions.open(4)
    sessions.now_ms = EVICTION_MS + 1
    sessions.use(other)
    epoch = sessions.epochs[grown]
    sessions.sessions.continued(grown, epoch, False, some(6), [], sessions.now_ms)
    sessions.epochs[grown] += 1

    assert sessions.open(5) != NO_SESSION
    assert (sessions.is_there(grown), sessions.is_there(other)) == (True, False)


def test_a_session_shrinks_with_what_its_client_forgets(sessions: Sessions) -> None:
    shrunk, other = sessions.open(6), sessions.open(4)
    sessions.now_ms = EVICTION_MS + 1
    sessions.use(other)
    forgotten: list[Key] = [("t", index) for index in range(5)]
    epoch = sessions.epochs[shrunk]
    sessions.sessions.continued(shrunk, epoch, False, [], forgotten, sessions.now_ms)
    sessions.epochs[shrunk] += 1

    assert sessions.open(5) != NO_SESSION
    assert (sessions.is_there(shrunk), sessions.is_there(other)) == (False, True)
