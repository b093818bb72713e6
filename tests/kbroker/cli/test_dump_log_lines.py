"""What ``dump-log`` prints for each entry of a file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kbroker.cli import run
from tests.drivers import NOW_MS, batch
from wire.inspection import files
from wire.internal.consumer_group_records import ConsumerGroupMetadataKey
from wire.internal.stored import encode_key
from wire.records import BatchBuilder, Record
from wire.records.control import ControlRecordType, EndTransactionMarker
from wire.records.legacy import build_message_set

SEGMENT = f"{0:020d}.log"
Dump = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def dump(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Dump:
    """Each line for programs, of a file of these bytes."""

    def dumped(data: bytes, name: str = SEGMENT, folder: str = "t-0") -> list[dict[str, Any]]:
        path = tmp_path / folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        assert run(["dump-log", "-o", "json", str(path)]) == 0
        found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert {line.pop("file") for line in found} <= {str(path)}
        return found

    return dumped


def test_records_of_a_later_batch(dump: Dump) -> None:
    """Each with its own offset, time and headers."""
    builder = BatchBuilder(base_offset=70)
    builder.append(timestamp=NOW_MS, key=b"\xff", value=b"", headers=[("h", b"1"), ("h", None)])
    builder.append(timestamp=NOW_MS + 3, key=None, value=b"v")
    first = batch(b"a")
    _, _, head, *records = dump(first + builder.build())

    assert (head["position"], head["batch"]["base_offset"]) == (len(first), 70)
    assert head["size"] == len(builder.build())
    assert "body" not in head["batch"]
    assert records == [
        {"record": {"offset": 70, "timestamp": NOW_MS, "key": "\\xff", "value": "",
                    "headers": [{"key": "h", "value": "1"}, {"key": "h", "value": None}]}},
        {"record": {"offset": 71, "timestamp": NOW_MS + 3, "key": None, "value": "v",
                    "headers": []}},
    ]  # fmt: skip


@pytest.mark.parametrize("folder", ["t-0", "__consumer_offsets-0"])
def test_markers(folder: str, dump: Dump) -> None:
    """Say which way a transaction went, in every topic."""
    _, line = dump(EndTransactionMarker(ControlRecordType.ABORT, 4).batch(9, 2, NOW_MS), SEGMENT,
                   folder)  # fmt: skip
    assert line["record"]["key"] == {"version": 0, "type": "abort"}


@pytest.mark.parametrize("magic", [0, 1])
def test_messages_of_old(magic: int, dump: Dump) -> None:
    """Are their own records."""
    (line,) = dump(build_message_set([Record(7, NOW_MS, b"k", b"v")], magic=magic))
    assert (line["batch"]["offset"], line["batch"]["key"], line["batch"]["value"]) == (7, "k", "v")


@pytest.mark.parametrize(
    ("folder", "key"), [("__consumer_offsets-0", "group"), ("__consumer_offsets-copy-0", None)]
)
def test_what_a_coordinator_keeps_and_what_looks_like_it(
    folder: str, key: str | None, dump: Dump
) -> None:
    """The topic says so. A tombstone has no value."""
    data = batch(None, key=encode_key(ConsumerGroupMetadataKey(group_id="g")))
    record = dump(data, SEGMENT, folder)[1]["record"]

    assert isinstance(record["key"], dict) == bool(key)
    assert record["value"] is None


def test_a_kind_of_record_that_is_not_known(dump: Dump) -> None:
    """Shows what it holds."""
    data = batch(b"value", key=(99).to_bytes(2, "big") + b"x")
    record = dump(data, SEGMENT, "__consumer_offsets-0")[1]["record"]
    assert (record["key"], record["value"]) == ({"type": 99, "fields": None}, "value")


def damaged(position: int, value: int) -> bytes:
    data = bytearray(batch(b"a", b"b", compression=1))
    data[position] = value
    return bytes(data)


@pytest.mark.parametrize(
    ("tail", "error"),
    [
        (bytes(11), "11 bytes that are no batch"),
        (bytes(12), "is no batch: an unknown magic"),
        (bytes(16), "is no batch: an unknown magic"),
        (bytes(1000), "is no batch: an unknown magic"),
        (damaged(16, 9) + batch(b"c"), "is no batch: an unknown magic"),
        (batch(b"a")[:-1], "is no batch: stream read less than specified amount, expected 8, "
         "found 7"),
    ],
)  # fmt: skip
def test_where_batches_end(
    tail: bytes, error: str, dump: Dump, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A line says so, with the place; nothing behind it is looked at."""
    start = batch(b"a")
    _, _, line = dump(start + tail)
    assert line == {"position": len(start), "error": error}

    assert run(["dump-log", str(tmp_path / "t-0" / SEGMENT)]) == 0
    assert capsys.readouterr().out.splitlines()[2:] == [f"@{len(start)} {error}"]


def test_records_that_cannot_be_unpacked(dump: Dump) -> None:
    """Their batch is shown, and what is wrong with them."""
    head, line = dump(damaged(-3, 255) + batch(b"c"))
    assert "batch" in head
    assert line["error"].startswith("is no batch: gzip: ")


def test_nothing(dump: Dump) -> None:
    assert dump(b"") == []


@pytest.mark.parametrize(
    ("suffix", "construct", "entries"),
    [
        ("index", files.OffsetIndex, [{"relative_offset": 1, "position": 7},
                                      {"relative_offset": 2, "position": 9}]),
        ("timeindex", files.TimeIndex, [{"timestamp": NOW_MS, "relative_offset": 1},
                                        {"timestamp": NOW_MS + 1, "relative_offset": 2}]),
        ("txnindex", files.TransactionIndex,
         [{"version": 0, "producer_id": number, "first_offset": 1, "last_offset": 2,
           "last_stable_offset": 3} for number in (5, 6)]),
    ],
)  # fmt: skip
def test_every_entry_of_an_index(
    suffix: str, construct: Any, entries: list[dict[str, int]], dump: Dump
) -> None:
    found = dump(construct.build(entries), f"{0:020d}.{suffix}")
    assert found == [{"entry": entry} for entry in entries]


def test_several_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Programs see in each line which one it is of; people see it before the first."""
    paths = [tmp_path / f"{number:020d}.log" for number in (0, 1)]
    for path in paths:
        path.write_bytes(batch(b"a"))
    names = [str(path) for path in paths]
    assert run(["dump-log", "-o", "json", *names]) == 0
    told = [json.loads(line)["file"] for line in capsys.readouterr().out.splitlines()]
    assert run(["dump-log", *names]) == 0
    lines = capsys.readouterr().out.splitlines()

    assert told == [names[0], names[0], names[1], names[1]]
    assert [lines[0], lines[3]] == [f"# {names[0]}", f"# {names[1]}"]
    assert len(lines) == 6
