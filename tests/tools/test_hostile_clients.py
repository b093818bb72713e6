"""The judgement about hostile clients, and that their bombs are what they say."""

from __future__ import annotations

import socket
from itertools import repeat

import pytest

from tools.hostile_behaviours import _EMPTY_KEY, _NO_KEY, _is_closed, _zstd
from tools.hostile_clients import MEMORY_BOUND_KB, WORST_ANSWER_MS, Row
from wire.records.compression import decompress


def row(**changed: object) -> Row:
    facts: dict[str, object] = {
        "name": "evil", "connections": 1, "closed": 1, "before_kb": 20_000, "peak_kb": 20_100,
        "after_kb": 20_000, "held_bytes": 0, "before_ms": [0.5, 0.6], "during_ms": [0.5, 2.0],
    }  # fmt: skip
    return Row(**(facts | changed))  # type: ignore[arg-type]


def test_bounded_memory_and_prompt_answers_are_no_problem() -> None:
    assert row().problems == []


def test_memory_beyond_the_bound() -> None:
    assert row(peak_kb=20_000 + MEMORY_BOUND_KB + 1).problems == [
        "evil: memory grew by more than 48 MB"
    ]


def test_what_was_really_sent_may_be_held() -> None:
    grown = 20_000 + MEMORY_BOUND_KB + 1024
    assert row(peak_kb=grown, held_bytes=1 << 20).problems == []


def test_a_late_answer_to_the_good_client() -> None:
    assert row(during_ms=[0.5, WORST_ANSWER_MS + 1.0]).problems == ["evil: an answer took 1001 ms"]


def test_a_row_can_be_printed() -> None:
    assert str(row(closed=0)).startswith("evil ")


def test_whether_the_broker_has_closed_a_connection() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.send(b"an answer")
        assert not _is_closed(ours)
        theirs.close()
        assert _is_closed(ours)


@pytest.mark.parametrize("record", [_EMPTY_KEY, _NO_KEY])
def test_a_bomb_expands_to_the_records_that_it_says(record: bytes) -> None:
    assert decompress(4, _zstd(b"", repeat(record * 10, 3))) == record * 30
