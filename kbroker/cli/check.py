"""``kbroker check``: is the data of a stopped broker whole? It is read, and never written."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from typing import NamedTuple

from kbroker.cli import Failure
from kbroker.cli.output import add_output, show
from kbroker.cli.progress import progress
from kbroker.cli.words import word
from kbroker.settings.broker_settings import BrokerSettings
from kbroker.settings.topic_settings import log_config
from storage import CorruptBatch, Log, LogDir, LogDirLocked, MetaProperties, StorageError
from storage.checkpoints import (
    HIGH_WATERMARK_FILE,
    LOG_START_FILE,
    RECOVERY_POINT_FILE,
    read_offsets,
)
from storage.read_only import ReadOnlyFilesystem
from wire.uuids import ZERO_UUID

SHOWN_PER_LOG = 10
INDEXES = (".index", ".timeindex", ".txnindex")
EMPTY_CHECKPOINT = b"0\n0\n"
NOBODY = MetaProperties("", -1, "")


class Problem(NamedTuple):
    log: str
    problem: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder", type=word, metavar="DIR", help="folder that serve was given as --data-dir"
    )
    add_output(parser)


def run(arguments: argparse.Namespace) -> int:
    folder = os.path.abspath(arguments.folder)
    if not os.path.exists(f"{folder}/meta.properties"):
        raise Failure(f"{arguments.folder} is no data directory: it has no meta.properties")
    filesystem = ReadOnlyFilesystem()
    log_dir = LogDir(folder, filesystem)
    try:
        log_dir.open(NOBODY)
    except LogDirLocked:
        raise Failure(f"a broker runs on {arguments.folder}; stop it first") from None
    except StorageError as error:
        raise Failure(str(error)) from None
    found = list(log_dir.topic_partitions())
    sizes = [_bytes(f"{folder}/{topic}-{partition}") for topic, partition, _ in found]
    problems = []
    with progress(sum(sizes), "B") as advance:
        for (topic, partition, topic_id), size in zip(found, sizes, strict=True):
            name = f"{topic}-{partition}"
            texts = _problems_of(log_dir, topic, partition, topic_id or ZERO_UUID)
            problems += [Problem(name, _shortened(text, folder, name)) for text in texts]
            advance(size)
    problems += _checkpoints(filesystem, folder)
    problems += _cuts(filesystem, folder, clean=log_dir.was_clean)
    log_dir.close({}, clean=False)
    facts = {
        "folder": folder,
        "clean_stop": log_dir.was_clean,
        "logs": len(found),
        "bytes": sum(sizes),
        "problems": [problem._asdict() for problem in problems],
    }
    show(arguments, facts, _lines(problems, f"{len(found)} logs, {sum(sizes)} bytes"))
    return 1 if problems else 0


def _bytes(folder: str) -> int:
    return sum(entry.stat().st_size for entry in os.scandir(folder) if entry.name.endswith(".log"))


def _problems_of(log_dir: LogDir, topic: str, partition: int, topic_id: bytes) -> Iterator[str]:
    now_ms = round(time.time() * 1000)
    try:
        log = log_dir.open_log(topic, partition, topic_id, log_config({}, BrokerSettings()), now_ms)
        yield from log.problems()
        yield from _high_watermark(log, log_dir.high_watermarks.get((topic, partition), 0))
    except (StorageError, CorruptBatch, OSError, ValueError) as error:
        yield f"it cannot be read: {error}"


def _shortened(text: str, folder: str, name: str) -> str:
    """Without what stands before it anyway."""
    return text.removeprefix(f"{name}: ").replace(f"{folder}/{name}/", "")


def _high_watermark(log: Log, checkpointed: int) -> Iterator[str]:
    if checkpointed > log.log_end_offset:
        yield f"the high watermark is {checkpointed}, the log ends at {log.log_end_offset}"


def _checkpoints(filesystem: ReadOnlyFilesystem, folder: str) -> Iterator[Problem]:
    for name in (RECOVERY_POINT_FILE, LOG_START_FILE, HIGH_WATERMARK_FILE):
        path = f"{folder}/{name}"
        if not filesystem.exists(path) or filesystem.read(path) == EMPTY_CHECKPOINT:
            continue
        if not read_offsets(filesystem, path):
            yield Problem(name, "it is damaged; a start does without it")


def _cuts(filesystem: ReadOnlyFilesystem, folder: str, *, clean: bool) -> Iterator[Problem]:
    """What the next start would cut off, as opening the logs did in memory."""
    for path, left in filesystem.cuts():
        log, _, name = path.removeprefix(f"{folder}/").rpartition("/")
        suffix = os.path.splitext(name)[1]
        if suffix == ".log":
            lost = os.path.getsize(path) - left
            yield Problem(log, f"{name}: no whole batch at {left}; a start cuts {lost} bytes off")
        elif suffix in INDEXES and clean:
            yield Problem(log, f"{name}: does not fit its log; a start makes it anew")


def _lines(problems: list[Problem], looked_at: str) -> Iterator[str]:
    shown: dict[str, int] = {}
    for log, text in problems:
        shown[log] = shown.get(log, 0) + 1
        if shown[log] <= SHOWN_PER_LOG:
            yield f"{log}: {text}"
    for log, count in shown.items():
        if count > SHOWN_PER_LOG:
            yield f"{log}: {count - SHOWN_PER_LOG} more; -o json has them all"
    yield f"{looked_at}: {f'problems: {len(problems)}' if problems else 'all is well'}"
