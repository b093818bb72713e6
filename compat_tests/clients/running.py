"""Members that run by themselves: they poll and commit until they leave, or are killed."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from compat_tests.clients.base import MemberOptions
from compat_tests.clients.kcat_adapter import KcatClient, KcatMember

CHECKOUT = Path(__file__).parent.parent.parent
# partition, offset, key, value
Seen = tuple[int, int, bytes | None, bytes | None]


class RunningMember(Protocol):
    """What it has been assigned now, and all that it ever got."""

    assigned: set[int]
    assignments: list[set[int]]
    seen: list[Seen]

    def leave(self) -> None: ...

    def kill(self) -> None: ...


def start_member(
    client: str, bootstrap: str, group: str, topic: str, options: MemberOptions
) -> RunningMember:
    if client == KcatClient.name:
        return KcatProcess(KcatClient(bootstrap).member(group, [topic], options))
    return MemberProcess(client, bootstrap, group, topic, options)


class MemberProcess:
    """A client library in a Python process (member.py)."""

    def __init__(
        self, client: str, bootstrap: str, group: str, topic: str, options: MemberOptions
    ) -> None:
        self.assigned: set[int] = set()
        self.assignments: list[set[int]] = []
        self.seen: list[Seen] = []
        module = [sys.executable, "-m", "compat_tests.clients.member"]
        arguments = [client, bootstrap, group, topic, json.dumps(asdict(options))]
        self._process = subprocess.Popen(
            module + arguments,
            cwd=CHECKOUT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            # A process that was killed may leave half a line: nothing has been told.
            if line.endswith("\n"):
                self._heard(json.loads(line))

    def _heard(self, said: Mapping[str, Any]) -> None:
        if "assigned" in said:
            self.assigned = set(said["assigned"])
            self.assignments.append(self.assigned)
        for partition, offset, *texts in said.get("got", ()):
            key, value = (None if text is None else base64.b64decode(text) for text in texts)
            self.seen.append((partition, offset, key, value))

    def leave(self) -> None:
        self._process.terminate()
        self._end()

    def kill(self) -> None:
        self._process.kill()
        self._end()

    def _end(self) -> None:
        try:
            self._process.wait(timeout=20)
        finally:
            self._process.kill()
            self._thread.join(timeout=5)
            assert self._process.stdout is not None
            self._process.stdout.close()


class KcatProcess:
    """kcat is a process already; a thread reads what it says."""

    def __init__(self, member: KcatMember) -> None:
        self.assigned: set[int] = set()
        self.assignments: list[set[int]] = []
        self.seen: list[Seen] = []
        self._member = member
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while not self._ending.is_set():
            got = self._member.poll(0.1)
            self.seen += [(one.partition, one.offset, one.key, one.value) for one in got]
            assigned = {partition for _, partition in self._member.assigned()}
            if assigned != self.assigned:
                self.assigned = assigned
                self.assignments.append(assigned)

    def leave(self) -> None:
        self._stop_reading()
        self._member.close()

    def kill(self) -> None:
        self._stop_reading()
        self._member.kill()

    def _stop_reading(self) -> None:
        self._ending.set()
        self._thread.join(timeout=5)
