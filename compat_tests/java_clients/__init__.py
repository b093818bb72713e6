"""Java clients of years past, which a 4.3.1 still serves: do they notice a difference?

python -m compat_tests.java_clients HOST:PORT [VERSION...]
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from compat_tests import java

PROGRAM = Path(__file__).parent / "Everyday.java"
# The program has the words of 2.3 to 3.9; clients of 4.3.1 are in transforms/ and Kafka's tools.
VERSIONS = ("2.3.1", "2.8.2", "3.4.1", "3.9.2")
LIMIT_S = 120


def everyday(bootstrap: str, version: str) -> list[str]:
    """A line of what came of each step of an everyday program. Raises NotRunError."""
    name = f"everyday-{version}"
    done = subprocess.run(
        [*java.command(PROGRAM, f"kafka-clients:{version}"), bootstrap, name],
        capture_output=True, text=True, timeout=LIMIT_S, check=False,
    )  # fmt: skip
    return [*done.stdout.splitlines(), f"ended with {done.returncode}"]
