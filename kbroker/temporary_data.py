"""The data of a broker without ``--data-dir``: a temporary folder that goes with the broker."""

from __future__ import annotations

import contextlib
import os

from storage import OsFilesystem

PREFIX = "kbroker-data-"


def new_folder() -> str:
    """A new folder; those that killed brokers left behind are removed first."""
    import tempfile  # only here: with shutil it takes 5 ms to import

    root = tempfile.gettempdir()
    for name in os.listdir(root):
        if name.startswith(PREFIX):
            _sweep(os.path.join(root, name))
    return tempfile.mkdtemp(prefix=PREFIX)


def remove(folder: str) -> None:
    """Removes as much of it as can be."""
    import shutil

    shutil.rmtree(folder, ignore_errors=True)


def _sweep(folder: str) -> None:
    """Removes a folder unless a living broker holds its lock."""
    with contextlib.suppress(OSError):
        lock = OsFilesystem().lock(f"{folder}/.lock")
        remove(folder)
        lock.close()
