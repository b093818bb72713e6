"""Brokers in processes of their own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from select import select
from typing import Any

PATIENCE_S = 20


def first_line(process: subprocess.Popen[Any]) -> Any:
    """What the process prints first; nothing where it ends before that."""
    assert process.stdout is not None
    readable, _, _ = select([process.stdout], [], [], PATIENCE_S)
    assert readable, f"the process printed nothing within {PATIENCE_S} seconds"
    return process.stdout.readline()


@contextmanager
def serving(folder: Path, *words: str) -> Iterator[str]:
    """The address of a broker."""
    ready = folder / "ready"
    process = subprocess.Popen(
        [sys.executable, "-m", "kbroker", "--port", "0", "--ready-file", str(ready), *words],
        stdout=subprocess.PIPE,
    )
    try:
        assert first_line(process), "the broker ended instead of starting"
        yield ready.read_text().strip()
    finally:
        process.terminate()
        process.communicate(timeout=30)
