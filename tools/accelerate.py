"""Compiles the modules of the hot path, from the same sources, beside them: the accelerator.

    python -m tools.accelerate            needs a C compiler and kbroker[fast]; takes a minute
    python -m tools.accelerate --remove

Python imports the compiled modules in place of the sources from then on. Those who change a source
compile again, or remove; the tests refuse to run with a compiled module that is older than its
source. mypyc compiles what mypy has checked; generated codecs and all other modules stay as they
are.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

ROOT = Path(__file__).parent.parent
# What a Produce, a Fetch, an OffsetCommit and their answers go through.
MODULES = [
    "kbroker/connection_info.py",
    "kbroker/context.py",
    "kbroker/coordinator/group/group_shard.py",
    "kbroker/coordinator/group/offsets.py",
    "kbroker/coordinator/group/pending_offsets.py",
    "kbroker/coordinator/group/records.py",
    "kbroker/coordinator/runtime.py",
    "kbroker/coordinator/shard.py",
    "kbroker/dispatch.py",
    "kbroker/handlers/fetch.py",
    "kbroker/handlers/produce.py",
    "kbroker/isolation.py",
    "kbroker/network/connection.py",
    "kbroker/network/inbox.py",
    "kbroker/network/loop.py",
    "kbroker/replicas/commit_waiters.py",
    "kbroker/replicas/coordinator_log.py",
    "kbroker/replicas/durability.py",
    "kbroker/replicas/fetch_sessions.py",
    "kbroker/replicas/fetcher.py",
    "kbroker/replicas/partition.py",
    "kbroker/replicas/partition_read.py",
    "kbroker/replicas/purgatory.py",
    "kbroker/session.py",
    "kbroker/timers.py",
    "storage/local_log.py",
    "storage/log.py",
    "storage/offset_index.py",
    "storage/producer_state.py",
    "storage/reader.py",
    "storage/results.py",
    "storage/segment.py",
    "storage/segments.py",
    "storage/sparse_index.py",
    "storage/time_index.py",
    "storage/validator.py",
    "wire/headers.py",
    "wire/primitives.py",
    "wire/records/batch.py",
    "wire/records/builder.py",
    "wire/records/legacy.py",
    "wire/records/varint.py",
]


def compiled() -> list[Path]:
    """The files that Python imports in place of sources, and the library that they share."""
    found = [ROOT / module.removesuffix(".py") for module in MODULES]
    beside = [path.with_name(path.name + EXTENSION_SUFFIXES[0]) for path in found]
    shared = [*ROOT.glob(f"*__mypyc{EXTENSION_SUFFIXES[0]}")]
    return [path for path in (*beside, *shared) if path.exists()]


def stale() -> list[str]:
    """The modules whose source is newer than what was compiled of it."""
    return [
        module
        for module in MODULES
        if (library := (ROOT / module).with_suffix(EXTENSION_SUFFIXES[0])).exists()
        and library.stat().st_mtime < (ROOT / module).stat().st_mtime
    ]


def remove() -> None:
    for path in compiled():
        path.unlink()


def accelerate() -> None:
    try:
        from mypyc.build import mypycify
        from setuptools import Distribution
        from setuptools.command.build_ext import build_ext
    except ImportError:
        sys.exit("the compiler is not installed: pip install 'kbroker[fast]'")
    remove()
    os.chdir(ROOT)
    with tempfile.TemporaryDirectory(prefix="kbroker-accelerate-") as folder:
        options = ["--config-file=", "--ignore-missing-imports", "--explicit-package-bases"]
        extensions = mypycify([*options, *MODULES], opt_level="3", target_dir=folder)
        command = build_ext(Distribution({"name": "kbroker", "ext_modules": extensions}))
        command.inplace, command.build_temp, command.build_lib = True, folder, folder
        command.ensure_finalized()
        command.run()
    print(f"{len(MODULES)} modules are compiled; python -m tools.accelerate --remove goes back")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--remove", action="store_true")
    if parser.parse_args().remove:
        remove()
    else:
        accelerate()


if __name__ == "__main__":
    main()
