"""Opening a log: its segments, its end, and the state of its producers.

After a clean stop checkpoints and snapshots are trusted. Otherwise the batches from the recovery
point on are read: the log is cut after the last whole batch with a valid checksum, and indexes,
leader epochs and producer state are rebuilt from the batches (Kafka's LogLoader).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from storage.batch_store import BatchStore
from storage.config import LogConfig
from storage.leader_epochs import LeaderEpochs
from storage.local_log import LocalLog
from storage.log_folder import LogFolder
from storage.producer_snapshots import ProducerSnapshots
from storage.producer_state import ProducerStates
from storage.segment import MAX_RELATIVE_OFFSET, LogSegment
from storage.segment_name import (
    CLEANED_SUFFIX,
    DELETED_SUFFIX,
    SEGMENT_SUFFIXES,
    SWAP_SUFFIX,
)
from storage.segments import LogSegments
from wire.errors import CorruptBatch
from wire.integers import MAX_INT64
from wire.records.batch import LOG_OVERHEAD, Batch, batch_size, parse_batch

_CHUNK_BYTES = 1 << 20
_INDEX_SUFFIXES = (".index", ".timeindex")
_LEFTOVER_SUFFIXES = (DELETED_SUFFIX, CLEANED_SUFFIX, ".tmp")


class LogState:
    """The parts of a log: its batches, and the state derived from them. Empty until ``load`` fills
    it."""

    __slots__ = (
        "epochs", "log_start_offset", "producers", "recovery_point", "snapshots", "store",
    )  # fmt: skip

    def __init__(self, folder: LogFolder) -> None:
        self.store: BatchStore = LocalLog(folder, LogSegments(), 0)
        self.epochs = LeaderEpochs(folder.filesystem, folder.path)
        self.snapshots = ProducerSnapshots(folder.filesystem, folder.path)
        self.producers = ProducerStates()
        self.log_start_offset = 0
        self.recovery_point = 0


def load(
    folder: LogFolder,
    *,
    recovery_point: int,
    log_start_offset: int,
    clean: bool,
    config: LogConfig,
    now_ms: int,
) -> LogState:
    """The state of the log in ``folder``; the offsets are those of the checkpoints."""
    state = LogState(folder)
    names = _remove_leftovers(folder, _finish_swap(folder, config, now_ms))
    segments = _list_segments(folder, names, config, now_ms)
    state.snapshots.list(names)
    state.epochs.load()
    end_offset = _end_after_clean_stop(segments, names) if clean else None
    if end_offset is not None:
        state.store = LocalLog(folder, segments, end_offset)
        _settle_start(state, log_start_offset, config, now_ms)
        reload_producers(state.producers, state.snapshots, state.store, state.log_start_offset)
        state.recovery_point = state.store.end_offset
    else:
        recovery = _Recovery(state, folder, segments, names, recovery_point)
        start = recovery.start(log_start_offset)
        rebuilt_from = recovery.first_offset(start)
        end_offset = recovery.run(start, rebuilt_from)
        state.store = LocalLog(folder, segments, end_offset, rebuilt_from)
        _settle_start(state, log_start_offset, config, now_ms)
        if start > state.store.end_offset:  # a truncation was not finished: the snapshot is void
            reload_producers(state.producers, state.snapshots, state.store, state.log_start_offset)
        state.recovery_point = min(recovery_point, state.store.end_offset)
    trusted = segments.floor(recovery_point - 1)
    for segment in segments:
        segment.close()
        if trusted is not None and segment.base_offset < trusted.base_offset:
            segment.sync_indexes()  # only missing ones were written; the next start trusts them
    return state


def _finish_swap(folder: LogFolder, config: LogConfig, now_ms: int) -> set[str]:
    """Swaps in the cleaned segments of a cleaning that was complete; the names of all files then
    (Kafka's LogLoader.removeTempFilesAndCollectSwapFiles).

    Before anything is deleted all files have the suffix ``.swap``. Where some still have another,
    the cleaning is void from there on.
    """
    names = folder.names()
    complete_before = min(
        (_offset(name) for name in names if name.endswith(CLEANED_SUFFIX)), default=MAX_INT64
    )
    swaps = {name for name in names if name.endswith(SWAP_SUFFIX)}
    for name in {name for name in swaps if _offset(name) >= complete_before}:
        folder.remove(name)
        swaps.remove(name)
    for base_offset in {_offset(name) for name in swaps if name.endswith(".log" + SWAP_SUFFIX)}:
        end_offset = _end_of_swap(folder, base_offset, config, now_ms)
        for name in names:
            if name.endswith(SEGMENT_SUFFIXES) and base_offset < _offset(name) < end_offset:
                folder.remove(name)
    if swaps:
        # A segment that came back beside the one it is part of would be taken for damage.
        folder.filesystem.sync_folder(folder.path)
        for name in swaps:
            folder.rename(name, name.removesuffix(SWAP_SUFFIX))
    return folder.names()


def _end_of_swap(folder: LogFolder, base_offset: int, config: LogConfig, now_ms: int) -> int:
    segment = folder.new_segment(base_offset, config, now_ms, SWAP_SUFFIX)
    segment.size = folder.filesystem.size(segment.path)
    end_offset = base_offset
    with suppress(CorruptBatch):  # it is cut there later
        end_offset = segment.next_offset()
    segment.abandon()
    return end_offset


def _offset(name: str) -> int:
    """The base offset in the name of a segment's file."""
    return int(name.partition(".")[0])


def _remove_leftovers(folder: LogFolder, names: set[str]) -> set[str]:
    """Unlinks what deletions, crashes and unfinished compactions left; the remaining names.

    An index without its log would otherwise be taken for that of a new segment of its name.
    """
    for name in sorted(names):
        stem, _, suffix = name.rpartition(".")
        is_orphan = suffix in ("index", "timeindex", "txnindex") and f"{stem}.log" not in names
        if is_orphan or name.endswith(_LEFTOVER_SUFFIXES):
            folder.remove(name)
            names.remove(name)
    return names


def _list_segments(
    folder: LogFolder, names: set[str], config: LogConfig, now_ms: int
) -> LogSegments:
    segments = LogSegments()
    for base_offset in sorted(int(name[:-4]) for name in names if name.endswith(".log")):
        segment = folder.new_segment(base_offset, config, now_ms)
        segment.size = folder.filesystem.size(segment.path)
        segments.add(segment)
    return segments


def _end_after_clean_stop(segments: LogSegments, names: set[str]) -> int | None:
    """The end offset; None when the files are damaged in spite of the clean stop."""
    active = segments.active
    if active is None:
        return 0
    if not all(_has_indexes(segment, names) for segment in segments):
        return None
    try:
        return active.next_offset()
    except CorruptBatch:
        return None


def _has_indexes(segment: LogSegment, names: set[str]) -> bool:
    return all(f"{segment.base_offset:020d}{suffix}" in names for suffix in _INDEX_SUFFIXES)


def _settle_start(state: LogState, log_start_offset: int, config: LogConfig, now_ms: int) -> None:
    """Where the log ends before its checkpointed start, it is emptied and starts there, as in
    Kafka."""
    start = max(log_start_offset, *state.store.base_offsets()[:1], 0)
    state.log_start_offset = start
    if state.store.end_offset < start:
        state.store.truncate_fully_and_start_at(start, config, now_ms)
        state.epochs.clear()
        state.producers.clear()
        state.snapshots.remove_after(-1)
    state.epochs.truncate_from_end(state.store.end_offset)
    state.epochs.truncate_from_start(start)


def reload_producers(
    producers: ProducerStates, snapshots: ProducerSnapshots, store: BatchStore, start_offset: int
) -> None:
    """Loads the latest snapshot of ``store``, whose log starts at ``start_offset``, and replays
    what came after it."""
    snapshots.remove_after(store.end_offset)
    offset = snapshots.load_latest(producers)
    store.replay(start_offset if offset is None else offset, producers.add)


class _Recovery:
    """Rebuilds the derived state, and cuts the log after its last valid batch."""

    def __init__(
        self,
        state: LogState,
        folder: LogFolder,
        segments: LogSegments,
        names: set[str],
        recovery_point: int,
    ) -> None:
        self._epochs = state.epochs
        self._producers = state.producers
        self._snapshots = state.snapshots
        self._folder = folder
        self._segments = segments
        self._names = names
        self._recovery_point = recovery_point

    def start(self, log_start_offset: int) -> int:
        """The offset from which batches are read: that of the latest producer snapshot before the
        recovery point. From there on the transaction index is not trusted either."""
        self._snapshots.remove_after(self._recovery_point)
        offset = self._snapshots.load_latest(self._producers)
        return log_start_offset if offset is None else offset

    def _lacks_greatest_timestamp(self, segment: LogSegment) -> bool:
        """The time index of a segment that is not active has at least one entry."""
        is_active = segment is self._segments.active
        return not is_active and not self._folder.filesystem.size(segment.time_index.path)

    def run(self, start: int, first_offset: int) -> int:
        """Reads the batches from ``first_offset`` on, and replays those from ``start`` on into the
        producer state; the end offset of the log."""
        self._recover_epochs(start)
        end_offset = 0
        for segment in self._segments.since(first_offset):
            if segment.base_offset < end_offset:  # it was deleted, and a power failure undid that
                self._delete_from(segment.base_offset)
                break
            end_offset, is_whole = self._recover_segment(segment, start)
            # Only the last segment may be empty: an earlier one has lost its batches.
            if not is_whole or segment.size == 0:
                self._delete_from(segment.base_offset + 1)
                break
        return end_offset

    def _delete_from(self, base_offset: int) -> None:
        self._folder.delete_segments(self._segments.pop_from(base_offset))

    def first_offset(self, start: int) -> int:
        """The offset from which segments are read: the indexes of the segment that was active at
        the recovery point may not have been synced, and others may be missing."""
        incomplete = [
            segment.base_offset
            for segment in self._segments
            if not _has_indexes(segment, self._names) or self._lacks_greatest_timestamp(segment)
        ]
        return max(0, min(start, self._recovery_point - 1, *incomplete[:1]))

    def _recover_epochs(self, start: int) -> None:
        """Finds the epochs before ``start`` in the batches if their file was lost."""
        if self._epochs.entries:
            return
        with suppress(CorruptBatch):
            for segment in self._segments:
                for _, header in segment.scan(0):
                    if header.base_offset >= start:
                        return
                    self._note_epoch(header.partition_leader_epoch, header.base_offset)

    def _note_epoch(self, epoch: int, base_offset: int) -> None:
        latest = self._epochs.latest
        if epoch > (-1 if latest is None else latest):
            self._epochs.assign(epoch, base_offset)

    def _recover_segment(self, segment: LogSegment, start: int) -> tuple[int, bool]:
        """(offset after the last valid batch, whether everything was valid)."""
        # Without a snapshot ``start`` may be beyond the recovery point.
        trusted_before = min(start, self._recovery_point)
        segment.transaction_index.truncate_to(trusted_before)
        position = segment.forget_indexes_from(trusted_before)
        next_offset = segment.base_offset
        greatest_offset = next_offset + MAX_RELATIVE_OFFSET
        for batch in _valid_batches(segment, position):
            if not next_offset <= batch.base_offset <= batch.last_offset <= greatest_offset:
                break  # the checksum does not cover offsets
            next_offset = batch.next_offset
            segment.index(position, batch.size, next_offset - 1, batch.max_timestamp)
            position += batch.size
            if batch.has_producer_id and batch.last_offset >= start:
                aborted = self._producers.replay(batch)
                if aborted is not None:
                    segment.transaction_index.append(aborted)
            self._note_epoch(batch.partition_leader_epoch, batch.base_offset)
        if position == segment.size:
            return next_offset, True
        segment.size = position
        segment.file().truncate(position)
        return next_offset, False


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
