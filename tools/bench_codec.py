"""Measures the codec, beside kafka-python's and kio's in the same run.

python -m tools.bench_codec [--rounds 30]

The others read and write the same bytes; rounds alternate, and the best of each counts.
"""

from __future__ import annotations

import argparse
import importlib
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from wire.codec import decode, encode
from wire.messages.fetch import (
    FetchableTopicResponse,
    FetchPartition,
    FetchRequest,
    FetchResponse,
    FetchTopic,
    PartitionData,
)
from wire.messages.metadata import (
    MetadataResponse,
    MetadataResponseBroker,
    MetadataResponsePartition,
    MetadataResponseTopic,
)
from wire.messages.produce import (
    PartitionProduceData,
    PartitionProduceResponse,
    ProduceRequest,
    ProduceResponse,
    TopicProduceData,
    TopicProduceResponse,
)
from wire.records.crc32c import crc32c
from wire.schema import Message

VERSION = 12  # of all measured messages: flexible, topics by name, known by all three
CALLS = 300
RECORDS = b"r" * 1000
WIRE = Path(__file__).parent.parent / "wire"

# In a process of its own: what Python itself imports for it, all of wire, the first use of each.
# It is processor time that counts there: the rest is other processes'.
COLD = """
import json, time
began = time.process_time()
import enum, functools, importlib, re, struct, typing
python = time.process_time()
import wire.codec, wire.headers, wire.records, wire.table
messages = wire.table.api_messages() + wire.table.embedded_messages()
imported = time.process_time()
uses = [
    (use, cls, version)
    for cls in messages
    for version in wire.table.versions_of(cls)
    for use in (wire.codec.decoder, wire.codec.encoder)
]
ready = time.process_time()
for use, cls, version in uses:
    use(cls, version)
used = time.process_time()
print(json.dumps([python - began, imported - python, (used - ready) / len(uses)]))
"""


class Case(NamedTuple):
    name: str
    message: Message
    verb: str
    target_us: float


def cases() -> list[Case]:
    produced = PartitionProduceData(index=0, records=RECORDS)
    topic = TopicProduceData(name="topic", partition_data=[produced])
    produce = ProduceRequest(acks=-1, timeout_ms=30_000, topic_data=[topic])
    written = PartitionProduceResponse(index=0, error_code=0, base_offset=7)
    answer = TopicProduceResponse(name="topic", partition_responses=[written])
    wanted = FetchPartition(partition=0, fetch_offset=5, partition_max_bytes=1 << 20)
    fetch_topic = FetchTopic(topic="topic", partitions=[wanted])
    fetch = FetchRequest(max_wait_ms=500, min_bytes=1, topics=[fetch_topic])
    data = PartitionData(partition_index=0, error_code=0, high_watermark=8, records=RECORDS)
    fetched = FetchableTopicResponse(topic="topic", partitions=[data])
    return [
        Case("Produce request, one partition", produce, "decode", 3),
        Case("Produce response", ProduceResponse(responses=[answer]), "encode", 3),
        Case("Fetch request, one partition", fetch, "decode", 3),
        Case("Fetch response", FetchResponse(responses=[fetched]), "encode", 3),
        Case("Metadata response, 120 partitions", metadata(), "encode", 150),
    ]


def metadata() -> MetadataResponse:
    partitions = [
        MetadataResponsePartition(
            error_code=0, partition_index=index, leader_id=1,
            replica_nodes=[1, 2, 3], isr_nodes=[1, 2, 3],
        )
        for index in range(12)
    ]  # fmt: skip
    topics = [
        MetadataResponseTopic(error_code=0, name=f"topic-{number}", partitions=partitions)
        for number in range(10)
    ]
    brokers = [
        MetadataResponseBroker(node_id=one, host="localhost", port=9092) for one in (1, 2, 3)
    ]
    return MetadataResponse(brokers=brokers, cluster_id="cluster", controller_id=1, topics=topics)


