"""The brokers that the benchmarks compare."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

CHECKOUT = Path(__file__).parent.parent


class Subject(Protocol):
    """A running broker; ``pid`` is the process that does the work."""

    name: str
    bootstrap: str
    pid: int

    def remove(self) -> None: ...


class ProcessSubject:
    """A broker of ours in a process of its own, with a folder that goes with it. ``checkout`` is
    where its code is."""

    def __init__(
        self, name: str, words: list[str], *, data: bool = True, checkout: Path = CHECKOUT
    ) -> None:
        self.name = name
        self._folder = Path(tempfile.mkdtemp(prefix="kbroker-bench-"))
        ready = self._folder / "ready"
        command = [sys.executable, "-m", *words, "--port", "0", "--ready-file", str(ready)]
        if data:
            command += ["--data-dir", str(self._folder / "data")]
        self._process = subprocess.Popen(
            command, cwd=checkout, env=caching_bytecode(),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.pid = self._process.pid
        deadline = time.monotonic() + 20
        while not ready.exists() or not ready.read_text().strip():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{name} did not start: {' '.join(command)}")
            time.sleep(0.002)
        self.bootstrap = ready.read_text().strip()

    def remove(self) -> None:
        self._process.kill()
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)


def caching_bytecode() -> dict[str, str]:
    """The environment, but for what would keep a process from caching its bytecode: starts are
    measured as they are for users, who start more than once."""
    return {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


SERVE = ["kbroker", "serve", "--host", "127.0.0.1"]


class CommitSubject(ProcessSubject):
    """The broker of another commit, in a checkout that goes with it."""

    def __init__(self, commit: str) -> None:
        self._checkout = checkout_of(commit)
        super().__init__(commit, SERVE, checkout=Path(self._checkout.name))

    def remove(self) -> None:
        super().remove()
        self._checkout.cleanup()


def checkout_of(commit: str) -> tempfile.TemporaryDirectory[str]:
    """A folder with the files of a commit."""
    folder = tempfile.TemporaryDirectory(prefix="kbroker-commit-", ignore_cleanup_errors=True)
    archive = subprocess.run(
        ["git", "archive", commit], cwd=CHECKOUT, check=True, capture_output=True
    )
    subprocess.run(["tar", "-x", "-C", folder.name], input=archive.stdout, check=True)
    return folder


class ContainerSubject:
    """The real Kafka, as the compatibility suite starts it."""

    def __init__(self, name: str, **settings: str) -> None:
        from compat_tests.reference import RealKafka

        self.name = name
        self._kafka = RealKafka(settings)
        self.bootstrap = self._kafka.bootstrap
        self.pid = listening_pid(int(self.bootstrap.rpartition(":")[2]))

    def remove(self) -> None:
        self._kafka.remove()


SUBJECTS: dict[str, Callable[[], Subject]] = {
    "kbroker": lambda: ProcessSubject("kbroker", SERVE),
    "kafka": lambda: ContainerSubject("kafka"),
    "floor": lambda: ProcessSubject("floor", ["tools.floor_broker"], data=False),
    # Acknowledged is on the disk: what the others leave to the operating system.
    "batch": lambda: ProcessSubject("batch", [*SERVE, "--fsync", "batch"]),
    "always": lambda: ProcessSubject("always", [*SERVE, "--fsync", "always"]),
    "flush=1": lambda: ContainerSubject("flush=1", **{"log.flush.interval.messages": "1"}),
}


def start_subject(name: str) -> Subject:
    """One of ``SUBJECTS``, or the broker of the commit with that name."""
    return SUBJECTS[name]() if name in SUBJECTS else CommitSubject(name)


def listening_pid(port: int) -> int:
    """The process that listens on a TCP port of this machine."""
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                inodes.add(f"socket:[{fields[9]}]")
    for folder in Path("/proc").glob("[0-9]*/fd/*"):
        with contextlib.suppress(OSError):
            if os.readlink(folder) in inodes:
                return int(folder.parts[2])
    raise RuntimeError(f"nobody listens on port {port}")
