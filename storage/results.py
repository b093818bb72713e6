"""Arguments and results of a log's methods."""

from __future__ import annotations

from enum import IntEnum

from storage.filesystem import File


class AppendOrigin(IntEnum):
    """Who appends; decides which checks apply, as in Kafka's AppendOrigin."""

    CLIENT = 0
    COORDINATOR = 1


class AppendInfo:
    """The outcome of an append.

    ``log_append_time_ms`` is -1 unless the topic uses LogAppendTime; for a duplicate it is the
    timestamp of the batch that is in the log already, whose offsets are given too.
    """

    __slots__ = (
        "first_offset",
        "is_duplicate",
        "last_offset",
        "log_append_time_ms",
        "log_start_offset",
        "max_timestamp",
        "record_count",
    )

    def __init__(
        self,
        first_offset: int,
        last_offset: int,
        max_timestamp: int,
        log_append_time_ms: int,
        log_start_offset: int,
        record_count: int,
        is_duplicate: bool,
    ) -> None:
        self.first_offset = first_offset
        self.last_offset = last_offset
        self.max_timestamp = max_timestamp
        self.log_append_time_ms = log_append_time_ms
        self.log_start_offset = log_start_offset
        self.record_count = record_count
        self.is_duplicate = is_duplicate


class FileRegion:
    """A range of bytes of a file; it stays readable after the file's deletion."""

    __slots__ = ("file", "length", "position")

    def __init__(self, file: File, position: int, length: int) -> None:
        self.file = file
        self.position = position
        self.length = length

    def __len__(self) -> int:
        return self.length

    def read(self) -> bytes:
        return self.file.read(self.position, self.length)


class FetchData:
    """What a read found.

    ``records`` is None when there is nothing; otherwise it starts with the batch that contains the
    offset asked for and may end in the middle of a batch, as Kafka's answers do.
    ``start_offset`` is the base offset of that first batch. ``first_entry_incomplete`` says that
    even the first batch does not fit the limit.
    """

    __slots__ = ("first_entry_incomplete", "records", "start_offset")

    def __init__(
        self, start_offset: int, records: FileRegion | None, first_entry_incomplete: bool
    ) -> None:
        self.start_offset = start_offset
        self.records = records
        self.first_entry_incomplete = first_entry_incomplete
