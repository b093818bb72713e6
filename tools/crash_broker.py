"""Brokers that can be killed: started again on the same port and data, and the start is timed."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from compat_tests.brokers import free_ports
from compat_tests.reference import RealKafka
from kbroker.cli.raw_client import RawClient
from tools.bench.subjects import CHECKOUT, caching_bytecode
from tools.process_costs import cpu_seconds
from wire.messages.api_versions import ApiVersionsRequest

START_TIMEOUT_S = 60


class Start(NamedTuple):
    """From the start of the process to its first answer; ``cpu_ms`` is what the process itself
    used of a processor until then, which tells a slow start from a busy machine."""

    wall_ms: float
    cpu_ms: float


class KillableBroker(Protocol):
    name: str
    bootstrap: str
    data_dir: Path | None

    def start(self) -> Start:
        """Returns when the broker has answered a request."""

    def kill(self) -> None: ...

    def stop(self) -> None:
        """Ends it as a user does, and waits."""

    def start_and_kill(self, after_s: float) -> None:
        """Dies in the middle of its start, or soon after it."""

    def remove(self) -> None: ...

    def logs(self) -> str: ...


class KillableKbroker:
    """``data_dir`` and the port stay the same from start to start."""

    name = "kbroker"
    module: Sequence[str] = ("kbroker",)  # and what it takes before the command

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="kbroker-crash-"))
        self.data_dir: Path | None = self._folder / "data"
        self._log = self._folder / "log"
        [self._port] = free_ports(1)
        self.bootstrap = f"127.0.0.1:{self._port}"
        self._process: subprocess.Popen[bytes] | None = None

    def _launch(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", *self.module, "serve", "--host", "127.0.0.1"]
        command += ["--port", str(self._port), "--data-dir", str(self.data_dir)]
        command += ["--ready-file", str(self._folder / "ready")]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=CHECKOUT, env=caching_bytecode(), stdout=log, stderr=log
            )
        return self._process

    def start(self) -> Start:
        began = time.monotonic()
        process = self._launch()
        _first_answer(self.bootstrap, process)
        return Start((time.monotonic() - began) * 1000, cpu_seconds(process.pid) * 1000)

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.wait()

    def start_and_kill(self, after_s: float) -> None:
        self._launch()
        time.sleep(after_s)
        self.kill()

    def remove(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def logs(self) -> str:
        return self._log.read_text(errors="replace")


class KillableKafka:
    """The real Kafka in its container; only its log tells when it serves."""

    name = "kafka"
    data_dir: Path | None = None

    def __init__(self) -> None:
        began = time.monotonic()
        self._kafka = RealKafka()
        self._first_start = Start((time.monotonic() - began) * 1000, 0)
        self.bootstrap = self._kafka.bootstrap
        self._started = False

    def start(self) -> Start:
        if not self._started:
            self._started = True
            return self._first_start
        began = time.monotonic()
        self._kafka.restart()
        _first_answer(self.bootstrap, None)
        return Start((time.monotonic() - began) * 1000, 0)

    def kill(self) -> None:
        self._kafka.kill()

    def stop(self) -> None:
        """Killed, too: its container is known to serve only by the count of its starts."""
        self._kafka.kill()

    def start_and_kill(self, after_s: float) -> None:
        """Left out: its container is known to serve only by the count of its starts."""

    def remove(self) -> None:
        self._kafka.remove()

    def logs(self) -> str:
        return self._kafka.logs()


BROKERS: dict[str, type[KillableKbroker] | type[KillableKafka]] = {
    "kbroker": KillableKbroker,
    "kafka": KillableKafka,
}


def _first_answer(bootstrap: str, process: subprocess.Popen[bytes] | None) -> None:
    """Asks until somebody answers; the pause between two attempts is part of what is measured."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        try:
            client = RawClient(bootstrap, START_TIMEOUT_S)
        except OSError:
            if process is not None and process.poll() is not None:
                raise RuntimeError("the broker ended at its start") from None
            time.sleep(0.001)
            continue
        try:
            client.ask(ApiVersionsRequest(), 0)
            return
        except (ConnectionError, TimeoutError):
            time.sleep(0.001)
        finally:
            client.close()
    raise TimeoutError(f"the broker did not answer within {START_TIMEOUT_S} s")
