"""Compacting a log as the broker does, and what its readers see."""

from __future__ import annotations

from collections.abc import Iterator

from storage import Cleaning, Log
from tests.storage.conftest import NOW
from tests.storage.log_steps import read
from wire.records import Batch, Record, batches

MANY = 1 << 20
NO_LIMIT = float("inf")


def prepared(
    log: Log, now_ms: int = NOW, most_keys: int = MANY, stable: int | None = None
) -> Cleaning | None:
    """A cleaning of all that can be cleaned, however dirty it is."""
    found = log.cleanable(log.log_end_offset if stable is None else stable, now_ms)
    if found is None or found.first_dirty_offset == found.end_offset:
        return None
    return log.prepare_cleaning(found, most_keys, now_ms)


def compact(log: Log, now_ms: int = NOW, most_keys: int = MANY, stable: int | None = None) -> bool:
    """Whether there was anything to clean."""
    cleaning = prepared(log, now_ms, most_keys, stable)
    if cleaning is None:
        return False
    cleaning.run(NO_LIMIT)
    assert log.swap_in(cleaning, now_ms)
    cleaning.sync_names()
    log.complete_cleaning(cleaning)
    return True


def stored(log: Log) -> Iterator[Batch]:
    """All batches of the log, read as a consumer does."""
    offset = log.log_start_offset
    while offset < log.log_end_offset:
        found = read(log, offset)
        if found.records is None:
            return
        for batch in batches(found.records.read()):
            if batch.last_offset >= offset:
                offset = batch.next_offset
                yield batch


def records(log: Log) -> list[Record]:
    """Also those of aborted transactions, without markers."""
    return [record for batch in stored(log) if not batch.is_control for record in batch]


def committed(log: Log) -> list[Record]:
    """What a read_committed consumer gets of a log whose transactions have all ended."""
    aborted = log.aborted_transactions(log.log_start_offset, log.log_end_offset)
    return [
        record
        for batch in stored(log)
        if not batch.is_control
        and not any(
            batch.is_transactional
            and txn.producer_id == batch.producer_id
            and txn.first_offset <= batch.base_offset <= txn.last_offset
            for txn in aborted
        )
        for record in batch
    ]


def newest(found: list[Record]) -> dict[bytes | None, bytes | None]:
    """The last value of each key; keys that were deleted are left out."""
    values = {record.key: record.value for record in found}
    return {key: value for key, value in values.items() if value is not None}
