"""The check of the crash loop goes red on every planted defect, and on nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tools.crash_check import (
    Acknowledged,
    Asked,
    CommitSeen,
    Committed,
    Failed,
    FinalLog,
    History,
    Partition,
    Read,
    RecordId,
    WatermarkSeen,
    check,
)

P = Partition("t", 0)
ONCE, PLAIN = "once", "plain"


def record(number: int, producer: str = ONCE) -> RecordId:
    return RecordId(producer, number)


@pytest.fixture
def history() -> History:
    """Four records of an idempotent producer and a plain one's, whose retry made a duplicate."""
    stored = [record(0), record(1), record(0, PLAIN), record(0, PLAIN), record(2), record(3)]
    history = History(
        idempotent=frozenset((ONCE,)),
        logs={P: FinalLog(list(enumerate(stored)), watermark=6)},
        sent={(ONCE, P): 5, (PLAIN, P): 1},
    )
    history.events += [
        Acknowledged(P, record(0), 0),
        Acknowledged(P, record(1), None),
        Asked(),
        Acknowledged(P, record(0, PLAIN), 3),
        Read(P, record(0), 0),
        Read(P, record(1), 1),
        Committed(P, 2),
        CommitSeen(P, -1),
        WatermarkSeen(P, 1),
        Acknowledged(P, record(2), 4),
        Acknowledged(P, record(3), 5),
    ]
    return history


def test_a_sound_history(history: History) -> None:
    assert check(history) == []


def _renumber(records: list[RecordId]) -> FinalLog:
    return FinalLog(list(enumerate(records)), len(records))


def _lose_the_last_batch(history: History) -> None:
    log = history.logs[P]
    del log.records[-1]
    log.watermark -= 1


def _lose_one_within(history: History) -> None:
    records = [stored for _, stored in history.logs[P].records if stored != record(1)]
    history.logs = {P: _renumber(records)}


def _lose_the_partition(history: History) -> None:
    history.logs = {}


def _duplicate(history: History) -> None:
    history.logs = {P: _renumber([*(stored for _, stored in history.logs[P].records), record(3)])}


def _reorder(history: History) -> None:
    log = history.logs[P]
    log.records[-2:] = [(4, record(3)), (5, record(2))]


def _skip_an_offset(history: History) -> None:
    log = history.logs[P]
    log.records[-1] = (6, record(3))
    log.watermark = 7


def _watermark_too_low(history: History) -> None:
    history.logs[P].watermark = 5


def _watermark_too_high(history: History) -> None:
    history.logs[P].watermark = 7


def _watermark_below_acknowledged(history: History) -> None:
    history.events += [Asked(), WatermarkSeen(P, 5)]


def _watermark_going_back(history: History) -> None:
    history.events += [WatermarkSeen(P, 6), Asked(), WatermarkSeen(P, 5)]


def _watermark_above_the_end(history: History) -> None:
    history.events.append(WatermarkSeen(P, 9))


def _commit_going_back(history: History) -> None:
    history.events.append(Committed(P, 1))


def _commit_seen_going_back(history: History) -> None:
    history.events += [Asked(), CommitSeen(P, 1)]


def _commit_gone(history: History) -> None:
    history.events += [Asked(), CommitSeen(P, -1)]


def _commit_seen_and_then_gone_back(history: History) -> None:
    history.events += [CommitSeen(P, 6), Committed(P, 5)]


def _commit_of_what_was_not_read(history: History) -> None:
    history.events += [Read(P, record(0, PLAIN), 3), Committed(P, 4)]


def _another_value_read(history: History) -> None:
    history.events.append(Read(P, record(3), 4))


def _another_value_acknowledged(history: History) -> None:
    history.events.append(Acknowledged(P, record(3), 0))


def _never_sent(history: History) -> None:
    history.logs = {P: _renumber([*(stored for _, stored in history.logs[P].records), record(5)])}


def _given_up(history: History) -> None:
    history.events.append(Failed(P, record(4), "out of order"))


DEFECTS: list[tuple[Callable[[History], None], list[str]]] = [
    (_lose_the_last_batch, ["once#3 was acknowledged at offset 5 and is lost", "clients saw 6"]),
    (_lose_one_within, ["once#1 was acknowledged and is lost"]),
    (_lose_the_partition, [f"{name} was acknowledged" for name in ("once#0", "plain#0")]),
    (_duplicate, ["once#3 is duplicated at offset 6"]),
    (_reorder, ["once#2 at offset 5 comes after #3"]),
    (_skip_an_offset, ["offset 6 stands where 5 should"]),
    (_watermark_too_low, ["the watermark is 5, the log ends at 6"]),
    (_watermark_too_high, ["the watermark is 7, the log ends at 6"]),
    (_watermark_below_acknowledged, ["the watermark was 5, below 6"]),
    (_watermark_going_back, ["the watermark was 5, below 6"]),
    (_watermark_above_the_end, ["the log ends at 6, and clients saw 9"]),
    (_commit_going_back, ["went back from 2 to 1"]),
    (_commit_seen_going_back, ["went back from 2 to 1"]),
    (_commit_gone, ["went back from 2 to -1"]),
    (_commit_seen_and_then_gone_back, ["went back from 6 to 5"]),
    (_commit_of_what_was_not_read, ["committed 4 and never got 1 records, the first at offset 2"]),
    (_another_value_read, ["offset 4 was once#2 and then once#3"]),
    (_another_value_acknowledged, ["offset 0 was once#0 and then once#3"]),
    (_never_sent, ["once#5 at offset 6 was never sent"]),
    (_given_up, ["once#4 was given up: out of order"]),
]


@pytest.mark.parametrize(
    ("plant", "expected"), DEFECTS, ids=[plant.__name__ for plant, _ in DEFECTS]
)
def test_a_planted_defect(
    history: History, plant: Callable[[History], None], expected: list[str]
) -> None:
    plant(history)
    problems = check(history)
    for text in expected:
        assert any(text in problem for problem in problems), problems


def test_a_plain_producer_may_duplicate_but_not_lose(history: History) -> None:
    records = [stored for _, stored in history.logs[P].records if stored.producer != PLAIN]
    history.logs = {P: _renumber(records)}
    assert any(
        "plain#0 was acknowledged at offset 3 and is lost" in text for text in check(history)
    )


def test_what_was_told_between_question_and_answer_may_be_missing(history: History) -> None:
    history.events += [Read(P, record(0, PLAIN), 2), Asked(), Committed(P, 3), CommitSeen(P, 2)]
    assert check(history) == []
