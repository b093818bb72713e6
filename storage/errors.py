"""What storage raises. The broker maps each class to an error code at one edge.

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
    ├── NotHereYet                     no code: whoever reads tries again later
    ├── LogDirFailed                   KAFKA_STORAGE_ERROR
    ├── LogDirLocked                   the broker does not start
    └── UnsupportedFormat              the broker does not start
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import ParamSpec, TypeVar

from wire.errors import CorruptBatch

__all__ = [
    "CorruptBatch",
    "InvalidProducerEpoch",
    "InvalidRecord",
    "InvalidTimestamp",
    "InvalidTxnState",
    "LogDirFailed",
    "LogDirLocked",
    "NotHereYet",
    "NotOneBatch",
    "OffsetOutOfRange",
    "OutOfOrderSequence",
    "RecordListTooLarge",
    "RecordTooLarge",
    "StorageError",
    "TransactionCoordinatorFenced",
    "UnknownCompression",
    "UnsupportedFormat",
]


class StorageError(Exception):
    """Anything that storage refuses, except bytes that are no batch."""


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
    """A batch outside of the transaction that its producer has open."""


class TransactionCoordinatorFenced(StorageError):
    """A transaction marker from a coordinator that has been replaced."""


class NotHereYet(StorageError):
    """The bytes are still being brought: whoever reads tries again when the partition changes.

    A store that keeps its batches in local files never raises this.
    """


class LogDirFailed(StorageError):
    """The operating system failed a write, read or sync; the directory must go offline."""


class LogDirLocked(StorageError):
    """Another process uses the directory."""


class UnsupportedFormat(StorageError):
    """The directory was written by a version with a format that this one does not know."""


_P = ParamSpec("_P")
_R = TypeVar("_R")


def fails_log_dir(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Makes an OSError of ``function`` a LogDirFailed."""

    @wraps(function)
    def guarded(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        try:
            return function(*args, **kwargs)
        except OSError as error:
            raise LogDirFailed(f"{function.__name__}: {error}") from error

    return guarded
