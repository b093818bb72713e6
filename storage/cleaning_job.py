"""What a cleaning is told, and what it answers: values that go to another process and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from storage.config import LogConfig
from storage.transaction_index import AbortedTxn


class Source(NamedTuple):
    """A segment to clean; sizes in bytes."""

    base_offset: int
    size: int
    index_bytes: int
    time_index_bytes: int
    modified_ms: int


class LastRecord(NamedTuple):
    """Of an active producer: the last offset of its data, -1 where there is only a marker."""

    data_offset: int
    producer_epoch: int


class CleaningJob(NamedTuple):
    """``sources`` are the segments from the log's start up to ``end_offset``; what comes before
    ``first_dirty_offset`` was cleaned before. ``aborted`` are the aborted transactions of all of
    it, ``last_records`` the active producers by their id. At most ``most_keys`` are looked at."""

    folder: str
    sources: Sequence[Source]
    first_dirty_offset: int
    end_offset: int
    aborted: Sequence[AbortedTxn]
    last_records: Mapping[int, LastRecord]
    config: LogConfig
    now_ms: int
    most_keys: int


class CleanedGroup(NamedTuple):
    """Segments that became one: their base offsets, the first of which is that of the new one."""

    base_offsets: Sequence[int]
    size: int


class Cleaned(NamedTuple):
    """``end_offset`` is where the dirty part begins now."""

    groups: Sequence[CleanedGroup]
    end_offset: int