def subjects(case: Case) -> dict[str, Callable[[], Any]]:
    """What each codec does for a case, after a check that all mean the same bytes."""
    name = type(case.message).__name__
    content = encode(case.message, VERSION)
    view = memoryview(content)
    theirs = _kafka_python_class(name).decode(content, version=VERSION)
    theirs._header = None
    read, write, entity = _kio(name, content)
    assert bytes(theirs.encode(version=VERSION)) == content
    assert write() == content, entity
    if case.verb == "decode":
        return {
            "ours": lambda: decode(type(case.message), VERSION, view),
            "kafka-python": lambda: type(theirs).decode(view, version=VERSION),
            "kio": read,
        }
    return {
        "ours": lambda: encode(case.message, VERSION),
        "kafka-python": lambda: theirs.encode(version=VERSION),
        "kio": write,
    }


def _kafka_python_class(name: str) -> Any:
    package = {"P": "producer", "F": "consumer", "M": "metadata"}[name[0]]
    return getattr(importlib.import_module(f"kafka.protocol.{package}"), name)


def _kio(name: str, content: bytes) -> tuple[Callable[[], Any], Callable[[], bytes], Any]:
    from kio.serial import entity_reader, entity_writer

    kind = "request" if name.endswith("Request") else "response"
    api = name.removesuffix("Request").removesuffix("Response").lower()
    cls = getattr(importlib.import_module(f"kio.schema.{api}.v{VERSION}.{kind}"), name)
    reader, writer = entity_reader(cls), entity_writer(cls)
    entity, _ = reader(content, 0)

    def write() -> bytes:
        buffer = io.BytesIO()
        writer(buffer, entity)
        return buffer.getvalue()

    return lambda: reader(content, 0), write, entity


def alternate(subjects: dict[str, Callable[[], Any]], rounds: int, calls: int) -> dict[str, float]:
    """Best microseconds per call of each, in alternating rounds."""
    best = dict.fromkeys(subjects, float("inf"))
    for _ in range(rounds):
        for name, call in subjects.items():
            began = time.perf_counter()
            for _ in range(calls):
                call()
            best[name] = min(best[name], (time.perf_counter() - began) / calls * 1e6)
    return best


def cold_start(rounds: int) -> list[float]:
    """Best milliseconds: Python's own imports, ours with cached bytecode, the mean first use."""
    with tempfile.TemporaryDirectory() as scratch:
        shutil.copytree(WIRE, Path(scratch) / "wire", ignore=shutil.ignore_patterns("__pycache__"))
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
        command = [sys.executable, "-c", COLD]
        runs = [
            json.loads(subprocess.check_output(command, env=environment, cwd=scratch))
            for _ in range(rounds + 1)
        ]
    return [min(samples) * 1000 for samples in zip(*runs[1:], strict=True)]


def crc_of_a_megabyte(rounds: int) -> dict[str, float]:
    from crc32c import crc32c as hardware

    content = os.urandom(1 << 20)
    view = memoryview(content)
    return alternate(
        {"ours": lambda: crc32c(view), "library": lambda: hardware(content)}, rounds, 5
    )


def report(name: str, value: float, unit: str, target: float, more: str = "") -> None:
    verdict = "" if value <= target else "  MISSED"
    print(f"{name:36} {value:8.2f} {unit}  target {target:g}{verdict}{more}")


def main() -> None:
    parser = argparse.ArgumentParser(description="the codec, beside kafka-python's and kio's")
    parser.add_argument("--rounds", type=int, default=30)
    rounds = parser.parse_args().rounds
    python, imported, first = cold_start(max(3, rounds // 3))
    report(
        "import of all of wire", imported, "ms", 20, f"  (Python's own modules: {python:.1f} ms)"
    )
    report("first use of a (message, version)", first, "ms", 0.5)
    for case in cases():
        calls = CALLS if case.target_us < 100 else CALLS // 30
        best = alternate(subjects(case), rounds, calls)
        ratios = [
            f"  {other} {best[other]:.2f} = {best[other] / best['ours']:.1f}x"
            + (" MISSED" if best[other] < times * best["ours"] else "")
            for other, times in (("kafka-python", 3), ("kio", 5))
        ]
        report(f"{case.verb} {case.name}", best["ours"], "us", case.target_us, "".join(ratios))
    crc = crc_of_a_megabyte(rounds)
    report("CRC of 1 MB, against the library", crc["ours"] / crc["library"], "x ", 1.2)


if __name__ == "__main__":
    main()
