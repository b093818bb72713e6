"""Settings as clients see them."""

from __future__ import annotations

import pytest

from kbroker.settings.sources import Source
from tests.drivers import BrokerDriver
from tests.kbroker.handlers.test_incremental_alter_configs import change
from wire.errors import ErrorCode
from wire.messages.describe_configs import (
    DescribeConfigsRequest,
    DescribeConfigsResource,
    DescribeConfigsResourceResult,
    DescribeConfigsResult,
)

TOPIC, BROKER, LOGGER, METRICS, GROUP = 2, 4, 8, 16, 32


def describe(
    broker: BrokerDriver, kind: int, name: str, *keys: str, documented: bool = False
) -> DescribeConfigsResult:
    wanted = DescribeConfigsResource(
        resource_type=kind, resource_name=name, configuration_keys=list(keys) or None
    )
    request = DescribeConfigsRequest(
        resources=[wanted], include_synonyms=True, include_documentation=documented
    )
    [result] = broker.connect().ask(request, 4).results
    assert isinstance(result, DescribeConfigsResult)
    return result


def only(result: DescribeConfigsResult) -> DescribeConfigsResourceResult:
    [config] = result.configs
    return config


def test_a_topics_own_setting_counts_before_the_brokers() -> None:
    broker = BrokerDriver()
    broker.create_topic("t", **{"retention.ms": "5"})
    broker.node.settings.set("log.retention.ms", "6")
    found = only(describe(broker, TOPIC, "t", "retention.ms"))
    assert (found.value, found.config_source) == ("5", Source.DYNAMIC_TOPIC_CONFIG)
    assert [(one.name, one.value, one.source) for one in found.synonyms] == [
        ("retention.ms", "5", Source.DYNAMIC_TOPIC_CONFIG),
        ("log.retention.ms", "6", Source.STATIC_BROKER_CONFIG),
        ("log.retention.hours", "168", Source.DEFAULT_CONFIG),
    ]


def test_a_topic_falls_back_on_the_broker_in_its_own_unit() -> None:
    broker = BrokerDriver()
    broker.create_topic("t")
    broker.node.settings.set("log.retention.hours", "2")
    found = only(describe(broker, TOPIC, "t", "retention.ms"))
    assert (found.value, found.config_source) == ("7200000", Source.DEFAULT_CONFIG)
    assert found.synonyms == []  # what is said in other units does not count as this setting
    milliseconds = only(describe(broker, BROKER, "1", "log.retention.ms"))
    assert (milliseconds.value, milliseconds.synonyms) == (None, [])


def test_a_broker_tells_what_may_be_changed() -> None:
    broker = BrokerDriver()
    fixed = only(describe(broker, BROKER, "1", "num.partitions"))
    live = only(describe(broker, BROKER, "1", "log.retention.ms"))
    assert (fixed.read_only, fixed.config_source) == (True, Source.DEFAULT_CONFIG)
    assert not live.read_only


def test_secrets_stay_secret() -> None:
    broker = BrokerDriver()
    broker.node.settings.set("ssl.key.password", "hush")
    found = only(describe(broker, BROKER, "1", "ssl.key.password"))
    assert found.is_sensitive
    assert found.value is None
    assert [one.value for one in found.synonyms] == [None]


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


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("9", "Unexpected broker id, expected 1 or empty string, but received 9"),
        ("0", "Unexpected broker id, expected 1 or empty string, but received 0"),
        ("x", "Broker id must be an integer, but it is: x"),
    ],
)
def test_a_broker_that_is_not_there(name: str, message: str) -> None:
    """Another number is told apart from what is no number."""
    assert describe(BrokerDriver(), BROKER, name).error_message == message


def test_a_group_falls_back_on_the_broker(broker: BrokerDriver) -> None:
    setting = "consumer.session.timeout.ms"
    found = only(describe(broker, GROUP, "g", setting))
    assert (found.value, found.config_source) == ("45000", Source.DEFAULT_CONFIG)
    assert [one.name for one in found.synonyms] == [f"group.{setting}"]
    change(broker, GROUP, "g", setting, "50000")
    found = only(describe(broker, GROUP, "g", setting))
    assert (found.value, found.config_source) == ("50000", Source.DYNAMIC_GROUP_CONFIG)
    assert [one.name for one in found.synonyms] == [setting, f"group.{setting}"]


