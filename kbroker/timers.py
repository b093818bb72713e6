"""Deadlines by key. The owner of the Timers calls ``expire``, which runs what is due."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Hashable
from itertools import count

Callback = Callable[[], None]

_FEW = 64  # so many cancelled entries may stay in the heap in any case


class Timers:
    """One deadline per key, in milliseconds of ``Clock.monotonic_ms``.

    Each heartbeat of a session moves its deadline, so moving one to a later time is common. It only
    costs a dict entry: the heap keeps the old time, and when that is reached the entry is moved to
    its new time.
    """

    __slots__ = ("_entries", "_heap", "_serial")

    def __init__(self) -> None:
        self._entries: dict[Hashable, tuple[float, Callback]] = {}
        self._heap: list[tuple[float, int, Hashable]] = []
        self._serial = count()  # keeps equal deadlines in order of scheduling

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._entries

    def schedule(self, key: Hashable, deadline_ms: float, callback: Callback) -> None:
        """Sets the deadline of ``key``; replaces an earlier one."""
        old = self._entries.get(key)
        self._entries[key] = (deadline_ms, callback)
        if old is None or deadline_ms < old[0]:
            heapq.heappush(self._heap, (deadline_ms, next(self._serial), key))

    def cancel(self, key: Hashable) -> None:
        """Removes the deadline of ``key``, if it has one."""
        self._entries.pop(key, None)
        if len(self._heap) > 2 * len(self._entries) + _FEW:
            self._drop_cancelled()

    def _drop_cancelled(self) -> None:
        """Removes cancelled entries from the heap. Otherwise thousands of closed connections would
        each leave an entry there for ten minutes (connections.max.idle.ms)."""
        earliest: dict[Hashable, tuple[float, int, Hashable]] = {}
        for item in sorted(self._heap):
            if item[2] in self._entries:
                earliest.setdefault(item[2], item)
        self._heap = list(earliest.values())  # sorted, and so a heap

    def deadline(self, key: Hashable) -> float | None:
        entry = self._entries.get(key)
        return None if entry is None else entry[0]

    def next_deadline(self) -> float | None:
        """The time at which to call ``expire`` next; None without deadlines."""
        while self._heap:
            deadline, _, key = self._heap[0]
            if key in self._entries:
                return deadline
            heapq.heappop(self._heap)
        return None

    def expire(self, now_ms: float) -> int:
        """Runs what is due, earliest first; returns how many ran.

        What a callback schedules runs in the next call at the earliest: a timer that schedules
        itself again must not keep the loop from its sockets.
        """
        if not self._heap or self._heap[0][0] > now_ms:
            return 0
        begun = next(self._serial)
        postponed: list[tuple[float, int, Hashable]] = []
        try:
            return self._expire(now_ms, begun, postponed)
        finally:  # also when a callback fails: the others keep their time
            for item in postponed:
                heapq.heappush(self._heap, item)

    def _expire(
        self, now_ms: float, begun: int, postponed: list[tuple[float, int, Hashable]]
    ) -> int:
        fired = 0
        while self._heap and self._heap[0][0] <= now_ms:
            deadline, serial, key = heapq.heappop(self._heap)
            if serial > begun:
                postponed.append((deadline, serial, key))
                continue
            entry = self._entries.get(key)
            if entry is None:
                continue
            if entry[0] > deadline:
                heapq.heappush(self._heap, (entry[0], serial, key))
                continue
            del self._entries[key]
            fired += 1
            entry[1]()
        return fired
