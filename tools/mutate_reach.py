"""Which functions each test file reaches: it is run once under coverage, and the result is kept.

The plugin part is loaded by ``python -m pytest -p tools.mutate_reach``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import coverage
import pytest
from hypothesis import Phase, settings

from tools.mutants import bodies

OUTPUT = "KBROKER_MUTATE_REACH"
PYTEST = [
    "-q", "--no-header", "--tb=no", "-x", "-p", "no:xdist", "-p", "no:cacheprovider",
    "-p", "tools.mutate_reach", "-W", "ignore::pytest.PytestAssertRewriteWarning",
]  # fmt: skip


class Reach(NamedTuple):
    """A test file: how long it ran, under coverage, and ``module:function`` of all it reached."""

    digest: str
    seconds: float
    functions: list[str]


class Measurement:
    """A pytest plugin: coverage of a run of test files, with each file as a context."""

    def __init__(self, output: Path) -> None:
        self._output = output
        self._coverage = coverage.Coverage(
            data_file=None, source=["wire", "storage", "kbroker"], config_file=False
        )
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._coverage.start()

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        name = item.path.relative_to(item.config.rootpath).as_posix()
        self._coverage.switch_context(name)
        began = time.process_time()
        yield
        self._seconds[name] += time.process_time() - began

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        self._coverage.stop()
        functions = self._functions(session.config.rootpath)
        found = {test: (seconds, functions[test]) for test, seconds in self._seconds.items()}
        self._output.write_text(json.dumps(found))

    def _functions(self, root: Path) -> defaultdict[str, list[str]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        data = self._coverage.get_data()
        for path in map(Path, data.measured_files()):
            tests = data.contexts_by_lineno(str(path))
            for name, lines in bodies(path.read_text()):
                for test in {test for line in lines for test in tests.get(line, ())}:
                    found[test].append(f"{path.relative_to(root).as_posix()}:{name}")
        return found


def pytest_configure(config: pytest.Config) -> None:
    # An example that fails is enough: to look for a smaller one takes minutes.
    settings.register_profile(
        "mutate", settings.get_profile("steady"), phases=[Phase.explicit, Phase.generate]
    )
    settings.load_profile("mutate")
    if OUTPUT in os.environ:
        config.pluginmanager.register(Measurement(Path(os.environ[OUTPUT])))


def digest_of(path: str) -> str:
    return sha256(Path(path).read_bytes()).hexdigest()[:16]


def reach_of(tests: list[str], cache: Path) -> dict[str, Reach]:
    """Of these test files; those that are new or have changed are run."""
    rows = json.loads(cache.read_text()) if cache.exists() else {}
    known = {test: Reach(*row) for test, row in rows.items()}
    digests = {test: digest_of(test) for test in tests}
    missing = [test for test in tests if test not in known or known[test].digest != digests[test]]
    if missing:
        print(f"measuring what {len(missing)} test files reach", file=sys.stderr)
        for test, (seconds, functions) in _measured(missing, cache.with_suffix(".new")).items():
            known[test] = Reach(digests[test], seconds, functions)
        cache.write_text(json.dumps(known, indent=0))
    return {test: known[test] for test in tests if test in known}


def _measured(tests: list[str], output: Path) -> dict[str, tuple[float, list[str]]]:
    command = [sys.executable, "-m", "pytest", *PYTEST, *tests]
    subprocess.run(command, env={**os.environ, OUTPUT: str(output)}, check=True, stdout=sys.stderr)
    found: dict[str, tuple[float, list[str]]] = json.loads(output.read_text())
    return found
