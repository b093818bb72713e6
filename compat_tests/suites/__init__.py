"""The clients' own test suites, unmodified, against any broker.

A suite is fetched into `.cache/`, run as its makers run it, and told as outcomes by test.  What
passes on a real Kafka has to pass on kbroker; what Kafka itself does not pass says nothing of us.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

PASSED = "passed"
CACHE = Path(__file__).parent.parent.parent / ".cache" / "suites"
# kafka-python's suite takes for granted that its broker is this one.
NODE_ID = 0

# What became of every test of a suite, by its own name.
Outcomes = dict[str, str]


def shortfall(suite: Callable[[str], Outcomes], reference: str, candidate: str) -> list[str]:
    """What of a suite passes on the first of two brokers and not on the second, a line a test."""
    with ThreadPoolExecutor(2) as pool:
        expected, found = pool.map(suite, (reference, candidate))
    passed = [name for name, outcome in expected.items() if outcome == PASSED]
    assert passed, f"the reference passes nothing: {expected}"
    return [
        f"{name}: {found.get(name, 'did not report')}"
        for name in passed
        if found.get(name) != PASSED
    ]
