"""What a user writes for a place in a partition, and the offsets that are meant."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from kafka.admin import OffsetSpec

from kbroker.cli.positions import offsets_at, position

# First and last offset, and the timestamp of the first record, of a full and an emptied partition.
THERE = {"full": (10, 20, 1000), "emptied": (30, 30, None)}


class Admin:
    """Records have timestamps that rise with their offsets, by 1 ms."""

    def list_partition_offsets(self, wanted: dict[str, Any]) -> dict[str, Any]:
        return {each: SimpleNamespace(offset=self._at(each, wanted[each])) for each in wanted}

    def _at(self, partition: str, what: int) -> int:
        start, end, first_ms = THERE[partition]
        if what in (OffsetSpec.EARLIEST, OffsetSpec.LATEST):
            return start if what == OffsetSpec.EARLIEST else end
        if first_ms is None or what >= first_ms + end - start:
            return -1
        return start + max(what - first_ms, 0)


@pytest.mark.parametrize(
    ("text", "full", "emptied"),
    [
        ("beginning", 10, 30),
        ("end", 20, 30),
        ("0", 10, 30),
        ("15", 15, 30),
        ("99", 20, 30),
        ("-3", 17, 30),
        ("-0", 20, 30),
        ("-99", 10, 30),
        ("@0", 10, 30),
        ("@1004", 14, 30),
        ("@1970-01-01T00:00:01.004+00:00", 14, 30),
        ("@2026-01-31T12:00", 20, 30),
        ("@1969-12-31", 10, 30),
    ],
)
def test_a_place(text: str, full: int, emptied: int) -> None:
    """In each partition for itself, and never outside what there is."""
    found = offsets_at(Admin(), position(text), iter(THERE))

    assert found == {"full": full, "emptied": emptied}


@pytest.fixture
def new_york(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "EST5")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("new_york")
@pytest.mark.parametrize(
    ("text", "moment_ms"),
    [
        ("@1970-01-01", 5 * 3600_000),
        ("@1970-01-01T00:00", 5 * 3600_000),
        ("@1970-01-01 00:00:00.5", 5 * 3600_000 + 500),
        ("@1970-01-01T00:00:00.0006Z", 1),
        ("@1970-01-01T02:00+02:00", 0),
        ("@1970-01-01T02:00+03:00", 0),
    ],
)
def test_times(text: str, moment_ms: int) -> None:
    """Are of the clock on the wall, unless they say otherwise. No record is older than 1970."""
    assert position(text) == ("time", moment_ms)


@pytest.mark.parametrize("text", ["", "start", "1.5", "+1", "@", "@-1", "@now", "@24:00", "1:2"])
def test_no_places(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is none of: beginning, end, an OFFSET"):
        position(text)
