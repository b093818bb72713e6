"""What storage raises. kbroker/replicas/storage_errors.py maps each class to an error code.

Exception
├── CorruptBatch (wire.errors)         CORRUPT_MESSAGE
└── StorageError
    ├── OffsetOutOfRange               OFFSET_OUT_OF_RANGE
    ├── InvalidRecord                  INVALID_RECORD, with the offending record indices
    │   ├── NotOneBatch                INVALID_RECORD, with a text of the request level
    │   └── InvalidTimestamp           INVALID_TIMESTAMP, likewise
    ├── UnknownCompression             UNKNOWN_SERVER_ERROR, which is what Kafka answers
    ├── RecordTooLarge                 MESSAGE_TOO_LARGE
    ├── RecordListTooLarge             RECORD_LIST_TOO_LARGE
    ├── OutOfOrderSequence             OUT_OF_ORDER_SEQUENCE_NUMBER
    ├── InvalidProducerEpoch           INVALID_PRODUCER_EPOCH
    ├── InvalidTxnState                INVALID_TXN_STATE
    ├── TransactionCoordinatorFenced   TRANSACTION_COORDINATOR_FENCED
    ├── OffsetsOutOfOrder              UNKNOWN_SERVER_ERROR, which is what Kafka answers
    ├── NotHereYet                     KAFKA_STORAGE_ERROR, where the request cannot wait
    ├── LogDirFailed                   KAFKA_STORAGE_ERROR
    │   └── DiskFull                   KAFKA_STORAGE_ERROR
    ├── LogDirLocked                   the broker does not start
    └── UnsupportedFormat              the broker does not start
"""

from __future__ import annotations

from collections.abc import Sequence

from wire.errors import CorruptBatch

__all__ = [
    "CorruptBatch",
    "DiskFull",
    "InvalidProducerEpoch",
    "InvalidRecord",
    "InvalidTimestamp",
    "InvalidTxnState",
    "LogDirFailed",
    "LogDirLocked",
    "NotHereYet",
    "NotOneBatch",
    "OffsetOutOfRange",
    "OffsetsOutOfOrder",
    "OutOfOrderSequence",
    "RecordListTooLarge",
    "RecordTooLarge",
    "StorageError",
    "TransactionCoordinatorFenced",
    "UnknownCompression",
    "UnsupportedFormat",
]


class StorageError(Exception):
    """The base of all errors of storage, but CorruptBatch."""


class OffsetOutOfRange(StorageError):
    """The offset lies before the log's start or after its end."""


class InvalidRecord(StorageError):
    """A batch, or records in it, that Kafka's LogValidator rejects.

    ``record_errors`` holds (index in the batch, message) of each record at fault, and is empty
    when the batch as a whole is; Produce v8 reports them (KIP-467).
    """

    def __init__(self, message: str, record_errors: Sequence[tuple[int, str]] = ()) -> None:
        super().__init__(message)
        self.record_errors = record_errors


class NotOneBatch(InvalidRecord):
    """Not exactly one whole batch of magic 2 (Kafka's ProduceRequest.validateRecords)."""


class InvalidTimestamp(InvalidRecord):
    """A timestamp outside the topic's limits, or set by the client as log append time."""


class UnknownCompression(StorageError):
    """The batch's attributes name a codec that does not exist."""


class RecordTooLarge(StorageError):
    """The batch exceeds max.message.bytes."""


class RecordListTooLarge(StorageError):
    """The batch exceeds segment.bytes."""


class OutOfOrderSequence(StorageError):
    """The sequence number does not follow the producer's last one (KIP-98)."""


class InvalidProducerEpoch(StorageError):
    """A producer with a newer epoch has written (KIP-98, KIP-588)."""


class InvalidTxnState(StorageError):
    """A batch without transaction of a producer that has a transaction open."""


class TransactionCoordinatorFenced(StorageError):
    """A transaction marker from a coordinator that has been replaced."""


class OffsetsOutOfOrder(StorageError):
    """A batch from a leader does not follow the log's end, or the batch before it."""


class NotHereYet(StorageError):
    """The store still fetches the bytes: read again when the partition changes.

    A store that keeps its batches in local files never raises this.
    """


class LogDirFailed(StorageError):
    """A write, read or sync failed in the operating system.

    Unless it is a ``DiskFull``, the directory has failed: ``LogStore.failed`` has the cause.
    """


class DiskFull(LogDirFailed):
    """There was no room for a write. Nothing of it was kept; it can be tried again."""


class LogDirLocked(StorageError):
    """Another process uses the directory."""


class UnsupportedFormat(StorageError):
    """The directory was written by a version with a format that this one does not know."""
