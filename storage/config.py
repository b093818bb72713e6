"""The topic settings that storage honours, typed."""

from __future__ import annotations

from wire.records import TimestampType
from wire.records.compression import Compression


class LogConfig:
    """Settings of one log, named as Kafka's topic settings.

    ``compression_type`` None keeps the codec of each batch, ``compression_level`` None is the
    codec's default. Shared by many logs and never changed: a changed topic gets a new one.
    """

    __slots__ = (
        "cleanup_policy",
        "compression_level",
        "compression_type",
        "delete_retention_ms",
        "index_interval_bytes",
        "max_compaction_lag_ms",
        "max_message_bytes",
        "message_timestamp_after_max_ms",
        "message_timestamp_before_max_ms",
        "message_timestamp_type",
        "min_cleanable_dirty_ratio",
        "min_compaction_lag_ms",
        "retention_bytes",
        "retention_ms",
        "segment_bytes",
        "segment_index_bytes",
        "segment_ms",
    )

    def __init__(
        self,
        *,
        segment_bytes: int,
        segment_ms: int,
        segment_index_bytes: int,
        index_interval_bytes: int,
        retention_ms: int,
        retention_bytes: int,
        cleanup_policy: frozenset[str],
        compression_type: Compression | None,
        compression_level: int | None,
        max_message_bytes: int,
        message_timestamp_type: TimestampType,
        message_timestamp_before_max_ms: int,
        message_timestamp_after_max_ms: int,
        min_cleanable_dirty_ratio: float,
        min_compaction_lag_ms: int,
        max_compaction_lag_ms: int,
        delete_retention_ms: int,
    ) -> None:
        self.segment_bytes = segment_bytes
        self.segment_ms = segment_ms
        self.segment_index_bytes = segment_index_bytes
        self.index_interval_bytes = index_interval_bytes
        self.retention_ms = retention_ms
        self.retention_bytes = retention_bytes
        self.cleanup_policy = cleanup_policy
        self.compression_type = compression_type
        self.compression_level = compression_level
        self.max_message_bytes = max_message_bytes
        self.message_timestamp_type = message_timestamp_type
        self.message_timestamp_before_max_ms = message_timestamp_before_max_ms
        self.message_timestamp_after_max_ms = message_timestamp_after_max_ms
        self.min_cleanable_dirty_ratio = min_cleanable_dirty_ratio
        self.min_compaction_lag_ms = min_compaction_lag_ms
        self.max_compaction_lag_ms = max_compaction_lag_ms
        self.delete_retention_ms = delete_retention_ms
