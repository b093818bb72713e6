"""What holds for a topic, and what storage is told of it."""

from __future__ import annotations

import pytest

from kbroker.settings.broker_settings import BrokerSettings
from kbroker.settings.definitions import TOPIC_SETTINGS
from kbroker.settings.sources import Source
from kbroker.settings.topic_settings import effective, log_config, validate_topic_settings
from wire.errors import ErrorCode, KafkaError
from wire.records import TimestampType
from wire.records.compression import Compression


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"nope": "1"}, "Unknown topic config name: nope"),
        ({"retention.ms": "x"}, "Not a number of type LONG"),
        ({"min.compaction.lag.ms": "2", "max.compaction.lag.ms": "1"}, "conflict topic config"),
        ({"remote.storage.enable": "true"}, "Tiered Storage functionality is disabled"),
    ],
)
def test_what_a_topic_cannot_have(given: dict[str, str], wrong: str) -> None:
    with pytest.raises(KafkaError) as raised:
        validate_topic_settings(given)
    assert raised.value.code == ErrorCode.INVALID_CONFIG
    assert wrong in (raised.value.message or "")


def test_what_holds() -> None:
    broker = BrokerSettings({"log.retention.minutes": "2"})
    assert effective("retention.ms", {"retention.ms": " 7"}, broker) == (
        " 7", Source.DYNAMIC_TOPIC_CONFIG,
    )  # fmt: skip
    assert effective("retention.ms", {}, broker) == ("120000", Source.STATIC_BROKER_CONFIG)
    assert effective("preallocate", {}, broker) == ("false", Source.DEFAULT_CONFIG)


def test_a_log_of_a_topic_that_says_nothing() -> None:
    """Kafka's defaults, each written once: in the definitions."""
    config = log_config({}, BrokerSettings())
    for name in ("segment.bytes", "segment.ms", "retention.ms", "retention.bytes",
                 "segment.index.bytes", "index.interval.bytes", "max.message.bytes",
                 "message.timestamp.before.max.ms", "message.timestamp.after.max.ms"):  # fmt: skip
        assert getattr(config, name.replace(".", "_")) == TOPIC_SETTINGS[name].default, name
    assert config.cleanup_policy == {"delete"}
    assert (config.compression_type, config.compression_level) == (None, None)
    assert config.message_timestamp_type is TimestampType.CREATE_TIME


def test_a_log_of_a_topic_that_says_much() -> None:
    config = log_config(
        {
            "cleanup.policy": "compact , delete",
            "compression.type": "zstd",
            "compression.zstd.level": "7",
            "message.timestamp.type": "LogAppendTime",
        },
        BrokerSettings(),
    )
    assert config.cleanup_policy == {"compact", "delete"}
    assert (config.compression_type, config.compression_level) == (Compression.ZSTD, 7)
    assert config.message_timestamp_type is TimestampType.LOG_APPEND_TIME


def test_tests_may_have_short_segments() -> None:
    """Kafka's ``internal.segment.bytes`` counts above the other and has no least value."""
    given = {"internal.segment.bytes": "100", "segment.bytes": "2000000"}
    validate_topic_settings(given)
    assert log_config(given, BrokerSettings()).segment_bytes == 100


@pytest.mark.parametrize(
    ("policy", "lag_ms", "segment_ms"),
    [("compact", "1000", 1000), ("compact,delete", "1000", 1000), ("delete", "1000", 5000),
     ("compact", "9000", 5000)],
)  # fmt: skip
def test_a_segment_of_a_compacted_topic_grows_no_older_than_compaction_may_lag(
    policy: str, lag_ms: str, segment_ms: int
) -> None:
    """Else its records would not be compacted in time (Kafka's LogConfig.maxSegmentMs)."""
    given = {"cleanup.policy": policy, "segment.ms": "5000", "max.compaction.lag.ms": lag_ms}

    assert log_config(given, BrokerSettings()).segment_ms == segment_ms
