"""What the benchmark does with a case: warm-up, turns, checks that fail."""

from __future__ import annotations

import os

import pytest

from compat_tests.brokers import NotRunError
from tools.bench import rounds
from tools.bench.checks import CheckError
from tools.bench.rounds import Measured, measured
from tools.bench.run import Case, Figures, Run


class FakeSubject:
    """This process, in the role of a broker."""

    def __init__(self, name: str) -> None:
        self.name = self.bootstrap = name
        self.pid = os.getpid()
        self.removed = False

    def restart(self) -> None:
        raise NotRunError("this process goes on")

    def remove(self) -> None:
        self.removed = True


class Play:
    """Notes who was measured, and with what amount; ``failing`` brokers fail their check."""

    def __init__(self, *failing: str) -> None:
        self.played: list[tuple[str, int]] = []
        self._failing = failing

    def __call__(self, run: Run, amount: int) -> Figures:
        if run.bootstrap in self._failing and self.played:
            raise CheckError("a record is missing")
        with run.meter:
            self.played.append((run.bootstrap, amount))
        return {"plays/s": float(len(self.played))} | run.costs()


def play(case: Case, names: str, count: int = 2) -> tuple[Measured, list[FakeSubject]]:
    subjects: list[FakeSubject] = []

    def start_of(name: str) -> FakeSubject:
        subjects.append(FakeSubject(name))
        return subjects[-1]

    starts = {name: lambda name=name: start_of(name) for name in names.split()}
    return measured("case", case, starts, count, {"floor"}), subjects


def test_the_first_round_is_short_and_does_not_count() -> None:
    plays = Play()

    found, _ = play(Case(plays, 100), "one other")

    assert [amount for _, amount in plays.played] == [10, 10, 100, 100, 100, 100]
    assert found.samples["case plays/s"] == {"one": [3.0, 6.0], "other": [4.0, 5.0]}


def test_brokers_change_their_order_each_round() -> None:
    plays = Play()

    play(Case(plays, 100), "one other")

    names = [name for name, _ in plays.played]
    assert names == ["other", "one", "one", "other", "other", "one"]


def test_a_case_whose_amount_is_fixed_has_no_warm_up() -> None:
    plays = Play()

    play(Case(plays, 100, fixed=True), "one")

    assert plays.played == [("one", 100), ("one", 100)]


def test_a_slow_broker_gets_less_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    plays, clock = Play(), iter([0.0, 20.0])
    monkeypatch.setattr(rounds.time, "perf_counter", lambda: next(clock))

    play(Case(plays, 1000), "one", 1)

    assert [amount for _, amount in plays.played] == [100, 100]


def test_each_figure_has_costs_of_its_own() -> None:
    found, _ = play(Case(Play(), 100), "one", 1)

    assert list(found.samples) == ["case plays/s", "case broker CPU s", "case broker peak MB"]
    assert found.samples["case broker peak MB"]["one"][0] > 1


def test_a_broker_that_fails_its_check_has_no_figure() -> None:
    found, subjects = play(Case(Play("other"), 100), "one other")

    assert found.failed == {"other": "check failed: a record is missing"}
    assert set(found.samples["case plays/s"]) == {"one"}
    assert [subject.removed for subject in subjects] == [True, True]


def test_whatever_a_client_raises_is_a_failed_check() -> None:
    def fail(_run: Run, _amount: int) -> Figures:
        raise ConnectionError("the connection was closed")

    found, _ = play(Case(fail, 100), "one")

    assert found.failed == {"one": "check failed: ConnectionError: the connection was closed"}


def test_a_broker_that_does_not_start_is_not_run() -> None:
    def fail() -> FakeSubject:
        raise NotRunError("no container engine")

    found = measured("case", Case(Play(), 100), {"kafka": fail}, 1, set())

    assert found.failed == {"kafka": "not run: no container engine"}
    assert not found.samples


def test_only_brokers_that_store_have_topics_to_create() -> None:
    stores = {}

    def note(run: Run, _amount: int) -> Figures:
        stores[run.bootstrap] = run.stores
        return {}

    play(Case(note, 100), "one floor")

    assert stores == {"one": True, "floor": False}
