"""Files of partitions as text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kbroker.cli import run
from storage import AppendOrigin
from tests.drivers import NOW_MS, BrokerDriver, batch
from wire.internal.consumer_group_records import (
    ConsumerGroupMetadataKey,
    ConsumerGroupMetadataValue,
)
from wire.internal.share_group_state import ShareUpdateKey, ShareUpdateValue
from wire.internal.stored import encode_key, encode_value
from wire.internal.transaction_state import TransactionLogKey, TransactionLogValue
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
    broker.node.auto_topic_creation.ensure_internal("__consumer_offsets")
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

    assert stored["key"]["type"] == "offset_commit"
    assert stored["key"]["fields"] == {"group": "g", "topic": "t", "partition": 0}
    assert stored["value"]["fields"]["offset"] == 5


@pytest.mark.parametrize(
    ("topic", "key", "value", "shown"),
    [
        (
            "__consumer_offsets",
            ConsumerGroupMetadataKey(group_id="g"),
            ConsumerGroupMetadataValue(epoch=3, metadata_hash=9),
            {"epoch": 3, "tagged_fields": [{"tag": "metadata_hash", "data": 9}]},
        ),
        (
            "__transaction_state",
            TransactionLogKey(transactional_id="x"),
            TransactionLogValue(
                producer_id=7, producer_epoch=0, transaction_timeout_ms=1, transaction_status=4,
                transaction_partitions=[], transaction_last_update_timestamp_ms=NOW_MS,
                transaction_start_timestamp_ms=NOW_MS,
            ),
            {"producer_id": 7, "transaction_status": "complete_commit"},
        ),
        (
            "__share_group_state",
            ShareUpdateKey(group_id="g", topic_id=bytes(16), partition=0),
            ShareUpdateValue(snapshot_epoch=1, leader_epoch=0, start_offset=5, state_batches=[]),
            {"start_offset": 5, "state_batches": []},
        ),
    ],
    ids=["group", "transaction", "share-partition"],
)  # fmt: skip
def test_what_coordinators_keep(
    topic: str, key: Any, value: Any, shown: dict[str, Any], tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """Types, fields, tags and states have names."""
    folder = tmp_path / f"{topic}-0"
    folder.mkdir()
    path = folder / f"{0:020d}.log"
    version = value.__facts__.last_version
    path.write_bytes(batch(encode_value(value, version), key=encode_key(key)))
    stored = json.loads(dumped(capsys, path)[1])

    assert stored["value"]["version"] == version
    assert stored["value"]["fields"].items() >= shown.items()


def test_a_file_in_the_folder_at_hand(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder says what its records are, also when the path does not name it."""
    (whole,) = (folder / "__consumer_offsets-0").glob("*.log")
    monkeypatch.chdir(whole.parent)
    stored = json.loads(dumped(capsys, Path(whole.name))[1])

    assert stored["key"]["fields"]["group"] == "g"


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


def test_a_snapshot_that_was_cut(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Has no whole entry to show."""
    path = folder / "t-0" / f"{2:020d}.snapshot"
    path.write_bytes(path.read_bytes()[:-1])

    assert run(["dump-log", str(path)]) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith(f"kbroker: {path} is no whole .snapshot file: ")
    assert (captured.out, captured.err.count("\n")) == ("", 1)


@pytest.mark.parametrize("name", ["no-such.log", "README.md"])
def test_refused(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One line."""
    assert run(["dump-log", name]) == 1
    assert capsys.readouterr().err.startswith(f"kbroker: {name}: ")


def test_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An object a line, each with its file."""
    log = str(folder / "t-0" / f"{0:020d}.log")
    assert run(["dump-log", "-o", "json", log]) == 0
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    assert [set(line) - {"file"} for line in found] == [
        {"position", "size", "batch"}, {"record"}, {"record"},
    ]  # fmt: skip
    assert found[0]["file"] == log
    assert found[1]["record"]["value"] == "a"
