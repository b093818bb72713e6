"""What the benchmark does with its cases: warm-up, turns, checks that fail."""

from __future__ import annotations

import os

import pytest

from tools import bench
from tools.bench_checks import CheckError
from tools.bench_measures import CASES, STORES_NOTHING, Case
from tools.bench_run import Run


class FakeSubject:
    """This process, in the role of a broker."""

    def __init__(self, name: str) -> None:
        self.name = self.bootstrap = name
        self.pid = os.getpid()
        self.removed = False

    def remove(self) -> None:
        self.removed = True


played: list[tuple[str, int]] = []


def play(run: Run, amount: int) -> float:
    with run.meter:
        played.append((run.bootstrap, amount))
    return float(len(played))


def fail(_run: Run, _amount: int) -> float:
    raise CheckError("a record is missing")


@pytest.fixture(autouse=True)
def cases(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that plays, and one whose check fails."""
    played.clear()
    monkeypatch.setattr(
        bench, "CASES", {"good": Case("plays", play, 100), "bad": Case("failures", fail, 100)}
    )


def test_the_first_round_is_short_and_does_not_count() -> None:
    samples = bench.measured([FakeSubject("one"), FakeSubject("other")], ["good"], 2)

    assert [amount for _, amount in played] == [10, 10, 100, 100, 100, 100]
    assert samples["plays"] == {"one": [3.0, 6.0], "other": [4.0, 5.0]}


def test_brokers_change_their_order_each_round() -> None:
    bench.measured([FakeSubject("one"), FakeSubject("other")], ["good"], 2)

    names = [name for name, _ in played]
    assert names == ["other", "one", "one", "other", "other", "one"]


def test_each_figure_has_costs_of_its_own() -> None:
    samples = bench.measured([FakeSubject("one")], ["good"], 1)

    assert set(samples) == {
        "plays", "  broker CPU s, plays", "  broker peak memory MB, plays"
    }  # fmt: skip
    assert samples["  broker peak memory MB, plays"]["one"][0] > 1


def test_a_broker_that_stores_nothing_plays_only_what_is_listed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench, "STORES_NOTHING", {"floor": {"good": "the values"}})
    floor = FakeSubject("floor")

    bench.measured([floor], ["good", "bad"], 1)
    bench.print_unchecked([floor], ["good", "bad"])

    assert [name for name, _ in played] == ["floor", "floor"]
    expected = "NOT CHECKED: floor, good: the values, as it stores nothing\n"
    assert capsys.readouterr().out == expected


def test_the_list_names_cases() -> None:
    assert set(STORES_NOTHING["floor"]) <= set(CASES)


def test_a_check_that_fails_ends_the_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    subject = FakeSubject("one")
    monkeypatch.setattr(bench, "start_subject", lambda _name: subject)
    monkeypatch.setattr("sys.argv", ["bench", "--only", "good,bad", "--against", "one"])

    assert bench.main() == 1

    assert capsys.readouterr().out == "CHECK FAILED: one, bad: a record is missing\n"
    assert subject.removed


def test_unknown_cases_are_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["bench", "--only", "good,god"])

    with pytest.raises(SystemExit):
        bench.main()

    assert "no case god" in capsys.readouterr().err
