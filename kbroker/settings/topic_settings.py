"""The settings of topics: which are valid, what holds, and the LogConfig that storage is given."""

from __future__ import annotations

from collections.abc import Mapping

from kbroker.java_hashing import hash_map_order
from kbroker.settings.broker_settings import BrokerSettings
from kbroker.settings.definitions import TOPIC_SETTINGS
from kbroker.settings.setting import InvalidValue, Value, text_of
from kbroker.settings.sources import Source
from storage import LogConfig
from wire.errors import ErrorCode, KafkaError
from wire.records import TimestampType
from wire.records.compression import Compression

# compression.type; ``producer`` keeps what each batch came in.
_CODECS = {
    "producer": None,
    "uncompressed": Compression.NONE,
    "gzip": Compression.GZIP,
    "snappy": Compression.SNAPPY,
    "lz4": Compression.LZ4,
    "zstd": Compression.ZSTD,
}
_LEVELLED = (Compression.GZIP, Compression.LZ4, Compression.ZSTD)


def validate_topic_settings(given: Mapping[str, str]) -> None:
    """Raises KafkaError(INVALID_CONFIG) for the first setting that a topic cannot have: names come
    before values."""
    values: dict[str, Value] = {}
    for name in hash_map_order(given):
        if name not in TOPIC_SETTINGS:
            raise _invalid(f"Unknown topic config name: {name}")
    for name, setting in TOPIC_SETTINGS.items():
        text = given.get(name)
        if text is None:
            continue
        try:
            values[name] = setting.parse(text)
        except InvalidValue as error:
            raise _invalid(str(error)) from None
    shortest = values.get("min.compaction.lag.ms", 0)
    longest = values.get("max.compaction.lag.ms", TOPIC_SETTINGS["max.compaction.lag.ms"].default)
    assert isinstance(shortest, int)
    assert isinstance(longest, int)
    if shortest > longest:
        raise _invalid(
            f"conflict topic config setting min.compaction.lag.ms ({shortest}) > "
            f"max.compaction.lag.ms ({longest})"
        )
    if values.get("remote.storage.enable"):
        raise _invalid(
            "Tiered Storage functionality is disabled in the broker. "
            "Topic cannot be configured with remote log storage."
        )


def _invalid(message: str) -> KafkaError:
    return KafkaError(ErrorCode.INVALID_CONFIG, message)


def effective(
    name: str, overrides: Mapping[str, str], broker: BrokerSettings
) -> tuple[str | None, Source]:
    """(text, source) of what holds for a topic: a given text unchanged."""
    if name in overrides:
        return overrides[name], Source.DYNAMIC_TOPIC_CONFIG
    value, source = broker.topic_default(name)
    return text_of(value), source


def log_config(overrides: Mapping[str, str], broker: BrokerSettings) -> LogConfig:
    """What storage is told of a topic with ``overrides``."""

    def value(name: str) -> Value:
        if name in overrides:
            return TOPIC_SETTINGS[name].parse(overrides[name])
        return broker.topic_default(name)[0]

    def integer(name: str) -> int:
        found = value(name)
        assert isinstance(found, int)
        return found

    dirty_ratio = value("min.cleanable.dirty.ratio")
    assert isinstance(dirty_ratio, float)
    policy = frozenset(
        part.strip() for part in str(value("cleanup.policy")).split(",") if part.strip()
    )
    codec = _CODECS[str(value("compression.type"))]
    return LogConfig(
        compression_type=codec,
        compression_level=integer(f"compression.{codec.name.lower()}.level")
        if codec in _LEVELLED
        else None,
        segment_bytes=integer("segment.bytes")
        if value("internal.segment.bytes") is None
        else integer("internal.segment.bytes"),
        segment_ms=min(integer("segment.ms"), integer("max.compaction.lag.ms"))
        if "compact" in policy
        else integer("segment.ms"),
        segment_index_bytes=integer("segment.index.bytes"),
        index_interval_bytes=integer("index.interval.bytes"),
        retention_ms=integer("retention.ms"),
        retention_bytes=integer("retention.bytes"),
        cleanup_policy=policy,
        max_message_bytes=integer("max.message.bytes"),
        message_timestamp_type=TimestampType.LOG_APPEND_TIME
        if value("message.timestamp.type") == "LogAppendTime"
        else TimestampType.CREATE_TIME,
        message_timestamp_before_max_ms=integer("message.timestamp.before.max.ms"),
        message_timestamp_after_max_ms=integer("message.timestamp.after.max.ms"),
        min_cleanable_dirty_ratio=dirty_ratio,
        min_compaction_lag_ms=integer("min.compaction.lag.ms"),
        max_compaction_lag_ms=integer("max.compaction.lag.ms"),
        delete_retention_ms=integer("delete.retention.ms"),
    )
