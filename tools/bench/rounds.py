"""Alternating rounds of one case: every broker once in each, so that a machine that changes its
speed changes it for all."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from compat_tests.brokers import NotRunError
from tools.bench.checks import CheckError
from tools.bench.run import Case, Figures, Run
from tools.bench.subjects import Subject

WARM_UP_PART = 10
# A broker that is slow gets less to do, so that a run ends.
MOST_SECONDS = 10.0

Starts = Mapping[str, Callable[[], Subject]]  # name of a broker → what starts it


class Brokers:
    """The brokers of a run, each started when it is first needed. One that failed in a case is
    started anew for the next. ``storeless`` are the names of those that store nothing."""

    def __init__(self, starts: Starts, storeless: Collection[str]) -> None:
        self._starts, self._storeless = starts, storeless
        self._runs: dict[str, Run] = {}

    def run(self, name: str) -> Run:
        """Raises NotRunError."""
        if name not in self._runs:
            start = self._starts[name]
            self._runs[name] = Run(start(), name not in self._storeless, start)
        return self._runs[name]

    def remove(self, name: str) -> None:
        if name in self._runs:
            self._runs.pop(name).subject.remove()

    def close(self) -> None:
        for name in list(self._runs):
            self.remove(name)


@dataclass
class Measured:
    """``samples``: figure → broker → values. ``failed``: broker → why it has no figures here."""

    samples: dict[str, dict[str, list[float]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    failed: dict[str, str] = field(default_factory=dict)


def measured(
    name: str, case: Case, brokers: Brokers, playing: Sequence[str], rounds: int
) -> Measured:
    """The figures of those that play. The first, shorter round warms up and does not count. Topics
    go with the measurement that made them, so that no broker grows."""
    found = Measured()
    amounts = dict.fromkeys(playing, case.amount)
    for turn in range(rounds + 1):
        for broker in playing[:: 1 if turn % 2 else -1]:  # nobody is always first
            if broker in found.failed:
                continue
            with _noted(found, broker, brokers):
                run = brokers.run(broker)
                os.sync()  # nobody waits for the disk because of what another has written
                if turn:
                    _count(found, name, broker, case.measure(run, amounts[broker]))
                elif not case.fixed:
                    amounts[broker] = _warm_up(case, run)
                run.delete_topics()
    return found


@contextmanager
def _noted(found: Measured, broker: str, brokers: Brokers) -> Iterator[None]:
    """A broker that fails in a case has no figures there."""
    try:
        yield
    except NotRunError as error:
        found.failed[broker] = f"not run: {error}"
    except CheckError as error:
        found.failed[broker] = f"check failed: {error}"
    except Exception as error:  # whatever a client library raises
        found.failed[broker] = f"check failed: {type(error).__name__}: {error}"
    else:
        return
    brokers.remove(broker)
    for by_broker in found.samples.values():
        by_broker.pop(broker, None)


def _warm_up(case: Case, run: Run) -> int:
    """The amount for the rounds that count."""
    part = max(case.amount // WARM_UP_PART, 1)
    began = time.perf_counter()
    case.measure(run, part)
    took_s = time.perf_counter() - began
    return max(min(case.amount, int(part * MOST_SECONDS / took_s)), part)


def _count(found: Measured, name: str, broker: str, figures: Figures) -> None:
    for unit, value in figures.items():
        found.samples[f"{name} {unit}"][broker].append(value)
