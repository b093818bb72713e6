"""node-rdkafka's own end-to-end tests, from its package in npm's registry.

    python -m compat_tests.suites.node_rdkafka HOST:PORT [FILE...]

The package carries its tests and the librdkafka that it is built with.  Every file of tests is a
process by itself, one after the other: they share topics, and say what is in them.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from compat_tests.brokers import NotRunError
from compat_tests.suites import CACHE, PASSED, Outcomes

VERSION = "3.6.1"
MOCHA_VERSION = "10.8.2"
SPECS = ("admin", "both", "consumer", "groups", "producer-transaction", "producer")
# What the makers' `run_docker.sh` creates before the tests.
TOPICS = ("test", "test2", "test3", "test4", "test5", "test6")
TEST_LIMIT_S = 30
SPEC_LIMIT_S = 180

CREATE_TOPICS = """
const client = require('./').AdminClient.create({'metadata.broker.list': process.env.KAFKA_HOST});
const create = (topic) => new Promise((created) =>
  client.createTopic({topic, num_partitions: 1, replication_factor: 1}, created));
Promise.all(process.argv.slice(1).map(create)).then(() => client.disconnect());
"""


def fetch() -> Path:
    """The folder of the built package; NotRunError says what is missing for it."""
    folder = CACHE / f"node-rdkafka-{VERSION}"
    if not folder.exists():
        for program in ("node", "npm", "c++", "make"):
            if shutil.which(program) is None:
                raise NotRunError(f"no {program}: node-rdkafka's tests cannot be built")
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as work:
            built = Path(work) / folder.name
            build(built)
            with contextlib.suppress(OSError):  # another worker was faster
                built.rename(folder)
    return folder / "node_modules" / "node-rdkafka"


def build(folder: Path) -> None:
    """Install what the tests need; npm compiles the package by itself."""
    command = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder)]
    command += [f"node-rdkafka@{VERSION}", f"mocha@{MOCHA_VERSION}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode or not list(folder.glob("node_modules/node-rdkafka/build/Release/*.node")):
        raise NotRunError(f"node-rdkafka {VERSION} cannot be built: {done.stderr[-300:]}")


def run(bootstrap: str, specs: tuple[str, ...] = SPECS) -> Outcomes:
    """What became of every end-to-end test on this broker."""
    folder = fetch()
    environment = os.environ | {"KAFKA_HOST": bootstrap}
    subprocess.run(
        ["node", "-e", CREATE_TOPICS, *TOPICS],
        cwd=folder, env=environment, timeout=TEST_LIMIT_S, check=True,
    )  # fmt: skip
    told: Outcomes = {}
    for spec in specs:
        told |= outcomes(spec, folder, environment)
    return told


def outcomes(spec: str, folder: Path, environment: dict[str, str]) -> Outcomes:
    """One file of tests.  A test that ran into a limit of the file did not report."""
    with tempfile.TemporaryDirectory() as work:
        report = Path(work) / "report.json"
        command = [str(folder.parent / ".bin" / "mocha"), "--exit", f"--timeout={TEST_LIMIT_S}s"]
        command += ["--reporter=json", f"--reporter-option=output={report}", f"e2e/{spec}.spec.js"]
        with contextlib.suppress(subprocess.TimeoutExpired):
            subprocess.run(
                command, cwd=folder, env=environment, timeout=SPEC_LIMIT_S,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
            )  # fmt: skip
        tests = json.loads(report.read_text())["tests"] if report.exists() else []
    return {f"{spec}: {test['fullTitle']}": outcome(test) for test in tests}


def outcome(test: dict[str, Any]) -> str:
    """A test as mocha's report tells it; a failure comes with its message, in one line."""
    if not test["err"]:
        return PASSED
    return f"failed: {' '.join(test['err'].get('message', '').split())[:300]}"


if __name__ == "__main__":
    found = run(sys.argv[1], tuple(sys.argv[2:]) or SPECS)
    sys.stdout.writelines(f"{test}  {told}\n" for test, told in found.items())
