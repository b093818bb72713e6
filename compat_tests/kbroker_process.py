"""kbroker under test: `python -m kbroker serve` in a process of its own, as a user starts it."""

from __future__ import annotations

import atexit
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from compat_tests.brokers import free_ports, wait_until

CHECKOUT = Path(__file__).parent.parent


class KbrokerProcess:
    """One kbroker on a port of its own, with a data folder that outlives kill and restart."""

    name = "kbroker"

    def __init__(self, settings: dict[str, str] | None = None, node_id: int = 1) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="kbroker-compat-"))
        self.data_dir = self._folder / "data"
        self._ready_file = self._folder / "ready"
        self._log = self._folder / "log"
        self._settings = {"node.id": str(node_id)} | (settings or {})
        [self._port] = free_ports(1)
        self.bootstrap = f"127.0.0.1:{self._port}"
        atexit.register(self.remove)
        self._start()

    def _start(self) -> None:
        self._ready_file.unlink(missing_ok=True)
        command = [
            sys.executable,
            "-m",
            "kbroker",
            "serve",
            "--host",
            "127.0.0.1",
            "--port",
            str(self._port),
        ]
        command += ["--data-dir", str(self.data_dir), "--ready-file", str(self._ready_file)]
        for key, value in self._settings.items():
            command += ["-c", f"{key}={value}"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, cwd=CHECKOUT, stdout=log, stderr=log)

        def serving() -> bool:
            if self._process.poll() is not None:
                raise RuntimeError(f"kbroker ended at start:\n{self.logs()}")
            return self._ready_file.exists() and self._ready_file.read_text().strip() != ""

        wait_until(serving, 20, "kbroker serves")

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(timeout=30)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(timeout=10)

    def restart(self) -> None:
        self._start()

    def remove(self) -> None:
        atexit.unregister(self.remove)
        if self._process.poll() is None:
            self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def logs(self) -> str:
        return self._log.read_text(errors="replace")[-6000:]
