"""The one place where storage's exceptions become error codes."""

from __future__ import annotations

import storage
from wire.errors import CorruptBatch, ErrorCode

REFUSALS = (storage.StorageError, CorruptBatch)

# Raised before the records of a batch are checked; Kafka's answer then has no log start offset.
UNCHECKED = (
    CorruptBatch,
    storage.NotOneBatch,
    storage.RecordTooLarge,
    storage.RecordListTooLarge,
    storage.LogDirFailed,
)

_CODES: dict[type[Exception], ErrorCode] = {
    CorruptBatch: ErrorCode.CORRUPT_MESSAGE,
    storage.OffsetOutOfRange: ErrorCode.OFFSET_OUT_OF_RANGE,
    storage.NotOneBatch: ErrorCode.INVALID_RECORD,
    storage.InvalidRecord: ErrorCode.INVALID_RECORD,
    storage.InvalidTimestamp: ErrorCode.INVALID_TIMESTAMP,
    storage.UnknownCompression: ErrorCode.UNKNOWN_SERVER_ERROR,
    storage.RecordTooLarge: ErrorCode.MESSAGE_TOO_LARGE,
    storage.RecordListTooLarge: ErrorCode.RECORD_LIST_TOO_LARGE,
    storage.OutOfOrderSequence: ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
    storage.InvalidProducerEpoch: ErrorCode.INVALID_PRODUCER_EPOCH,
    storage.InvalidTxnState: ErrorCode.INVALID_TXN_STATE,
    storage.TransactionCoordinatorFenced: ErrorCode.TRANSACTION_COORDINATOR_FENCED,
    storage.OffsetsOutOfOrder: ErrorCode.UNKNOWN_SERVER_ERROR,
    storage.NotHereYet: ErrorCode.KAFKA_STORAGE_ERROR,
    storage.LogDirFailed: ErrorCode.KAFKA_STORAGE_ERROR,
    storage.DiskFull: ErrorCode.KAFKA_STORAGE_ERROR,
}


def error_code(error: Exception) -> ErrorCode:
    return _CODES[type(error)]
