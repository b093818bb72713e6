"""The mutation tester: which tests it runs for a function, and which results it keeps."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.mutants import Mutant
from tools.mutate import Results, Trial, chosen_tests, modules
from tools.mutate_reach import Reach

MODULE = "storage/log.py"
REACH = {
    "tests/kbroker/test_quick.py": Reach("", 0.1, ["storage/log.py:Log.read"]),
    "tests/kbroker/test_slow.py": Reach("", 20.0, ["storage/log.py:Log.read"]),
    "tests/storage/test_check.py": Reach("", 3.0, ["storage/log.py:Log.read"]),
    "tests/storage/test_crash_points.py": Reach("", 20.0, ["storage/log.py:Log.read"]),
    "tests/storage/test_log.py": Reach("", 30.0, ["storage/log.py:Log.read"]),
    "tests/storage/test_reader.py": Reach("", 1.0, ["storage/reader.py:read"]),
}


def test_the_nearest_tests_come_first() -> None:
    """The one beside the module however long it takes; others only if the time allows."""
    assert chosen_tests(MODULE, "Log.read", REACH) == (
        "tests/storage/test_log.py",
        "tests/storage/test_check.py",
        "tests/kbroker/test_quick.py",
    )


def test_outside_functions_all_tests_of_the_module_may_notice() -> None:
    assert chosen_tests("storage/reader.py", "", REACH) == ("tests/storage/test_reader.py",)


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    test = tmp_path / "test_log.py"
    test.write_text("old")
    return Trial(Mutant("AddNot", 0, 1, ""), "a key", (str(test),), 1.0)


def test_results_outlive_the_run(trial: Trial, tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    assert Results(path).is_killed(trial) is None

    Results(path).add(trial, killed=False)
    assert Results(path).is_killed(trial) is False
    Results(path).add(trial, killed=True)
    assert Results(path).is_killed(trial) is True


@pytest.mark.parametrize(("killed", "known"), [(False, None), (True, True)])
def test_a_survivor_is_tried_again_when_a_test_has_changed(
    killed: bool, known: bool | None, trial: Trial, tmp_path: Path
) -> None:
    results = Results(tmp_path / "results.jsonl")
    results.add(trial, killed)
    Path(trial.tests[0]).write_text("new")

    assert results.is_killed(trial) is known


def test_folders_stand_for_their_modules(tmp_path: Path) -> None:
    for name in ("a.py", "b.py", "notes.txt"):
        (tmp_path / name).touch()

    assert modules([tmp_path, Path(MODULE)]) == [f"{tmp_path}/a.py", f"{tmp_path}/b.py", MODULE]
