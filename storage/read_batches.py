"""Reads a whole log, to rebuild state from it."""

from __future__ import annotations

from collections.abc import Iterator

from storage.partition_log import PartitionLog
from wire.records import RecordBatch
from wire.records.batch import batch_size

_CHUNK_BYTES = 1 << 20


def read_batches(log: PartitionLog) -> Iterator[RecordBatch]:
    """All batches, oldest first; each is a view that holds its chunk of the log in memory.

    Raises what ``PartitionLog.read`` raises, and CorruptBatch.
    """
    offset = log.log_start_offset
    while offset < log.log_end_offset:
        found = log.read(offset, _CHUNK_BYTES, end_offset=log.log_end_offset, min_one_batch=True)
        if found.records is None:
            return
        chunk = memoryview(found.records.read())
        position = 0
        while (size := batch_size(chunk, position)) is not None:
            batch = RecordBatch(chunk[position : position + size])
            if batch.last_offset >= offset:
                offset = batch.last_offset + 1
                yield batch
            position += size
