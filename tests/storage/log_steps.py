"""Appending to a log as a leader does, and reading it."""

from __future__ import annotations

from storage import AppendInfo, AppendOrigin, FetchData, Log, only_batch
from tests.storage.conftest import NOW
from wire.records import batches


def append(log: Log, batch: bytes, epoch: int = 0, now_ms: int = NOW) -> AppendInfo:
    return log.append(
        only_batch(batch), leader_epoch=epoch, now_ms=now_ms, origin=AppendOrigin.CLIENT
    )


def read(log: Log, offset: int, max_bytes: int = 1 << 20, end: int | None = None) -> FetchData:
    end = log.log_end_offset if end is None else end
    return log.read(offset, max_bytes, end_offset=end, min_one_batch=True)


def offsets(found: FetchData) -> list[int]:
    if found.records is None:
        return []
    return [record.offset for batch in batches(found.records.read()) for record in batch]
