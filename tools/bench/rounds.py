"""Alternating rounds of one case: every broker once in each, so that a machine that changes its
speed changes it for all."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from compat_tests.brokers import NotRunError
from tools.bench.checks import CheckError
from tools.bench.run import Case, Figures, Run
from tools.bench.subjects import Subject

WARM_UP_PART = 10
# A broker that is slow gets less to do, so that a run ends.
MOST_SECONDS = 10.0

Starts = Mapping[str, Callable[[], Subject]]  # name of a broker → what starts it


@dataclass
class Measured:
    """``samples``: figure → broker → values. ``failed``: broker → why it has no figures here."""

    samples: dict[str, dict[str, list[float]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    failed: dict[str, str] = field(default_factory=dict)


def measured(name: str, case: Case, starts: Starts, rounds: int, storeless: set[str]) -> Measured:
    """A case gets brokers of its own: no log and no memory of earlier ones. ``storeless`` are those
    that store nothing. The first, shorter round warms up and does not count."""
    found = Measured()
    with ExitStack() as started:
        runs: dict[str, Run] = {}
        for broker, start in starts.items():
            with _noted(found, broker):
                subject = start()
                started.callback(subject.remove)
                runs[broker] = Run(subject, broker not in storeless, start)
        amounts = dict.fromkeys(runs, case.amount)
        for turn in range(rounds + 1):
            for broker in list(runs)[:: 1 if turn % 2 else -1]:  # nobody is always first
                if broker in found.failed:
                    continue
                with _noted(found, broker):
                    if turn:
                        _count(found, name, broker, case.measure(runs[broker], amounts[broker]))
                    elif not case.fixed:
                        amounts[broker] = _warm_up(case, runs[broker])
    return found


@contextmanager
def _noted(found: Measured, broker: str) -> Iterator[None]:
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
