"""Kafka's own dump tool reads the files that kbroker wrote."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from compat_tests.brokers import NotRunError
from compat_tests.conftest import NOT_RUN
from compat_tests.kbroker_process import KbrokerProcess
from compat_tests.parity.codec import kafka_jars
from kbroker.cli.raw_client import RawClient
from tools.topic_requests import create_topic
from wire.messages.init_producer_id import InitProducerIdRequest
from wire.messages.produce import PartitionProduceData, ProduceRequest, TopicProduceData
from wire.records import BatchBuilder

CODECS = {"none": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
BATCHES = 60
DUMP_TOOL = "org.apache.kafka.tools.DumpLogSegments"


@pytest.fixture(scope="module")
def dump() -> object:
    """Runs Kafka's DumpLogSegments on a file; its output, which must hold no complaint."""
    try:
        jars = kafka_jars()
    except NotRunError as reason:
        pytest.skip(f"{NOT_RUN}{reason}")

    def run(path: Path, *options: str) -> str:
        done = subprocess.run(
            ["java", "-cp", f"{jars}/*", DUMP_TOOL, "--files", path, *options],
            capture_output=True, text=True, check=True, timeout=60,
        )  # fmt: skip
        for complaint in (
            "mismatch",
            "Mismatches",
            "Non-consecutive",
            "Found timestamp",
            "corrupt",
        ):
            assert complaint not in done.stdout, done.stdout[-2000:]
        return done.stdout

    return run


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """The folder of a partition with batches of every codec and an idempotent producer's, over
    several segments, after a clean stop."""
    broker = KbrokerProcess({"log.segment.bytes": str(1 << 20), "log.index.interval.bytes": "1024"})
    client = RawClient(broker.bootstrap)
    create_topic(client, "t")
    ids = client.ask(InitProducerIdRequest(transactional_id=None, transaction_timeout_ms=1000), 4)
    for number in range(BATCHES):
        builder = BatchBuilder(
            compression=list(CODECS.values())[number % len(CODECS)],
            producer_id=ids.producer_id,
            producer_epoch=ids.producer_epoch,
            base_sequence=number * 3,
        )
        for _ in range(3):
            now_ms = int(time.time() * 1000)
            builder.append(timestamp=now_ms, key=b"k", value=bytes([number]) * 30_000)
        data = [PartitionProduceData(index=0, records=builder.build())]
        topics = [TopicProduceData(name="t", partition_data=data)]
        answer = client.ask(ProduceRequest(acks=1, timeout_ms=1000, topic_data=topics), 9)
        assert answer.responses[0].partition_responses[0].error_code == 0
    client.close()
    broker.stop()
    yield broker.data_dir / "t-0"
    broker.remove()


def test_segments(dump: object, folder: Path) -> None:
    """Every record of every codec, one after the other, in several segments."""
    assert callable(dump)
    segments = sorted(folder.glob("*.log"))
    lines = [
        line
        for segment in segments
        for line in dump(segment, "--deep-iteration").splitlines()
        if line.startswith("| offset:")
    ]
    offsets = [int(line.split()[2]) for line in lines]

    assert len(segments) > 1
    assert offsets == list(range(BATCHES * 3))


def test_indexes(dump: object, folder: Path) -> None:
    """Both kinds are sane and point to where they say."""
    assert callable(dump)
    for index in sorted(folder.glob("*.index")):
        dump(index, "--index-sanity-check")
        dump(index, "--verify-index-only")
    for index in sorted(folder.glob("*.timeindex")):
        dump(index, "--index-sanity-check")


def test_producer_snapshots(dump: object, folder: Path) -> None:
    """A clean stop leaves what the producer last did."""
    assert callable(dump)
    newest = sorted(folder.glob("*.snapshot"))[-1]

    assert f"lastSequence: {BATCHES * 3 - 1}" in dump(newest)
