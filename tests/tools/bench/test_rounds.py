"""What the benchmark does with a case: warm-up, turns, checks that fail."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from compat_tests.brokers import NotRunError
from tools.bench import rounds
from tools.bench.checks import CheckError
from tools.bench.rounds import Brokers, Measured, measured
from tools.bench.run import Case, Figures, Run


class FakeSubject:
    """This process, in the role of a broker."""

    data = None

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


class Bench:
    """Brokers of this process, in a run."""

    def __init__(self, names: str) -> None:
        self.names = names.split()
        self.subjects: list[FakeSubject] = []
        self.brokers = Brokers({name: self._start_of(name) for name in self.names}, {"floor"})

    def _start_of(self, name: str) -> Callable[[], FakeSubject]:
        def start() -> FakeSubject:
            self.subjects.append(FakeSubject(name))
            return self.subjects[-1]

        return start

    def play(self, case: Case, count: int = 2) -> Measured:
        return measured("case", case, self.brokers, self.names, count)


def test_the_first_round_is_short_and_does_not_count() -> None:
    plays = Play()

    found = Bench("one other").play(Case(plays, 100))

    assert [amount for _, amount in plays.played] == [10, 10, 100, 100, 100, 100]
    assert found.samples["case plays/s"] == {"one": [3.0, 6.0], "other": [4.0, 5.0]}


def test_brokers_change_their_order_each_round() -> None:
    plays = Play()

    Bench("one other").play(Case(plays, 100))

    names = [name for name, _ in plays.played]
    assert names == ["other", "one", "one", "other", "other", "one"]


def test_a_case_whose_amount_is_fixed_has_no_warm_up() -> None:
    plays = Play()

    Bench("one").play(Case(plays, 100, fixed=True))

    assert plays.played == [("one", 100), ("one", 100)]


def test_a_slow_broker_gets_less_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    plays, clock = Play(), iter([0.0, 20.0])
    monkeypatch.setattr(rounds.time, "perf_counter", lambda: next(clock))

    Bench("one").play(Case(plays, 1000), 1)

    assert [amount for _, amount in plays.played] == [100, 100]


def test_each_figure_has_costs_of_its_own() -> None:
    found = Bench("one").play(Case(Play(), 100), 1)

    assert list(found.samples) == ["case plays/s", "case broker CPU s", "case broker peak MB"]
    assert found.samples["case broker peak MB"]["one"][0] > 1


def test_a_broker_that_fails_its_check_has_no_figure() -> None:
    found = Bench("one other").play(Case(Play("other"), 100))

    assert found.failed == {"other": "check failed: a record is missing"}
    assert set(found.samples["case plays/s"]) == {"one"}


def test_a_broker_that_failed_is_started_anew_for_the_next_case() -> None:
    bench = Bench("one other")

    plays = Play("other")
    plays.played.append(("other", 0))
    bench.play(Case(plays, 100))
    bench.play(Case(Play(), 100))

    assert [(subject.name, subject.removed) for subject in bench.subjects] == [
        ("other", True),
        ("one", False),
        ("other", False),
    ]


def test_whatever_a_client_raises_is_a_failed_check() -> None:
    def fail(_run: Run, _amount: int) -> Figures:
        raise ConnectionError("the connection was closed")

    found = Bench("one").play(Case(fail, 100))

    assert found.failed == {"one": "check failed: ConnectionError: the connection was closed"}


def test_a_broker_that_does_not_start_is_not_run() -> None:
    def fail() -> FakeSubject:
        raise NotRunError("no container engine")

    found = measured("case", Case(Play(), 100), Brokers({"kafka": fail}, ()), ["kafka"], 1)

    assert found.failed == {"kafka": "not run: no container engine"}
    assert not found.samples


def test_only_brokers_that_store_have_topics_to_create() -> None:
    stores = {}

    def note(run: Run, _amount: int) -> Figures:
        stores[run.bootstrap] = run.stores
        return {}

    Bench("one floor").play(Case(note, 100))

    assert stores == {"one": True, "floor": False}


def test_all_brokers_are_removed_at_the_end() -> None:
    bench = Bench("one other")
    bench.play(Case(Play(), 100))

    bench.brokers.close()

    assert [subject.removed for subject in bench.subjects] == [True, True]
