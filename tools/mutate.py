"""Small changes of modules, and how many of them the tests notice.

    python -m tools.mutate storage/log.py [--sample 30] [--jobs 2]

For each change it runs the tests beside the module, then those that reach the changed function, as
far as a time allows. A change that no test notices is printed. Results are kept in
``.cache/mutate``: a later run tries only what is new, and survivors after a test has changed.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from queue import SimpleQueue

import pytest

from tools.mutants import Mutant, changed_line, function_at, mutants
from tools.mutate_reach import PYTEST, Reach, digest_of, reach_of

CACHE = Path(".cache/mutate")
OTHERS_S = 15.0  # of test files after the first, for one mutant
CPU_S = 15  # besides twice what the tests took
WALL_TIMES = 8  # of the CPU seconds: the machine may be busy
MEMORY = 2 << 30
FORK = multiprocessing.get_context("fork")


@dataclass(frozen=True)
class Trial:
    """A mutant, the test files to run for it, and how long they take unchanged."""

    mutant: Mutant
    key: str
    tests: tuple[str, ...]
    seconds: float

    @property
    def digest_of_tests(self) -> str:
        return sha256("".join(digest_of(test) for test in self.tests).encode()).hexdigest()[:16]


class Results:
    """What became of each mutant, a line each."""

    def __init__(self, path: Path) -> None:
        self._path = path
        rows = path.read_text().splitlines() if path.exists() else []
        self._known: dict[str, tuple[bool, str]] = {
            key: (killed, tests) for key, killed, tests in map(json.loads, rows)
        }

    def is_killed(self, trial: Trial) -> bool | None:
        """None if it is not known: a survivor counts only with the tests of today."""
        killed, tests = self._known.get(trial.key, (False, ""))
        return killed or (False if tests == trial.digest_of_tests else None)

    def add(self, trial: Trial, killed: bool) -> None:
        self._known[trial.key] = (killed, trial.digest_of_tests)
        with self._path.open("a") as file:
            file.write(json.dumps([trial.key, *self._known[trial.key]]) + "\n")


def chosen_tests(module: str, function: str, reach: dict[str, Reach]) -> tuple[str, ...]:
    """Test files that reach the function, best first: beside the module, in its folder, others."""
    path = Path(module)
    twin = f"tests/{path.parent}/test_{path.name}"

    def rank(test: str) -> tuple[bool, bool, float]:
        return test != twin, not test.startswith(f"tests/{path.parent}/"), reach[test].seconds

    exact = [test for test, one in reach.items() if f"{module}:{function}" in one.functions]
    loose = [test for test, one in reach.items() if f"{module}:" in " ".join(one.functions)]
    chosen: list[str] = []
    left_s = OTHERS_S
    for test in sorted(exact or loose, key=rank):
        seconds = reach[test].seconds if chosen else 0.0
        if seconds <= left_s:
            chosen.append(test)
            left_s -= seconds
    return tuple(chosen)


def trials_of(module: str, sample: int | None, seed: int, reach: dict[str, Reach]) -> list[Trial]:
    source = Path(module).read_text()
    trials = []
    for mutant in mutants(source, sample, f"{seed}:{module}"):
        key = f"{module} {digest_of(module)} {mutant.operator} {mutant.occurrence}"
        tests = chosen_tests(module, function_at(source, mutant.line), reach)
        trials.append(Trial(mutant, key, tests, sum(reach[test].seconds for test in tests)))
    return trials


@contextmanager
def checkouts(count: int, tests: set[str], seconds: float) -> Iterator[SimpleQueue[Path]]:
    """Copies of the files that Git knows or would add. The tests must pass in the first.

    This run also compiles the code, for all copies.
    """
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], check=True, capture_output=True, text=True
    )
    queue: SimpleQueue[Path] = SimpleQueue()
    with tempfile.TemporaryDirectory(prefix="kbroker-mutate-") as folder:
        first = Path(folder, "0")
        for name in filter(os.path.isfile, listed.stdout.splitlines()):
            (first / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(name, first / name)
        if tests and not passes(first, sorted(tests), seconds, compiling=True):
            raise SystemExit(f"the tests fail without a change: {' '.join(sorted(tests))}")
        queue.put(first)
        for number in range(1, count):
            queue.put(Path(shutil.copytree(first, Path(folder, str(number)))))
        yield queue


def passes(checkout: Path, tests: Sequence[str], seconds: float, *, compiling: bool) -> bool:
    """Whether the tests pass in this copy, within a time that fits what they took before.

    The process is forked, because pytest and hypothesis take longer to import than most tests.
    """
    cpu_s = CPU_S + int(2 * seconds)
    process = FORK.Process(target=_run_pytest, args=(checkout, tests, cpu_s, compiling))
    process.start()
    process.join(WALL_TIMES * cpu_s)
    if process.is_alive():
        os.killpg(process.ident or 0, signal.SIGKILL)
        process.join()
    return process.exitcode == 0


def _run_pytest(checkout: Path, tests: Sequence[str], cpu_s: int, compiling: bool) -> None:
    os.setsid()
    os.chdir(checkout)
    sys.path.insert(0, str(checkout))
    os.environ["PYTHONPATH"] = str(checkout)
    # A mutant's file may have the size and the second of another mutant's.
    sys.dont_write_bytecode = not compiling
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    for stream in (1, 2):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
    os._exit(pytest.main([*PYTEST, *tests]))


def is_killed(trial: Trial, module: str, free: SimpleQueue[Path]) -> bool:
    """The tests beside the module come first, in a run of their own: most mutants need no other."""
    checkout = free.get()
    (checkout / module).write_text(trial.mutant.source)
    stages = [tests for tests in (trial.tests[:1], trial.tests[1:]) if tests]
    try:
        return not all(passes(checkout, tests, trial.seconds, compiling=False) for tests in stages)
    finally:
        shutil.copy2(module, checkout / module)
        free.put(checkout)


def run(module: str, trials: list[Trial], results: Results, jobs: int) -> None:
    """Tries those that have no result yet."""
    missing = [trial for trial in trials if results.is_killed(trial) is None]
    if not missing:
        return
    tests = {test for trial in missing for test in trial.tests}
    seconds = sum(trial.seconds for trial in missing)
    with checkouts(jobs, tests, seconds) as free, ThreadPoolExecutor(jobs) as pool:
        outcomes = pool.map(partial(is_killed, module=module, free=free), missing)
        for trial, killed in zip(missing, outcomes, strict=True):
            results.add(trial, killed)


def show(module: str, trials: list[Trial], results: Results) -> None:
    """A line for the module, and one for each survivor."""
    survivors = [trial.mutant for trial in trials if not results.is_killed(trial)]
    killed = len(trials) - len(survivors)
    print(f"{module:50} {len(trials):4} mutants, {killed:4} killed, "
          f"{len(survivors):3} survived, {100 * killed / len(trials):3.0f} %")  # fmt: skip
    source = Path(module).read_text()
    for mutant in survivors:
        print(f"  {module}:{mutant.line}: {changed_line(source, mutant)}", flush=True)


def modules(paths: Sequence[Path]) -> list[str]:
    """The files, and the files in the folders."""
    found = [sorted(path.rglob("*.py")) if path.is_dir() else [path] for path in paths]
    return [path.as_posix() for files in found for path in files]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("paths", nargs="+", type=Path, help="modules, or folders of modules")
    parser.add_argument("--sample", type=int, help="mutants of each module; default: all")
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    CACHE.mkdir(parents=True, exist_ok=True)
    results = Results(CACHE / "results.jsonl")
    for module in modules(arguments.paths):
        near = Path("tests", Path(module).parts[0]).rglob("test_*.py")
        reach = reach_of(sorted(test.as_posix() for test in near), CACHE / "reach.json")
        trials = trials_of(module, arguments.sample, arguments.seed, reach)
        if trials:
            run(module, trials, results, arguments.jobs)
            show(module, trials, results)


if __name__ == "__main__":
    main()
