"""A real Kafka and kbroker keep the same of compacted topics, batch by batch."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from compat_tests.brokers import NotRunError
from compat_tests.compaction import History, Player, history
from compat_tests.conftest import NOT_RUN
from compat_tests.kbroker_process import KbrokerProcess
from compat_tests.reference import RealKafka

SETTINGS = {"log.cleaner.backoff.ms": "50", "group.initial.rebalance.delay.ms": "0"}
TOGETHER = 25  # histories that are cleaned at the same time
ROUNDS = 3
CLEANED_S = 30


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[KbrokerProcess, RealKafka]]:
    try:
        kafka = RealKafka(SETTINGS)
    except NotRunError as error:
        pytest.skip(f"{NOT_RUN}{error}")
    kbroker = KbrokerProcess(SETTINGS)
    yield kbroker, kafka
    kbroker.remove()
    kafka.remove()


@pytest.mark.parametrize("first", range(0, 200, TOGETHER))
def test_the_same_batches_are_kept(pair: tuple[KbrokerProcess, RealKafka], first: int) -> None:
    told = [history(seed) for seed in range(first, first + TOGETHER)]
    began_ms = int(time.time() * 1000) - 10_000
    ours, theirs = (Player(broker.bootstrap, began_ms) for broker in pair)
    for one in told:
        ours.begin(one)
        theirs.begin(one)
    cleaned = 0
    for number in range(ROUNDS):
        playing = [one for one in told if number < len(one.rounds)]
        before = {}
        for one in playing:
            for player in (ours, theirs):
                player.write(one, number)
            before[one.name] = ours.found(one.name)
            assert before[one.name] == theirs.found(one.name), one
        for one in playing:
            for player in (ours, theirs):
                player.set_policy(one.name, "compact")
        cleaned += _compare(playing, ours, theirs, before)
        for one in playing:
            for player in (ours, theirs):
                player.set_policy(one.name, "delete")
    for player in (ours, theirs):
        player.close()
    assert cleaned > TOGETHER


def _compare(playing: list[History], ours: Player, theirs: Player, before: dict[str, Any]) -> int:
    """How many were cleaned. Waits until the real Kafka has cleaned, and kbroker is as far."""
    deadline = time.monotonic() + CLEANED_S
    settled: dict[str, Any] = {}
    quiet_since = time.monotonic()
    while time.monotonic() < quiet_since + 2:  # Kafka cleans one topic after the other
        for one in playing:
            found = theirs.found(one.name)
            if found != settled.get(one.name):
                settled[one.name], quiet_since = found, time.monotonic()
    different = list(playing)
    while different and time.monotonic() < deadline:
        different = [one for one in different if ours.found(one.name) != settled[one.name]]
    for one in different:
        assert ours.found(one.name) == settled[one.name], one
    return sum(settled[one.name] != before[one.name] for one in playing)
