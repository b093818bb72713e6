"""What compaction costs: records a second, the memory of its process, and other requests meanwhile.

    python -m tools.compaction_costs [--mb 1000] [--size 1000] [--keys 1000000] [--latency]

Writes a log of so many MB with records of ``size`` bytes, of so many keys, and cleans it as the
broker does, in a process of its own. With ``--latency`` a broker does so, while another client asks
one Produce request after the other.
"""

from __future__ import annotations

import argparse
import random
import resource
import tempfile
import time
from collections.abc import Iterator

from kbroker.cli.raw_client import RawClient
from kbroker.settings import topic_settings
from kbroker.settings.broker_settings import BrokerSettings
from storage import (
    AppendOrigin,
    CleanProcess,
    LogDir,
    MetaProperties,
    OsFilesystem,
    only_batch,
)
from tools.bench.cases.requests import percentiles
from tools.bench.subjects import ProcessSubject, serve
from tools.process_costs import process_tree
from tools.topic_requests import create_topic, produce_request
from wire.messages.produce import PartitionProduceData, ProduceRequest, TopicProduceData
from wire.records import BatchBuilder

MB = 1_000_000
BATCH_BYTES = 100_000
MOST_KEYS = 5_033_164  # what Kafka's default buffer of 128 MiB holds
COMPACTED = {"cleanup.policy": "compact", "segment.bytes": str(128 << 20)}
IDENTITY = MetaProperties("compaction-costs-------", 1, "compaction-costs-------")
ASKED = 3000


def written(mb: int, size: int, keys: int) -> Iterator[tuple[bytes, int]]:
    """Batches, and how many records each has."""
    chosen = random.Random(1)
    now_ms = int(time.time() * 1000)
    count = max(BATCH_BYTES // size, 1)
    for number in range(mb * MB // (count * size)):
        builder = BatchBuilder()
        for at in range(count):
            # Each key comes at least once where there are as many records.
            key = number * count + at if number * count < keys else chosen.randrange(keys)
            name = b"%012d" % key
            builder.append(now_ms, name, name + bytes(max(size - 12 - 25, 0)))
        yield builder.build(), count


def costs(mb: int, size: int, keys: int) -> None:
    with tempfile.TemporaryDirectory(prefix="kbroker-compaction-") as folder:
        process = CleanProcess()
        log_dir = LogDir(folder, OsFilesystem(), clean=process.run)
        log_dir.open(IDENTITY)
        config = topic_settings.log_config(COMPACTED, BrokerSettings())
        log = log_dir.open_log("t", 0, bytes(range(16)), config, 0)
        now_ms = int(time.time() * 1000)
        records = 0
        for batch, count in written(mb, size, keys):
            records += count
            log.append(only_batch(batch), leader_epoch=0, now_ms=now_ms, origin=AppendOrigin.CLIENT)
        log.roll(0)
        found = log.cleanable(log.log_end_offset, 0)
        assert found is not None
        before_bytes = log.size_bytes
        cleaning = log.prepare_cleaning(found, MOST_KEYS, 0)
        began = time.perf_counter()
        cleaning.run(float("inf"))
        elapsed = time.perf_counter() - began
        began = time.perf_counter()
        assert log.swap_in(cleaning, 0), cleaning.error
        swapped = time.perf_counter() - began
        cleaning.sync_names()
        log.complete_cleaning(cleaning)
        peak_kb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        print(f"{records:,} records, {before_bytes / MB:,.0f} MB → {log.size_bytes / MB:,.0f} MB")
        print(f"{records / elapsed:,.0f} records/s, {before_bytes / elapsed / MB:,.0f} MB/s")
        print(f"the process took {peak_kb / 1024:,.0f} MiB; the swap took {swapped * 1000:.2f} ms")
        log_dir.close({}, clean=True)


def latency(mb: int, size: int, keys: int) -> None:
    """Of Produce requests to another topic: without, and while a topic is compacted."""
    subject = ProcessSubject("kbroker", serve("-c", "log.cleaner.backoff.ms=1000"))
    try:
        client = RawClient(subject.bootstrap)
        create_topic(client, "asked")
        create_topic(client, "compacted", settings=COMPACTED)
        print("without:", _asked(client, None))
        for batch, _ in written(mb, size, keys):
            data = PartitionProduceData(index=0, records=batch)
            topic = TopicProduceData(name="compacted", partition_data=[data])
            client.ask(ProduceRequest(acks=1, timeout_ms=30_000, topic_data=[topic]), 9)
        print("meanwhile:", _asked(client, subject))
    finally:
        subject.remove()


def _asked(client: RawClient, cleaning: ProcessSubject | None) -> str:
    """Percentiles in ms; of what is asked while the broker has a child process, if ``cleaning``."""
    request = produce_request("asked", [b"x" * 100], int(time.time() * 1000))
    if cleaning is not None:
        while len(process_tree(cleaning.pid)) == 1:
            time.sleep(0.01)
    times: list[float] = []
    while len(times) < ASKED or (cleaning is not None and len(process_tree(cleaning.pid)) > 1):
        began = time.perf_counter()
        client.ask(request, 9)
        times.append(time.perf_counter() - began)
    found = percentiles(times, (50, 99, 99.9))
    return ", ".join(f"{name.removesuffix(' ms')} {value:.2f} ms" for name, value in found.items())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mb", type=int, default=1000)
    parser.add_argument("--size", type=int, default=1000)
    parser.add_argument("--keys", type=int, default=1_000_000)
    parser.add_argument("--latency", action="store_true")
    arguments = parser.parse_args()
    measured = latency if arguments.latency else costs
    measured(arguments.mb, arguments.size, arguments.keys)


if __name__ == "__main__":
    main()
