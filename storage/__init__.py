"""The log on disk, in Kafka's own format: blocking calls, no event loop, no clock."""

from storage.clean_process import CleanProcess
from storage.cleanable import Cleanable
from storage.cleaning import Cleaning
from storage.config import LogConfig
from storage.errors import (
    CorruptBatch,
    DiskFull,
    InvalidProducerEpoch,
    InvalidRecord,
    InvalidTimestamp,
    InvalidTxnState,
    LogDirFailed,
    LogDirLocked,
    NotHereYet,
    NotOneBatch,
    OffsetOutOfRange,
    OffsetsOutOfOrder,
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
from storage.partition_log import LogStore, PartitionLog
from storage.producer_state import ProducerState
from storage.results import AppendInfo, AppendOrigin, FetchData, FileRegion
from storage.transaction_index import AbortedTxn
from storage.validator import only_batch

__all__ = [
    "AbortedTxn",
    "AppendInfo",
    "AppendOrigin",
    "CleanProcess",
    "Cleanable",
    "Cleaning",
    "CorruptBatch",
    "DiskFull",
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
    "LogStore",
    "MemoryFilesystem",
    "MetaProperties",
    "NotHereYet",
    "NotOneBatch",
    "OffsetOutOfRange",
    "OffsetsOutOfOrder",
    "OsFilesystem",
    "OutOfOrderSequence",
    "PartitionLog",
    "ProducerState",
    "RecordListTooLarge",
    "RecordTooLarge",
    "StorageError",
    "TransactionCoordinatorFenced",
    "UnknownCompression",
    "UnsupportedFormat",
    "only_batch",
]
