"""Settings as clients see them."""

from __future__ import annotations

import pytest

from kbroker.config import DEFAULT_CONFIG, DYNAMIC_TOPIC_CONFIG, STATIC_BROKER_CONFIG
from tests.drivers import BrokerDriver
from wire.errors import ErrorCode
from wire.messages.describe_configs import (
    DescribeConfigsRequest,
    DescribeConfigsResource,
    DescribeConfigsResourceResult,
    DescribeConfigsResult,
)

TOPIC, BROKER = 2, 4


def describe(broker: BrokerDriver, kind: int, name: str, *keys: str) -> DescribeConfigsResult:
    wanted = DescribeConfigsResource(
        resource_type=kind, resource_name=name, configuration_keys=list(keys) or None
    )
    request = DescribeConfigsRequest(resources=[wanted], include_synonyms=True)
    [result] = broker.connect().ask(request, 4).results
    assert isinstance(result, DescribeConfigsResult)
    return result


def only(result: DescribeConfigsResult) -> DescribeConfigsResourceResult:
    [config] = result.configs
    return config


def test_a_topics_own_setting_counts_before_the_brokers() -> None:
    broker = BrokerDriver()
    broker.create_topic("t", **{"retention.ms": "5"})
    broker.node.config.set("log.retention.ms", "6")
    found = only(describe(broker, TOPIC, "t", "retention.ms"))
    assert (found.value, found.config_source) == ("5", DYNAMIC_TOPIC_CONFIG)
    assert [(one.name, one.value, one.source) for one in found.synonyms] == [
        ("retention.ms", "5", DYNAMIC_TOPIC_CONFIG),
        ("log.retention.ms", "6", STATIC_BROKER_CONFIG),
        ("log.retention.hours", "168", DEFAULT_CONFIG),
    ]


def test_a_topic_falls_back_on_the_broker_in_its_own_unit() -> None:
    broker = BrokerDriver()
    broker.create_topic("t")
    broker.node.config.set("log.retention.hours", "2")
    found = only(describe(broker, TOPIC, "t", "retention.ms"))
    assert (found.value, found.config_source) == ("7200000", DEFAULT_CONFIG)
    assert found.synonyms == []  # what is said in other units does not count as this setting
    milliseconds = only(describe(broker, BROKER, "1", "log.retention.ms"))
    assert (milliseconds.value, milliseconds.synonyms) == (None, [])


def test_a_broker_tells_what_may_be_changed() -> None:
    broker = BrokerDriver()
    fixed = only(describe(broker, BROKER, "1", "num.partitions"))
    live = only(describe(broker, BROKER, "1", "log.retention.ms"))
    assert (fixed.read_only, fixed.config_source) == (True, DEFAULT_CONFIG)
    assert not live.read_only


def test_secrets_stay_secret() -> None:
    broker = BrokerDriver()
    broker.node.config.set("ssl.key.password", "hush")
    found = only(describe(broker, BROKER, "1", "ssl.key.password"))
    assert found.is_sensitive
    assert (found.value, found.synonyms) == (None, [])


@pytest.mark.parametrize(
    ("kind", "name", "code"),
    [
        (TOPIC, "nope", ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
        (TOPIC, "a b", ErrorCode.INVALID_TOPIC_EXCEPTION),
        (BROKER, "9", ErrorCode.INVALID_REQUEST),
        (BROKER, "x", ErrorCode.INVALID_REQUEST),
        (7, "x", ErrorCode.INVALID_REQUEST),
    ],
)
def test_what_is_not_there(kind: int, name: str, code: ErrorCode) -> None:
    assert describe(BrokerDriver(), kind, name).error_code == code
