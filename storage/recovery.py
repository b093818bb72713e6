"""Opening a log: which segments there are, where it ends, and what its producers have done.

After a clean stop the checkpoints and snapshots are believed. Otherwise the batches from the
recovery point on are walked: the log is cut after the last whole batch with a valid checksum, and
indexes, leader epochs and producer state are completed from what is there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from storage.producer_state import ProducerStates
from storage.segment import MAX_RELATIVE_OFFSET, LogSegment
from storage.transaction_index import AbortedTxn
from wire.errors import CorruptBatch
from wire.records.batch import LOG_OVERHEAD, Batch, batch_size, parse_batch

if TYPE_CHECKING:
    from storage.log import Log

_CHUNK_BYTES = 1 << 20


def load(log: Log, *, recovery_point: int, log_start_offset: int, clean: bool, now_ms: int) -> None:
    """Fills ``log``, just made, from its folder; the offsets are those of the checkpoints."""
    names = _remove_leftovers(log)
    _list_segments(log, names, now_ms)
    log.snapshots.list(names)
    log.epochs.load()
    clean = clean and _find_end(log, names)
    if not clean:
        recover(log, recovery_point, log_start_offset)
    _settle_start(log, log_start_offset, now_ms)
    log.epochs.truncate_from_end(log.log_end_offset)
    log.epochs.truncate_from_start(log.log_start_offset)
    log.size_bytes = sum(segment.size for segment in log.segments)
    if clean:
        reload_producers(log)
        log.recovery_point = log.log_end_offset
    else:
        log.recovery_point = min(recovery_point, log.log_end_offset)
    for segment in log.segments:
        segment.close()


def _remove_leftovers(log: Log) -> set[str]:
    """Unlinks what deletions, crashes and unfinished compactions have left; the names that remain.

    An index without its log would otherwise pass for that of the next segment of its name.
    """
    names = set(log.filesystem.list(log.folder))
    for name in sorted(names):
        stem, _, suffix = name.rpartition(".")
        is_orphan = suffix in ("index", "timeindex", "txnindex") and f"{stem}.log" not in names
        if is_orphan or suffix in ("deleted", "cleaned", "tmp"):
            log.filesystem.remove(f"{log.folder}/{name}")
            names.remove(name)
    return names


def _list_segments(log: Log, names: set[str], now_ms: int) -> None:
    for base_offset in sorted(int(name[:-4]) for name in names if name.endswith(".log")):
        segment = log.new_segment(base_offset, now_ms)
        segment.size = log.filesystem.size(segment.path)
        log.segments.add(segment)


def _find_end(log: Log, names: set[str]) -> bool:
    """Sets the end offset after a clean stop; False when the files cannot be trusted after all."""
    active = log.segments.active
    if active is None:
        return True
    for segment in log.segments:
        if any(f"{segment.base_offset:020d}{suffix}" not in names for suffix in _INDEX_SUFFIXES):
            return False
    try:
        log.log_end_offset = active.next_offset()
    except CorruptBatch:
        return False
    return True


_INDEX_SUFFIXES = (".index", ".timeindex")


def _settle_start(log: Log, log_start_offset: int, now_ms: int) -> None:
    """Kafka starts anew at the checkpointed start when the log ends before it."""
    first = log.segments.first
    log.log_start_offset = max(log_start_offset, 0 if first is None else first.base_offset)
    if log.log_end_offset < log.log_start_offset:
        log.truncate_fully_and_start_at(log.log_start_offset, now_ms)


def reload_producers(log: Log) -> None:
    """Loads the latest snapshot, and replays what came after it."""
    log.snapshots.remove_after(log.log_end_offset)
    offset = log.snapshots.load_latest(log.producers)
    replay(log, log.log_start_offset if offset is None else offset)


def replay(log: Log, offset: int) -> None:
    """Brings the producer state, which is that at ``offset``, to the log's end."""
    if offset >= log.log_end_offset:
        return
    for segment in log.segments.since(offset):
        segment.transaction_index.truncate_to(offset)
        start = segment.offset_index.lookup(offset)
        for position, header in segment.scan(start):
            if header.last_offset >= offset and header.has_producer_id:
                note_batch(log.producers, segment.read_batch(position, header), segment)


def recover(log: Log, recovery_point: int, log_start_offset: int) -> None:
    """Walks the batches from the recovery point on, and cuts the log where they stop being valid.

    It starts with the latest producer snapshot of before, because the transaction index is as
    unreliable from the recovery point on as the rest.
    """
    log.snapshots.remove_after(recovery_point)
    snapshot_offset = log.snapshots.load_latest(log.producers)
    start = log_start_offset if snapshot_offset is None else snapshot_offset
    for segment in log.segments.since(start):
        if not _recover_segment(log, segment, start):
            log.condemn_segments(log.segments.pop_from(segment.base_offset + 1))
            break


def _recover_segment(log: Log, segment: LogSegment, start: int) -> bool:
    """Rebuilds what is derived from the batches; False when the segment had to be cut."""
    segment.transaction_index.truncate_to(start)
    position = segment.forget_indexes_from(start)
    next_offset = segment.base_offset
    greatest_offset = next_offset + MAX_RELATIVE_OFFSET
    interval = log.config.index_interval_bytes
    for batch in _valid_batches(segment, position):
        if not next_offset <= batch.base_offset <= batch.last_offset <= greatest_offset:
            break  # offsets lie outside the checksum
        next_offset = batch.next_offset
        segment.index(position, batch.size, next_offset - 1, batch.max_timestamp, interval)
        position += batch.size
        if batch.has_producer_id and batch.last_offset >= start:
            note_batch(log.producers, batch, segment)
        if batch.partition_leader_epoch > (-1 if log.epochs.latest is None else log.epochs.latest):
            log.epochs.assign(batch.partition_leader_epoch, batch.base_offset)
    log.log_end_offset = next_offset
    if position == segment.size:
        return True
    segment.size = position
    segment.file().truncate(position)
    return False


def _valid_batches(segment: LogSegment, position: int) -> Iterator[Batch]:
    """The batches from ``position`` on, up to the first that is torn or has a wrong checksum."""
    file = segment.file()
    wanted = _CHUNK_BYTES
    while position < segment.size:
        chunk = memoryview(file.read(position, wanted))
        start = 0
        try:
            while (size := batch_size(chunk, start)) is not None:
                batch = parse_batch(chunk[start : start + size])
                batch.verify_crc()
                yield batch
                start += size
        except CorruptBatch:
            return
        if start == 0:  # a batch larger than the chunk, or the torn end of the file
            wanted = LOG_OVERHEAD + int.from_bytes(chunk[8:LOG_OVERHEAD])
            if not len(chunk) < wanted <= segment.size - position:
                return
        else:
            position += start
            wanted = _CHUNK_BYTES


def note_batch(producers: ProducerStates, batch: Batch, segment: LogSegment) -> None:
    """Takes note of a batch with a producer id, new or replayed, that ``segment`` holds."""
    completed = producers.add(batch)
    if completed is not None and completed.is_aborted:
        segment.transaction_index.append(
            AbortedTxn(
                completed.producer_id,
                completed.first_offset,
                completed.last_offset,
                producers.stable_offset_after(completed),
            )
        )
