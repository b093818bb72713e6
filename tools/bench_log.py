"""Measures the storage engine: append, read, recover, open. ``tools/bench_log.py [folder]``.

The rates of large appends depend on how fast the kernel finds new pages for its cache; the line of
a bare pwrite before them tells what it is worth here and now.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter

from wire.uuids import ZERO_UUID

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from kbroker.settings.broker_settings import BrokerSettings
from kbroker.settings.topic_settings import log_config
from storage import AppendOrigin, Log, LogDir, MetaProperties, OsFilesystem, only_batch
from wire.records import BatchBuilder

NOW = 1_760_000_000_000
CONFIG = log_config({"max.message.bytes": str(8 << 20)}, BrokerSettings())


def batch(records: int, size: int, **fields: int) -> memoryview:
    """A batch as a produce request would bring it."""
    builder = BatchBuilder(**fields)  # type: ignore[arg-type]
    for _ in range(records):
        builder.append(NOW, None, os.urandom(size))
    return memoryview(builder.build())


def best(function: Callable[[], object], count: int, rounds: int = 5) -> float:
    """Seconds of one call, in the best of some rounds."""
    times = []
    for _ in range(rounds):
        start = perf_counter()
        for _ in range(count):
            function()
        times.append((perf_counter() - start) / count)
    return min(times)


def open_dir(path: str) -> LogDir:
    """The directory, opened."""
    log_dir = LogDir(path, OsFilesystem())
    log_dir.open(MetaProperties("bench", 1, "bench"))
    return log_dir


def open_log(log_dir: LogDir, partition: int = 0, topic: str = "t") -> Log:
    """A log of the directory."""
    return log_dir.open_log(topic, partition, ZERO_UUID, CONFIG, NOW)


def append(log: Log, data: memoryview) -> None:
    """One produced batch."""
    log.append(only_batch(data), leader_epoch=0, now_ms=NOW, origin=AppendOrigin.CLIENT)


def report(what: str, value: float, unit: str) -> None:
    """One line of the result."""
    print(f"{what:40}{value:9.2f} {unit}")


def bench_append(log: Log, path: str) -> None:
    """Small batches by the piece, large ones by the byte."""
    for records in (1, 10):
        data = batch(records, 100)
        seconds = best(partial(append, log, data), 10000)
        report(f"append {records} records of 100 B", seconds * 1e6, "us")
    log.truncate_fully_and_start_at(0, NOW)
    bare = OsFilesystem().open(f"{path}/bare")
    for records, size in ((1000, 1000), (160, 100), (10000, 100)):
        data = batch(records, size)
        seconds = best(lambda data=data: bare.write(bare.size(), (data,)), 100)  # type: ignore[misc]
        report(f"pwrite of {len(data)} bytes", len(data) / seconds / 1e9, "GB/s")
        seconds = best(partial(append, log, data), 100)
        report(f"append {records} records of {size} B", len(data) / seconds / 1e9, "GB/s")
    log.truncate_fully_and_start_at(0, NOW)


def bench_idempotent(log: Log) -> None:
    """Sequences must follow, so each batch is another one."""
    count = 20000
    data = [batch(1, 100, producer_id=1, producer_epoch=0, base_sequence=i) for i in range(count)]
    start = perf_counter()
    for each in data:
        append(log, each)
    report("append 1 record, idempotent", (perf_counter() - start) / count * 1e6, "us")


def bench_read(log: Log) -> None:
    """At the tail, and anywhere."""
    end = log.log_end_offset

    def read(offsets: list[int]) -> None:
        for offset in offsets:
            log.read(offset, 1 << 16, end_offset=end, min_one_batch=True)

    report("read at the tail", best(partial(read, [end - 1] * 1000), 10) * 1e3, "us")
    scattered = [(i * 7919) % end for i in range(1000)]
    report("read anywhere", best(partial(read, scattered), 1) * 1e3, "us")


def bench_recovery(path: str) -> None:
    """40 logs with together 60 MiB after a kill, and 2,000 empty ones."""
    log_dir = open_dir(path)
    for size, records in ((100, 100), (1000, 16)):
        topic = f"r{size}"
        data = batch(records, size)
        logs = [open_log(log_dir, p, topic) for p in range(40)]
        for _ in range((60 << 20) // len(data) // len(logs)):
            for log in logs:
                append(log, data)
    log_dir.close({}, clean=False)
    log_dir = open_dir(path)
    for topic in ("r100", "r1000"):
        start = perf_counter()
        for partition in range(40):
            open_log(log_dir, partition, topic)
        report(f"recover 60 MiB in 40 logs ({topic})", (perf_counter() - start) * 1e3, "ms")
    start = perf_counter()
    for partition in range(2000):
        open_log(log_dir, partition, "empty")
    report("create 2,000 logs", (perf_counter() - start) * 1e3, "ms")
    log_dir.close({}, clean=True)
    log_dir = open_dir(path)
    for topic, count in (("empty", 2000), ("r1000", 40)):
        start = perf_counter()
        for partition in range(count):
            open_log(log_dir, partition, topic)
        report(
            f"open {count} logs ({topic}) after a clean stop", (perf_counter() - start) * 1e3, "ms"
        )
    log_dir.close({}, clean=False)


def bench_builder() -> None:
    """What a coordinator writes: a record or three."""

    def build(records: int) -> bytes:
        builder = BatchBuilder()
        for _ in range(records):
            builder.append(NOW, b"k" * 30, b"v" * 60)
        return builder.build()

    for records in (1, 3):
        report(f"build a batch of {records}", best(partial(build, records), 20000) * 1e6, "us")


def main() -> None:
    """Runs everything in a temporary folder."""
    path = tempfile.mkdtemp(dir=sys.argv[1] if len(sys.argv) > 1 else None)
    try:
        bench_builder()
        log_dir = open_dir(f"{path}/a")
        log = open_log(log_dir)
        bench_append(log, path)
        bench_idempotent(log)
        bench_read(log)
        log_dir.close({}, clean=False)
        bench_recovery(f"{path}/b")
    finally:
        shutil.rmtree(path)


if __name__ == "__main__":
    main()
