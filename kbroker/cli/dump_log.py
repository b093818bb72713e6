"""``kbroker dump-log``: the files of a partition as text, one line an entry.

Segments (.log), indexes (.index, .timeindex, .txnindex) and producer snapshots (.snapshot); what
coordinators keep (__consumer_offsets, __transaction_state, __share_group_state) is decoded.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from construct import ConstructError

from kbroker.cli import Failure
from kbroker.cli.output import Row, add_output
from kbroker.cli.progress import progress
from wire.errors import CorruptBatch
from wire.inspection import files
from wire.inspection.coordinator_records import CoordinatorRecords
from wire.inspection.internal_topics import INTERNAL_TOPICS
from wire.inspection.primitives import plain
from wire.inspection.records import ControlRecordKey, Entry, records_of

_PREFIX_BYTES = 12


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_output(parser)
    parser.add_argument("files", nargs="+", metavar="FILE")


def run(arguments: argparse.Namespace) -> int:
    for name in arguments.files:
        path = Path(name)
        dump = _DUMPS.get(path.suffix)
        if dump is None:
            raise Failure(f"{name}: not one of {', '.join(_DUMPS)}")
        try:
            data = path.read_bytes()
        except OSError as error:
            raise Failure(f"{name}: {error.strerror}") from None
        as_json = arguments.output == "json"
        if len(arguments.files) > 1 and not as_json:
            print(f"# {name}")
        with progress(None, " lines", beside_output=True) as advance:
            for found in dump(data, path):
                print(json.dumps({"file": name} | found) if as_json else _line(found))
                advance(1)
    return 0


def _line(found: Row) -> str:
    match found:
        case {"batch": batch}:
            return f"@{found['position']} size={found['size']} {json.dumps(batch)}"
        case {"record": record}:
            return f"  {json.dumps(record)}"
        case {"error": error}:
            return f"@{found['position']} {error}"
    return json.dumps(found["entry"])


def _segment(data: bytes, path: Path) -> Iterator[dict[str, Any]]:
    """Each batch with what its header says, and its records behind it."""
    topic, _, _ = path.absolute().parent.name.rpartition("-")
    position = 0
    while position + _PREFIX_BYTES <= len(data):
        size = _PREFIX_BYTES + int.from_bytes(data[position + 8 : position + 12], "big")
        try:
            entry = Entry.parse(data[position : position + size])
            if entry is None:
                raise CorruptBatch("an unknown magic")
            shown = _shown(entry)
            shown.pop("body", None)
            yield {"position": position, "size": size, "batch": shown}
            if entry.magic >= 2:
                yield from _records(entry, INTERNAL_TOPICS.get(topic))
        except (ConstructError, CorruptBatch, ValueError) as error:
            yield {"position": position, "error": f"is no batch: {_last_line(error)}"}
            return
        position += size
    if position < len(data):
        yield {"position": position, "error": f"{len(data) - position} bytes that are no batch"}


def _records(batch: Any, stored: CoordinatorRecords | None) -> Iterator[dict[str, Any]]:
    for record in records_of(batch):
        shown = {
            "offset": batch.base_offset + record.offset_delta,
            "timestamp": batch.base_timestamp + record.timestamp_delta,
            "key": _text(record.key),
            "value": _text(record.value),
            "headers": [
                {"key": header.key, "value": _text(header.value)} for header in record.headers
            ],
        }
        if batch.attributes.is_control:
            shown["key"] = _shown(ControlRecordKey.parse(record.key))
        elif stored is not None:
            shown |= _coordinator_record(stored, record)
        yield {"record": shown}


def _coordinator_record(stored: CoordinatorRecords, record: Any) -> dict[str, Any]:
    key = stored.key.parse(record.key)
    value = stored.values.get(key.type)
    shown = {"key": _shown(key)}
    if value is not None and record.value is not None:
        shown["value"] = _shown(value.parse(record.value))
    return shown


def _entries(construct: Any) -> Callable[[bytes, Path], Iterator[dict[str, Any]]]:
    def dump(data: bytes, path: Path) -> Iterator[dict[str, Any]]:
        try:
            parsed = construct.parse(data)
        except ConstructError as error:
            told = _last_line(error)
            raise Failure(f"{path} is no whole {path.suffix} file: {told}") from None
        for entry in parsed.producers if "producers" in parsed else parsed:
            yield {"entry": _shown(entry)}

    return dump


def _last_line(error: Exception) -> str:
    """What is wrong; before it construct tells where in its declarations."""
    return str(error).rpartition("\n")[2]


def _shown(parsed: Any) -> Any:
    """As JSON can say it."""
    found = plain(parsed)
    if isinstance(found, dict):
        return {key: _shown(value) for key, value in found.items()}
    if isinstance(found, list):
        return [_shown(value) for value in found]
    return _text(found) if isinstance(found, bytes) else found


def _text(data: bytes | None) -> str | None:
    return None if data is None else data.decode(errors="backslashreplace")


_DUMPS: dict[str, Callable[[bytes, Path], Iterator[dict[str, Any]]]] = {
    ".log": _segment,
    ".index": _entries(files.OffsetIndex),
    ".timeindex": _entries(files.TimeIndex),
    ".txnindex": _entries(files.TransactionIndex),
    ".snapshot": _entries(files.ProducerSnapshot),
}
