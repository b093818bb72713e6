"""Files of partitions as text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kbroker.cli import run
from storage import AppendOrigin
from tests.drivers import NOW_MS, BrokerDriver, batch
from wire.messages.offset_commit import (
    OffsetCommitRequest,
    OffsetCommitRequestPartition,
    OffsetCommitRequestTopic,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A stopped broker's folder with a topic ``t`` and an offset that group ``g`` committed."""
    broker = BrokerDriver(str(tmp_path), offsets_topic_num_partitions="1")
    broker.create_topic("t")
    found = broker.node.replicas.find("t", 0)
    assert found is not None
    records = batch(b"a", None, key=b"k", compression=1, producer_id=7, producer_epoch=0,
                    base_sequence=0)  # fmt: skip
    found.append(records, NOW_MS, AppendOrigin.CLIENT)
    broker.node.ensure_internal_topic("__consumer_offsets")
    partition = OffsetCommitRequestPartition(
        partition_index=0, committed_offset=5, committed_metadata="m"
    )
    topics = [OffsetCommitRequestTopic(name="t", partitions=[partition])]
    answer = broker.connect().ask(OffsetCommitRequest(group_id="g", topics=topics), 8)
    assert answer.topics[0].partitions[0].error_code == 0
    broker.node.close(clean=True)
    return tmp_path


def dumped(capsys: pytest.CaptureFixture[str], *paths: Path) -> list[str]:
    assert run(["dump-log", *map(str, paths)]) == 0
    return capsys.readouterr().out.splitlines()


def test_segments(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The batch, then its records, decompressed."""
    header, *records = dumped(capsys, folder / "t-0" / f"{0:020d}.log")

    assert header.startswith("@0 size=")
    assert json.loads(header[header.index("{") :])["attributes"]["compression"] == "gzip"
    assert [json.loads(line)["value"] for line in records] == ["a", None]
    assert [json.loads(line)["offset"] for line in records] == [0, 1]


def test_committed_offsets(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What groups store is decoded."""
    lines = dumped(capsys, folder / "__consumer_offsets-0" / f"{0:020d}.log")
    stored = json.loads(lines[1])

    assert stored["key"]["fields"] == {"group": "g", "topic": "t", "partition": 0}
    assert stored["value"]["fields"]["offset"] == 5


def test_small_files(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Indexes and snapshots, an entry a line; several files under their names."""
    files = [folder / "t-0" / f"{0:020d}.timeindex", folder / "t-0" / f"{2:020d}.snapshot"]
    names = [line for line in dumped(capsys, *files) if line.startswith("# ")]
    (producer,) = dumped(capsys, files[1])

    assert len(names) == 2
    assert json.loads(producer)["producer_id"] == 7


def test_a_torn_tail_is_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is no batch ends the dump with a line of its own."""
    path = folder / "t-0" / f"{0:020d}.log"
    path.write_bytes(path.read_bytes() + b"\0" * 5)

    assert dumped(capsys, path)[-1].endswith("5 bytes that are no batch")


@pytest.mark.parametrize("name", ["no-such.log", "README.md"])
def test_refused(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One line."""
    assert run(["dump-log", name]) == 1
    assert capsys.readouterr().err.startswith(f"kbroker: {name}: ")
