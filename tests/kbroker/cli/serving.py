"""Brokers in processes of their own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def serving(folder: Path, *words: str) -> Iterator[str]:
    """The address of a broker."""
    ready = folder / "ready"
    process = subprocess.Popen(
        [sys.executable, "-m", "kbroker", "--port", "0", "--ready-file", str(ready), *words],
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.readline()
    try:
        yield ready.read_text().strip()
    finally:
        process.terminate()
        process.communicate(timeout=30)