def test_a_setting_that_only_groups_have_is_its_own_synonym(broker: BrokerDriver) -> None:
    found = only(describe(broker, GROUP, "g", "share.isolation.level"))
    assert [one.name for one in found.synonyms] == ["share.isolation.level"]


def test_a_subscription_falls_back_on_nothing(broker: BrokerDriver) -> None:
    change(broker, METRICS, "m", "metrics", " a , b")
    found = {one.name: one for one in describe(broker, METRICS, "m").configs}
    assert (found["interval.ms"].value, found["interval.ms"].synonyms) == ("300000", [])
    assert found["metrics"].value == "a,b"
    assert found["metrics"].config_source == Source.DYNAMIC_CLIENT_METRICS_CONFIG


def test_loggers_are_settings_of_the_broker(broker: BrokerDriver) -> None:
    found = describe(broker, LOGGER, "1").configs
    assert [one.name for one in found] == ["root", "kbroker"]
    assert {one.config_source for one in found} == {Source.DYNAMIC_BROKER_LOGGER_CONFIG}


@pytest.mark.parametrize(
    ("kind", "name"), [(GROUP, ""), (METRICS, ""), (LOGGER, ""), (LOGGER, "2")]
)
def test_names_that_cannot_be(broker: BrokerDriver, kind: int, name: str) -> None:
    assert describe(broker, kind, name).error_code == ErrorCode.INVALID_REQUEST


@pytest.mark.parametrize(
    ("kind", "name", "key"),
    [
        (TOPIC, "t", "retention.ms"),
        (BROKER, "1", "node.id"),
        (BROKER, "", "min.insync.replicas"),
        (GROUP, "g", "share.isolation.level"),
        (METRICS, "m", "match"),
    ],
)
def test_documentation_is_for_those_who_ask(
    broker: BrokerDriver, kind: int, name: str, key: str
) -> None:
    broker.create_topic("t")
    assert only(describe(broker, kind, name, key)).documentation is None
    assert only(describe(broker, kind, name, key, documented=True)).documentation


def test_what_nobody_knows_may_be_a_secret(broker: BrokerDriver) -> None:
    change(broker, BROKER, "", "no.such", "5")
    for name in ("", "1"):
        found = only(describe(broker, BROKER, name, "no.such"))
        assert (found.value, found.is_sensitive, found.read_only) == (None, True, True)
        assert [(one.name, one.value) for one in found.synonyms] == [("no.such", None)]


def test_values_are_told_as_they_count_and_synonyms_of_brokers_as_they_were_given(
    broker: BrokerDriver,
) -> None:
    broker.create_topic("t")
    change(broker, BROKER, "", "log.preallocate", " TRUE ")
    change(broker, TOPIC, "t", "preallocate", " False ")
    assert only(describe(broker, BROKER, "1", "log.preallocate")).value == "true"
    assert only(describe(broker, BROKER, "", "log.preallocate")).value == " TRUE "
    found = only(describe(broker, TOPIC, "t", "preallocate"))
    assert [one.value for one in found.synonyms] == ["false", " TRUE ", "false"]


def test_a_kind_that_there_is_not_fails_the_request(broker: BrokerDriver) -> None:
    resources = [
        DescribeConfigsResource(resource_type=kind, resource_name="1", configuration_keys=None)
        for kind in (BROKER, 99)
    ]
    answer = broker.connect().ask(DescribeConfigsRequest(resources=resources), 4)

    assert [one.error_code for one in answer.results] == [ErrorCode.INVALID_REQUEST] * 2


def test_an_empty_list_of_names_is_all_of_them(broker: BrokerDriver) -> None:
    """As no list is."""
    resource = DescribeConfigsResource(
        resource_type=BROKER, resource_name="1", configuration_keys=[]
    )
    [result] = broker.connect().ask(DescribeConfigsRequest(resources=[resource]), 4).results
    every = describe(broker, BROKER, "1").configs
    assert [one.name for one in result.configs] == [one.name for one in every]
