"""A broker starts fast because it imports little."""

from __future__ import annotations

import os
import subprocess
import sys

# Each costs milliseconds or megabytes, and no broker needs it to serve.
NEVER_AT_START = {
    "asyncio", "kafka", "construct", "docker", "confluent_kafka", "aiokafka", "hypothesis",
    "lz4", "zstandard", "cramjam", "numpy", "ssl", "multiprocessing", "concurrent.futures",
    "http", "email", "unittest", "inspect", "dataclasses", "importlib.metadata",
}  # fmt: skip


def test_imports_of_a_broker() -> None:
    """What ``kbroker serve`` loads before it serves."""
    program = (
        "import sys; import kbroker.cli.serve; import kbroker.cli; print('\\n'.join(sys.modules))"
    )
    # In `make coverage` every process would load coverage.
    environment = {name: value for name, value in os.environ.items() if "COVERAGE" not in name}
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip

    assert NEVER_AT_START & set(done.stdout.split()) == set()
