"""Sequences, epochs, duplicates and ongoing transactions of the producers of one log.

Rules: Kafka's ProducerStateManager and ProducerAppendInfo (KIP-98, KIP-360, KIP-890). Checks are
made before the write and changes after it, so that a failed write changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from struct import Struct
from struct import error as struct_error

from storage.errors import (
    InvalidProducerEpoch,
    InvalidTxnState,
    OutOfOrderSequence,
    TransactionCoordinatorFenced,
)
from storage.results import AppendOrigin
from storage.transaction_index import AbortedTxn
from wire.errors import CorruptBatch
from wire.records.batch import (
    MAX_SEQUENCE,
    NO_PRODUCER_EPOCH,
    NO_PRODUCER_ID,
    NO_SEQUENCE,
    Batch,
    BatchHeader,
)
from wire.records.control import ControlRecordType, EndTransactionMarker
from wire.records.crc32c import crc32c

_BATCHES_TO_RETAIN = 5

# The file of a snapshot: version i16, CRC-32C u32 of what follows, entry count i32, entries of
# (producer id, epoch, last sequence, last offset, offset delta, timestamp, coordinator epoch,
# first offset of the ongoing transaction).
_SNAPSHOT_HEADER = Struct(">hIi")
_SNAPSHOT_ENTRY = Struct(">qhiqiqiq")
_SNAPSHOT_VERSION = 1
_CRC_START = 6


class ProducedBatch:
    """The numbers of a batch, kept to recognise it when the producer sends it again."""

    __slots__ = ("last_offset", "last_sequence", "offset_delta", "timestamp")

    def __init__(
        self, last_sequence: int, last_offset: int, offset_delta: int, timestamp: int
    ) -> None:
        self.last_sequence = last_sequence
        self.last_offset = last_offset
        self.offset_delta = offset_delta
        self.timestamp = timestamp

    @property
    def first_sequence(self) -> int:
        return (self.last_sequence - self.offset_delta) & MAX_SEQUENCE

    @property
    def first_offset(self) -> int:
        return self.last_offset - self.offset_delta


class ProducerState:
    """One producer; ``last_timestamp`` in ms, ``current_txn_first_offset`` -1 outside of one."""

    __slots__ = (
        "batches",
        "coordinator_epoch",
        "current_txn_first_offset",
        "last_timestamp",
        "producer_epoch",
        "producer_id",
    )

    def __init__(self, producer_id: int) -> None:
        self.producer_id = producer_id
        self.producer_epoch = NO_PRODUCER_EPOCH
        self.coordinator_epoch = -1
        self.last_timestamp = -1
        self.current_txn_first_offset = -1
        self.batches: list[ProducedBatch] = []  # oldest first, at most five

    @property
    def last_sequence(self) -> int:
        return self.batches[-1].last_sequence if self.batches else NO_SEQUENCE

    def find_duplicate(self, batch: BatchHeader) -> ProducedBatch | None:
        """The batch with the same epoch, first and last sequence, among the last five."""
        if batch.producer_epoch != self.producer_epoch:
            return None
        last_sequence = batch.last_sequence
        for produced in self.batches:
            if (
                produced.last_sequence == last_sequence
                and produced.first_sequence == batch.base_sequence
            ):
                return produced
        return None

    def set_epoch(self, producer_epoch: int) -> None:
        """A new epoch starts at sequence 0 again."""
        if producer_epoch != self.producer_epoch:
            self.batches.clear()
            self.producer_epoch = producer_epoch


# Stands for a producer of which the log knows nothing, as in Kafka.
_UNKNOWN = ProducerState(NO_PRODUCER_ID)


class AnnouncedBatches:
    """Batches of a producer about which the coordinator is asked (Kafka's VerificationStateEntry).

    If one of them is refused, later ones of its epoch must be refused too, until it was written.
    A producer of transaction version 2 (``starts_at_0``, as its first batch says) starts each
    epoch at sequence 0, as long as the log knows nothing else of it (KIP-890).
    """

    __slots__ = ("announced_ms", "epoch", "lowest_sequence", "starts_at_0")

    def __init__(
        self, epoch: int, lowest_sequence: int, starts_at_0: bool, announced_ms: int
    ) -> None:
        self.epoch = epoch
        self.lowest_sequence = lowest_sequence
        self.starts_at_0 = starts_at_0
        self.announced_ms = announced_ms


class CompletedTxn:
    """A transaction that a marker has ended: its first offset, and that of the marker."""

    __slots__ = ("first_offset", "is_aborted", "last_offset", "producer_id")

    def __init__(
        self, producer_id: int, first_offset: int, last_offset: int, is_aborted: bool
    ) -> None:
        self.producer_id = producer_id
        self.first_offset = first_offset
        self.last_offset = last_offset
        self.is_aborted = is_aborted


class ProducerStates:
    """The producers of a log and their transactions."""

    __slots__ = ("_announced", "_completed", "_ongoing", "producers")

    def __init__(self) -> None:
        self.producers: dict[int, ProducerState] = {}
        # First offset → producer id, ascending, of transactions without a marker.
        self._ongoing: dict[int, int] = {}
        # First offset → marker's offset, of transactions whose marker is not replicated yet.
        self._completed: dict[int, int] = {}
        # Producer id → batches that wait for their transaction.
        self._announced: dict[int, AnnouncedBatches] = {}

    @property
    def is_empty(self) -> bool:
        return not self.producers

    # -- before the write ------------------------------------------------------------------------

    def announce(
        self, producer_id: int, epoch: int, sequence: int, starts_at_0: bool, now_ms: int
    ) -> None:
        """See ``PartitionLog.announce``."""
        known = self._announced.get(producer_id)
        if known is None:
            self._announced[producer_id] = AnnouncedBatches(epoch, sequence, starts_at_0, now_ms)
        elif epoch > known.epoch or (epoch == known.epoch and sequence < known.lowest_sequence):
            known.epoch, known.lowest_sequence = epoch, sequence

    def check(
        self, batch: Batch, origin: AppendOrigin, transaction_version: int
    ) -> ProducedBatch | None:
        """Checks a batch with a producer id; the batch that it repeats, if it is a client's retry.

        Raises InvalidProducerEpoch, OutOfOrderSequence, InvalidTxnState, and for a marker
        TransactionCoordinatorFenced, CorruptBatch.
        """
        if not batch.is_control:
            return self._check_data(batch, origin)
        if batch.record_count:
            self._check_marker(batch, EndTransactionMarker.from_batch(batch), transaction_version)
        return None

    def _check_data(self, batch: BatchHeader, origin: AppendOrigin) -> ProducedBatch | None:
        producer = self.producers.get(batch.producer_id)
        if producer is None:
            self._check_epoch(_UNKNOWN, batch, 0)
            if origin is AppendOrigin.CLIENT:
                self._check_announced(batch, is_known=False)
            return None
        if origin is AppendOrigin.CLIENT:
            duplicate = producer.find_duplicate(batch)
            if duplicate is not None:
                return duplicate
        self._check_epoch(producer, batch, 0)
        if origin is AppendOrigin.CLIENT:
            self._check_announced(batch, is_known=bool(producer.batches))
            _check_sequence(producer, batch)
        if producer.current_txn_first_offset >= 0 and not batch.is_transactional:
            raise InvalidTxnState(f"Expected transactional write from producer {batch.producer_id}")
        return None

    def _check_announced(self, batch: BatchHeader, *, is_known: bool) -> None:
        announced = self._announced.get(batch.producer_id)
        if announced is None:
            return
        if announced.starts_at_0 and not is_known and batch.base_sequence != 0:
            raise _starts_late(batch)
        if batch.base_sequence > announced.lowest_sequence:
            raise OutOfOrderSequence(
                f"Out of order sequence number for producer {batch.producer_id}: "
                f"{batch.base_sequence} (incoming seq. number), {announced.lowest_sequence} "
                "(earliest seen sequence)"
            )

    def _check_marker(
        self, batch: BatchHeader, marker: EndTransactionMarker, transaction_version: int
    ) -> None:
        producer = self.producers.get(batch.producer_id, _UNKNOWN)
        self._check_epoch(producer, batch, transaction_version)
        if producer.coordinator_epoch > marker.coordinator_epoch:
            raise TransactionCoordinatorFenced(
                f"Invalid coordinator epoch for producerId {batch.producer_id}: "
                f"{marker.coordinator_epoch} (zombie), {producer.coordinator_epoch} (current)"
            )

    @staticmethod
    def _check_epoch(producer: ProducerState, batch: BatchHeader, transaction_version: int) -> None:
        # From transaction version 2 on, every transaction has an epoch of its own (KIP-890), so the
        # marker of an open one has a greater epoch than its records. Where none is open, the same
        # marker may come again.
        is_open = producer.current_txn_first_offset >= 0
        oldest_valid = producer.producer_epoch + (transaction_version >= 2 and is_open)
        if batch.producer_epoch < oldest_valid:
            raise InvalidProducerEpoch(
                f"Epoch of producer {batch.producer_id} is {batch.producer_epoch}, "
                f"and the last seen epoch {producer.producer_epoch}"
            )

    # -- after the write -------------------------------------------------------------------------

    def add(self, batch: Batch) -> CompletedTxn | None:
        """Updates the state by a batch of the log; the transaction that it ends, if any."""
        if batch.is_transactional:
            self._begin(batch)
        if not batch.is_control:
            self._add_data(batch)
        elif batch.record_count:
            return self._add_marker(batch, EndTransactionMarker.from_batch(batch))
        else:
            # The cleaner keeps the emptied batch of a marker whose transaction is gone. Only its
            # producer id counts (ProducerAppendInfo.append).
            self._producer(batch.producer_id)
        return None

    def replay(self, batch: Batch) -> AbortedTxn | None:
        """As ``add``, but returns the transaction that the batch aborts, for the index."""
        completed = self.add(batch)
        if completed is None or not completed.is_aborted:
            return None
        return AbortedTxn(
            completed.producer_id,
            completed.first_offset,
            completed.last_offset,
            self.stable_offset_after(completed),
        )

    def _begin(self, batch: BatchHeader) -> None:
        """Drops the announcement: the batch was written, or its transaction has ended.

        Where each transaction has its own epoch (KIP-890), a marker with the announced epoch ends
        the transaction before, so the announcement stays.
        """
        announced = self._announced.get(batch.producer_id)
        if announced is None:
            return
        is_next = announced.starts_at_0 and batch.is_control
        if not (is_next and batch.producer_epoch == announced.epoch):
            del self._announced[batch.producer_id]

    def _add_data(self, batch: BatchHeader) -> None:
        producer = self._producer(batch.producer_id)
        producer.set_epoch(batch.producer_epoch)
        batches = producer.batches
        if len(batches) == _BATCHES_TO_RETAIN:
            del batches[0]
        batches.append(
            ProducedBatch(
                batch.last_sequence, batch.last_offset, batch.last_offset_delta, batch.max_timestamp
            )
        )
        producer.last_timestamp = batch.max_timestamp
        if batch.is_transactional and producer.current_txn_first_offset < 0:
            producer.current_txn_first_offset = batch.base_offset
            self._ongoing[batch.base_offset] = batch.producer_id

    def _add_marker(self, batch: BatchHeader, marker: EndTransactionMarker) -> CompletedTxn | None:
        producer = self._producer(batch.producer_id)
        first_offset = producer.current_txn_first_offset
        producer.set_epoch(batch.producer_epoch)
        producer.coordinator_epoch = marker.coordinator_epoch
        producer.last_timestamp = batch.max_timestamp
        producer.current_txn_first_offset = -1
        if first_offset < 0:
            return None
        self._ongoing.pop(first_offset, None)
        self._completed[first_offset] = batch.base_offset
        is_aborted = marker.control_type is ControlRecordType.ABORT
        return CompletedTxn(batch.producer_id, first_offset, batch.base_offset, is_aborted)

    def _producer(self, producer_id: int) -> ProducerState:
        producer = self.producers.get(producer_id)
        if producer is None:
            producer = self.producers[producer_id] = ProducerState(producer_id)
        return producer

    # -- look-ups --------------------------------------------------------------------------------

    def stable_offset_after(self, completed: CompletedTxn) -> int:
        """The last stable offset after ``completed``, which its transaction index entry holds."""
        return next(iter(self._ongoing), completed.last_offset + 1)

    def first_unstable_offset(self, high_watermark: int) -> int | None:
        """First offset of the oldest transaction without a marker below ``high_watermark``."""
        if self._completed:
            for first_offset, marker_offset in list(self._completed.items()):
                if marker_offset < high_watermark:
                    del self._completed[first_offset]
        ongoing = next(iter(self._ongoing), None)
        completed = min(self._completed, default=None)
        if ongoing is None or completed is None:
            return completed if ongoing is None else ongoing
        return min(ongoing, completed)

    # -- upkeep ----------------------------------------------------------------------------------

    def expire(self, now_ms: int, expiration_ms: int) -> None:
        """Forgets producers idle for ``expiration_ms``, but none with an open transaction."""
        expired = [
            producer.producer_id
            for producer in self.producers.values()
            if producer.current_txn_first_offset < 0
            and now_ms - producer.last_timestamp >= expiration_ms
        ]
        for producer_id in expired:
            del self.producers[producer_id]
        for producer_id, announced in list(self._announced.items()):
            if now_ms - announced.announced_ms >= expiration_ms:
                del self._announced[producer_id]

    def clear(self) -> None:
        self.producers.clear()
        self._ongoing.clear()
        self._completed.clear()
        self._announced.clear()

    def snapshot(self) -> bytes:
        """The contents of a snapshot file: of each producer, the last batch only, as in Kafka."""
        entries = bytearray()
        for producer in self.producers.values():
            last = producer.batches[-1] if producer.batches else None
            entries += _SNAPSHOT_ENTRY.pack(
                producer.producer_id,
                producer.producer_epoch,
                producer.last_sequence,
                last.last_offset if last else -1,
                last.offset_delta if last else 0,
                producer.last_timestamp,
                producer.coordinator_epoch,
                producer.current_txn_first_offset,
            )
        counted = Struct(">i").pack(len(self.producers)) + entries
        return Struct(">hI").pack(_SNAPSHOT_VERSION, crc32c(counted)) + counted

    def load(self, snapshot: bytes) -> None:
        """Replaces everything by the contents of a snapshot file; raises CorruptBatch."""
        self.clear()
        for producer in sorted(_parse_snapshot(snapshot), key=lambda p: p.current_txn_first_offset):
            self.producers[producer.producer_id] = producer
            if producer.current_txn_first_offset >= 0:
                self._ongoing[producer.current_txn_first_offset] = producer.producer_id


def _starts_late(batch: BatchHeader) -> OutOfOrderSequence:
    return OutOfOrderSequence(
        f"Invalid sequence number for producer {batch.producer_id}: {batch.base_sequence} "
        "(incoming seq. number). Expected sequence 0 of a producer that is not known here"
    )


def _check_sequence(producer: ProducerState, batch: BatchHeader) -> None:
    if producer.producer_epoch == NO_PRODUCER_EPOCH:
        return  # nothing is known of such a producer, and Kafka takes any sequence from it
    first_sequence = batch.base_sequence
    if batch.producer_epoch != producer.producer_epoch:
        if first_sequence != 0:
            raise OutOfOrderSequence(
                f"Invalid sequence number for new epoch of producer {batch.producer_id}: "
                f"{batch.producer_epoch} (request epoch), {first_sequence} (seq. number), "
                f"{producer.producer_epoch} (current producer epoch)"
            )
        return
    last_sequence = producer.last_sequence
    wraps = first_sequence == 0 and last_sequence == MAX_SEQUENCE
    if first_sequence != last_sequence + 1 and not wraps:
        raise OutOfOrderSequence(
            f"Out of order sequence number for producer {batch.producer_id}: "
            f"{first_sequence} (incoming seq. number), "
            f"{last_sequence} (current end sequence number)"
        )


def _parse_snapshot(data: bytes) -> Iterable[ProducerState]:
    try:
        version, crc, count = _SNAPSHOT_HEADER.unpack_from(data)
    except struct_error:
        raise CorruptBatch("a producer snapshot is too short") from None
    if version != _SNAPSHOT_VERSION or crc != crc32c(memoryview(data)[_CRC_START:]):
        raise CorruptBatch("a producer snapshot has an unknown version or a wrong checksum")
    if len(data) != _SNAPSHOT_HEADER.size + count * _SNAPSHOT_ENTRY.size:
        raise CorruptBatch("a producer snapshot has the wrong size")
    for fields in _SNAPSHOT_ENTRY.iter_unpack(data[_SNAPSHOT_HEADER.size :]):
        producer = ProducerState(fields[0])
        _, producer.producer_epoch, last_sequence, last_offset, offset_delta = fields[:5]
        _, producer.last_timestamp, producer.coordinator_epoch = fields[4:7]
        producer.current_txn_first_offset = fields[7]
        if last_offset >= 0:
            producer.batches.append(
                ProducedBatch(last_sequence, last_offset, offset_delta, producer.last_timestamp)
            )
        yield producer


# Of the logs that nobody has written to with a producer id, which are most: it is never changed.
NO_PRODUCERS = ProducerStates()
