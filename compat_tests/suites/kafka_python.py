"""kafka-python's own integration tests, from its source distribution.

    python -m compat_tests.suites.kafka_python HOST:PORT [CLIENT_VERSION]

The broker has to be node 0.  The distribution leaves out `test/__init__.py` and `test/service.py`
(which starts brokers, and is not used on one that runs already): stubs stand in for them.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from xml.etree import ElementTree

from compat_tests.brokers import NotRunError
from compat_tests.suites import CACHE, PASSED, Outcomes

VERSION = "3.0.12"
# The client speaks to the broker as to one of these versions.
CLIENT_VERSIONS = ("4.3", "2.4", "0.11")
MODULES = ("admin", "consumer", "producer")
# Access control lists need security.
LEFT_OUT = "acls"
SUITE_LIMIT_S = 540

SERVICE_STUB = '''
class SpawnedService:
    """Never started: the broker runs already."""


class ExternalService:
    def __init__(self, host, port):
        self.host, self.port = host, port
'''


def fetch() -> Path:
    """The folder of the unpacked source distribution; NotRunError when there is none to be had."""
    folder = CACHE / f"kafka_python-{VERSION}"
    if folder.exists():
        return folder
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as work:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", work]
        command += ["--no-binary", "kafka-python", f"kafka-python=={VERSION}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotRunError(f"no source of kafka-python {VERSION}: {done.stderr[-300:]}")
        [archive] = Path(work).glob("*.tar.gz")
        with tarfile.open(archive) as packed:
            packed.extractall(work, filter="data")
        unpacked = Path(work) / folder.name
        (unpacked / "test" / "__init__.py").touch()
        (unpacked / "test" / "service.py").write_text(SERVICE_STUB)
        with contextlib.suppress(OSError):  # another worker was faster
            unpacked.rename(folder)
    return folder


def run(bootstrap: str, client_version: str) -> Outcomes:
    """What became of every integration test on this broker."""
    folder = fetch()
    with tempfile.TemporaryDirectory() as work:
        report = Path(work) / "report.xml"
        environment = os.environ | {
            "KAFKA_URI": f"kafka://{bootstrap}",
            "KAFKA_VERSION": client_version,
            "KAFKA_ROOT": work,  # has to exist; nothing is started from it
            "PYTHONPATH": str(Path(__file__).parent),
        }
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "time_limit",
            "-k",
            f"not ({LEFT_OUT})",
        ]
        # The options of the distribution's own configuration need a plugin: time_limit replaces it.
        command += ["-o", "addopts=", "-o", "log_level=WARNING", f"--junit-xml={report}"]
        command += [f"test/integration/test_{module}_integration.py" for module in MODULES]
        with (Path(work) / "output").open("w+") as output:
            subprocess.run(
                command, cwd=folder, env=environment, timeout=SUITE_LIMIT_S,
                stdout=output, stderr=output, check=False,
            )  # fmt: skip
            if not report.exists():
                output.seek(0)
                raise RuntimeError(f"kafka-python's tests did not run:\n{output.read()[-3000:]}")
        return outcomes(report)


def outcomes(report: Path) -> Outcomes:
    """A JUnit report, by test.  A failure comes with its message, in one line."""
    told: Outcomes = {}
    for case in ElementTree.parse(report).iter("testcase"):
        name = f"{case.get('classname', '').rpartition('.')[2]}::{case.get('name')}"
        verdicts = [child for child in case if child.tag in ("failure", "error", "skipped")]
        for verdict in verdicts[:1]:
            message = " ".join(verdict.get("message", "").split())
            told[name] = f"{verdict.tag}: {message[:300]}"
        if not verdicts:
            told[name] = PASSED
    return told


if __name__ == "__main__":
    found = run(sys.argv[1], *(sys.argv[2:3] or CLIENT_VERSIONS[:1]))
    sys.stdout.writelines(f"{test}  {outcome}\n" for test, outcome in found.items())
