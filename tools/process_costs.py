"""What a process and its children cost: processor time and memory, as /proc tells."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_RESET_PEAK = "5"


def process_tree(pid: int) -> list[int]:
    """The process and all below it."""
    found = [pid]
    for parent in found:
        for task in Path(f"/proc/{parent}/task").iterdir():
            with suppress(FileNotFoundError):  # a thread that has just ended
                found += map(int, (task / "children").read_text().split())
    return found


def cpu_seconds(pid: int) -> float:
    """User and system time so far, also of children that have ended."""
    ticks = 0
    for each in process_tree(pid):
        fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        ticks += sum(map(int, fields[11:15]))
    return ticks / TICKS_PER_SECOND


def resident_kb(pid: int) -> int:
    """The memory in use now."""
    return sum(_memory_kb(each, "VmRSS:") for each in process_tree(pid))


def _memory_kb(pid: int, field: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1])
    raise RuntimeError(f"process {pid} has no memory")


class Meter:
    """``cpu_s`` and ``peak_kb`` of the time in which it was last entered.

    The kernel keeps the peak of each process, so nothing has to be sampled meanwhile.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.cpu_s = 0.0
        self.peak_kb = 0

    def __enter__(self) -> Meter:
        for each in process_tree(self._pid):
            Path(f"/proc/{each}/clear_refs").write_text(_RESET_PEAK)
        self._cpu_s_before = cpu_seconds(self._pid)
        return self

    def __exit__(self, *_: object) -> None:
        self.cpu_s = cpu_seconds(self._pid) - self._cpu_s_before
        self.peak_kb = sum(_memory_kb(each, "VmHWM:") for each in process_tree(self._pid))
