"""The log on disk, in Kafka's own format: blocking calls, no event loop, no clock."""

from storage.config import LogConfig
from storage.errors import (
    CorruptBatch,
    InvalidProducerEpoch,
    InvalidRecord,
    InvalidTimestamp,
    InvalidTxnState,
    LogDirFailed,
    LogDirLocked,
    NotHereYet,
    NotOneBatch,
    OffsetOutOfRange,
    OutOfOrderSequence,
    RecordListTooLarge,
    RecordTooLarge,
    StorageError,
    TransactionCoordinatorFenced,
    UnknownCompression,
    UnsupportedFormat,
)
from storage.filesystem import MemoryFilesystem, OsFilesystem
from storage.flush import FlushPlan
from storage.log import Log
from storage.log_dir import LogDir
from storage.meta_properties import MetaProperties
from storage.results import AppendInfo, AppendOrigin, FetchData, FileRegion
from storage.transaction_index import AbortedTxn
from storage.validator import only_batch

__all__ = [
    "AbortedTxn",
    "AppendInfo",
    "AppendOrigin",
    "CorruptBatch",
    "FetchData",
    "FileRegion",
    "FlushPlan",
    "InvalidProducerEpoch",
    "InvalidRecord",
    "InvalidTimestamp",
    "InvalidTxnState",
    "Log",
    "LogConfig",
    "LogDir",
    "LogDirFailed",
    "LogDirLocked",
    "MemoryFilesystem",
    "MetaProperties",
    "NotHereYet",
    "NotOneBatch",
    "OffsetOutOfRange",
    "OsFilesystem",
    "OutOfOrderSequence",
    "RecordListTooLarge",
    "RecordTooLarge",
    "StorageError",
    "TransactionCoordinatorFenced",
    "UnknownCompression",
    "UnsupportedFormat",
    "only_batch",
]
