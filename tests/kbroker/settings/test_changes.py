"""Which changes of settings are made, and what is wrong with the others."""

from __future__ import annotations

import pytest

from kbroker.metadata.image import MetadataImage, PartitionImage, TopicImage
from kbroker.settings.broker_settings import BrokerSettings
from kbroker.settings.changes import ChangePlanner
from kbroker.settings.resources import (
    APPEND,
    BROKER,
    BROKER_LOGGER,
    CLIENT_METRICS,
    DELETE,
    GROUP,
    SET,
    SUBTRACT,
    TOPIC,
    Change,
    Resource,
)
from wire.errors import ErrorCode

T: Resource = (TOPIC, "t")
OWN: Resource = (BROKER, "1")
ALL: Resource = (BROKER, "")
BAD_REQUEST, BAD_CONFIG = ErrorCode.INVALID_REQUEST, ErrorCode.INVALID_CONFIG


@pytest.fixture
def planner() -> ChangePlanner:
    partition = PartitionImage(0, (1,), (1,), 1, 0, 0)
    topic = TopicImage("t", bytes(16), (partition,), {"retention.ms": "5"})
    image = MetadataImage().changed(0, [topic])
    return ChangePlanner(image, BrokerSettings(), 1)


@pytest.mark.parametrize(
    ("changes", "written"),
    [
        ([Change("segment.ms", SET, "7")], {"segment.ms": "7"}),
        ([Change("retention.ms", DELETE, None)], {"retention.ms": None}),
        ([Change("retention.ms", SET, "5")], {}),
        ([Change("flush.ms", DELETE, None)], {}),
        ([Change("no.such", DELETE, None)], {}),
        ([Change("cleanup.policy", APPEND, "compact")], {"cleanup.policy": "delete,compact"}),
        ([Change("cleanup.policy", APPEND, "delete")], {"cleanup.policy": "delete"}),
        ([Change("cleanup.policy", SUBTRACT, "delete")], {"cleanup.policy": ""}),
    ],
)
def test_what_is_written(
    planner: ChangePlanner, changes: list[Change], written: dict[str, str | None]
) -> None:
    """Only what changes, but of lists the whole that they become."""
    records, errors = planner.plan_all([(T, changes)])
    assert errors == [None]
    assert {record.name: record.value for record in records} == written


@pytest.mark.parametrize(
    ("resource", "changes", "code"),
    [
        (T, [Change("retention.ms", SET, "x")], BAD_CONFIG),
        (T, [Change("no.such", SET, "1")], BAD_CONFIG),
        (T, [Change("retention.ms", APPEND, "1")], BAD_CONFIG),
        (T, [Change("retention.ms", SET, None)], BAD_REQUEST),
        (T, [Change("retention.ms", SET, "1")] * 2, BAD_REQUEST),
        (T, [Change("retention.ms", 4, "1")], ErrorCode.UNKNOWN_SERVER_ERROR),
        ((TOPIC, "u"), [], ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
        ((TOPIC, "u"), [Change("retention.ms", SET, "x")], BAD_CONFIG),
        ((TOPIC, ""), [], BAD_REQUEST),
        ((TOPIC, "a b"), [], ErrorCode.INVALID_TOPIC_EXCEPTION),
        (OWN, [Change("num.partitions", SET, "3")], BAD_REQUEST),
        (ALL, [Change("message.max.bytes", SET, "-1")], BAD_REQUEST),
        (OWN, [Change("min.insync.replicas", SET, "1")], BAD_CONFIG),
        (ALL, [Change("min.insync.replicas", DELETE, None)], BAD_CONFIG),
        (OWN, [Change("num.partitions", APPEND, "3")], BAD_CONFIG),
        (OWN, [Change("process.roles", APPEND, "x")], ErrorCode.UNKNOWN_SERVER_ERROR),
        (ALL, [Change("listener.name.plaintext.ssl.client.auth", SET, "none")], BAD_REQUEST),
        (OWN, [Change("max.connections", SET, "0")], BAD_REQUEST),
        ((BROKER, "2"), [], BAD_REQUEST),
        ((BROKER, "x"), [], BAD_REQUEST),
        ((64, "x"), [], BAD_REQUEST),
    ],
)
def test_refusals(
    planner: ChangePlanner, resource: Resource, changes: list[Change], code: ErrorCode
) -> None:
    records, [error] = planner.plan_all([(resource, changes)])
    assert records == []
    assert error is not None
    assert error.code is code


@pytest.mark.parametrize("resource", [OWN, ALL])
@pytest.mark.parametrize(
    "name", ["num.partitions", "ssl.keystore.location", "listeners", "process.roles"]
)
def test_anything_may_be_deleted(planner: ChangePlanner, resource: Resource, name: str) -> None:
    """What results is looked at, and it is not in there."""
    records, errors = planner.plan_all([(resource, [Change(name, DELETE, None)])])
    assert errors == [None]
    assert [(record.name, record.value) for record in records] == [(name, None)]


def test_names_of_plug_ins_may_be_set_on_brokers(planner: ChangePlanner) -> None:
    records, errors = planner.plan_all([(OWN, [Change("my.plugin.size", SET, "3")])])
    assert errors == [None]
    assert [record.value for record in records] == ["3"]


def test_each_resource_has_its_own_error(planner: ChangePlanner) -> None:
    good, bad = [Change("segment.ms", SET, "7")], [Change("segment.ms", SET, "x")]
    records, errors = planner.plan_all([((TOPIC, "u"), bad), (T, good)])
    assert [record.resource_name for record in records] == ["t"]
    assert [error is None for error in errors] == [False, True]


def test_the_first_wrong_value_is_first_in_kafkas_definitions(planner: ChangePlanner) -> None:
    """Whatever the order in which they are asked for."""
    wrong = [Change(name, SET, "x") for name in ("retention.ms", "flush.ms", "segment.bytes")]
    for changes in (wrong, wrong[::-1]):
        [error] = planner.plan_all([(T, changes)])[1]
        assert error is not None
        assert error.code == BAD_CONFIG
        assert "segment.bytes" in str(error.message)


def test_values_come_before_the_topic_and_the_form_before_both(planner: ChangePlanner) -> None:
    nowhere: Resource = (TOPIC, "u")
    wanted = [
        (nowhere, [Change("retention.ms", SET, "x")]),
        (nowhere, [Change("retention.ms", SET, None)]),
    ]
    for one, code in zip(wanted, (BAD_CONFIG, BAD_REQUEST), strict=True):
        [error] = planner.plan_all([one])[1]
        assert error is not None
        assert error.code == code


def test_an_unknown_operation_fails_all_that_the_controller_was_sent(
    planner: ChangePlanner,
) -> None:
    """But not what the broker had refused before."""
    good, bad = Change("segment.ms", SET, "7"), Change("retention.ms", 4, "1")
    records, errors = planner.plan_all([(T, [good]), (OWN, [bad]), ((TOPIC, "u"), [bad])])
    codes = [error and error.code for error in errors]
    unknown = ErrorCode.UNKNOWN_SERVER_ERROR
    assert (records, codes) == ([], [unknown, BAD_REQUEST, unknown])


def test_a_resource_that_is_named_twice_is_not_changed(planner: ChangePlanner) -> None:
    records, errors = planner.plan_all([(T, [Change("segment.ms", SET, "7")])] * 2)
    assert records == []
    assert [error is not None and error.code for error in errors] == [BAD_REQUEST] * 2


@pytest.mark.parametrize(
    ("resource", "change", "code"),
    [
        ((GROUP, ""), Change("consumer.session.timeout.ms", SET, "50000"), BAD_REQUEST),
        ((GROUP, "g"), Change("no.such", SET, "1"), BAD_CONFIG),
        ((GROUP, "g"), Change("no.such", APPEND, "1"), BAD_CONFIG),
        ((CLIENT_METRICS, ""), Change("interval.ms", SET, "1000"), BAD_REQUEST),
        ((CLIENT_METRICS, "m"), Change("metrics", APPEND, "a"), BAD_CONFIG),
        ((CLIENT_METRICS, "m"), Change("no.such", SET, "1"), BAD_REQUEST),
        ((BROKER_LOGGER, "1"), Change("root", SET, "INFO"), BAD_REQUEST),
    ],
)
def test_other_kinds(
    planner: ChangePlanner, resource: Resource, change: Change, code: ErrorCode
) -> None:
    """Loggers are none of AlterConfigs' business."""
    records, (error,) = planner.plan_all([(resource, [change])])
    assert error is not None
    assert (records, error.code) == ([], code)


def test_settings_of_groups_and_subscriptions_are_written(planner: ChangePlanner) -> None:
    records, errors = planner.plan_all(
        [
            ((GROUP, "g"), [Change("consumer.session.timeout.ms", SET, "50000")]),
            ((CLIENT_METRICS, "m"), [Change("interval.ms", SET, "1000")]),
        ]
    )
    assert errors == [None, None]
    assert [(one.resource_type, one.value) for one in records] == [
        (GROUP, "50000"), (CLIENT_METRICS, "1000"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("broker", "change", "level", "code"),
    [
        ("1", Change("kbroker", SET, "DEBUG"), "DEBUG", None),
        ("1", Change("kbroker", DELETE, None), None, None),
        ("1", Change("root", SET, "debug"), None, BAD_CONFIG),
        ("1", Change("root", DELETE, None), None, BAD_REQUEST),
        ("1", Change("root", APPEND, "INFO"), None, BAD_REQUEST),
        ("1", Change("no.such", SET, "INFO"), None, BAD_CONFIG),
        ("2", Change("root", SET, "INFO"), None, BAD_REQUEST),
        ("", Change("root", SET, "INFO"), None, BAD_REQUEST),
    ],
)
def test_levels_of_loggers(
    broker: str, change: Change, level: str | None, code: ErrorCode | None
) -> None:
    levels: list[tuple[str, str | None]] = []
    planner = ChangePlanner(MetadataImage(), BrokerSettings(), 1, levels)
    records, (error,) = planner.plan_all([((BROKER_LOGGER, broker), [change])])
    assert records == []
    assert (error.code if error else None) == code
    assert levels == ([] if code else [(change.name, level)])


@pytest.mark.parametrize(
    ("resource", "name", "message"),
    [
        (OWN, "node.id", "Cannot update these configs dynamically: [node.id]"),
        (
            OWN,
            "ssl.keystore.location",
            "These security configs can be dynamically updated only per-listener using the "
            "listener prefix: [ssl.keystore.location]",
        ),
        (
            ALL,
            "ssl.client.auth",
            "Cannot update these configs at default cluster level, broker id must be specified: "
            "[ssl.client.auth]",
        ),
        (OWN, "ssl.client.auth", None),
    ],
)
def test_where_settings_of_brokers_may_be_changed(
    planner: ChangePlanner, resource: Resource, name: str, message: str | None
) -> None:
    _records, (error,) = planner.plan_all([(resource, [Change(name, SET, "none")])])
    assert (error.message if error else None) == message


@pytest.mark.parametrize(
    ("name", "operation", "message"),
    [
        ("log.roll.ms", APPEND, "Config value append is not allowed for config key: log.roll.ms"),
        ("no.such", SUBTRACT, "Unknown config name: no.such"),
    ],
)
def test_only_lists_of_brokers_grow(
    planner: ChangePlanner, name: str, operation: int, message: str
) -> None:
    _records, (error,) = planner.plan_all([(OWN, [Change(name, operation, "5")])])
    assert error is not None
    assert error.message == message


def test_settings_of_a_broker_fit_together(planner: ChangePlanner) -> None:
    _records, (error,) = planner.plan_all([(OWN, [Change("log.roll.ms", SET, "0")])])
    assert error is not None
    assert error.code == BAD_REQUEST


@pytest.mark.parametrize(
    ("name", "good"), [("1", True), ("01", True), ("+1", True), (" 1", False), ("2", False)]
)
def test_brokers_are_named_by_number(planner: ChangePlanner, name: str, good: bool) -> None:
    change = Change("log.cleaner.backoff.ms", SET, "5")
    _records, (error,) = planner.plan_all([((BROKER, name), [change])])
    assert (error is None) == good


@pytest.mark.parametrize(("size", "code"), [(32767, None), (32768, BAD_CONFIG)])
def test_values_have_an_end(planner: ChangePlanner, size: int, code: ErrorCode | None) -> None:
    change = Change("leader.replication.throttled.replicas", SET, f"{'1' * (size - 2)}:1")
    _records, (error,) = planner.plan_all([(T, [change])])
    assert (error.code if error else None) == code


def test_an_unknown_operation_fails_the_others_but_not_loggers() -> None:
    """Loggers are of the broker; the rest goes to the controller, which fails over it."""
    planner = ChangePlanner(MetadataImage(), BrokerSettings(), 1, levels=[])
    logger = ((BROKER_LOGGER, "1"), [Change("root", SET, "INFO")])
    unknown = (T, [Change("retention.ms", 4, "1")])
    group = ((GROUP, "g"), [Change("consumer.session.timeout.ms", SET, "45000")])

    records, errors = planner.plan_all([logger, unknown, group])

    assert records == []
    codes = [None if error is None else error.code for error in errors]
    assert codes == [None, ErrorCode.UNKNOWN_SERVER_ERROR, ErrorCode.UNKNOWN_SERVER_ERROR]


def test_a_value_that_is_too_long_is_told_before_the_rest(planner: ChangePlanner) -> None:
    _, [error] = planner.plan_all([(T, [Change("no.such", SET, "x" * 32768)])])
    assert error is not None
    assert "exceeds the maximum value size of 32767 bytes" in (error.message or "")


def test_what_is_set_on_this_broker_stands_above_a_change_for_all() -> None:
    image = MetadataImage().changed(0, [], configs={OWN: {"max.connections": "5"}})
    planner = ChangePlanner(image, BrokerSettings(), 1)
    _, errors = planner.plan_all([(ALL, [Change("max.connections", SET, "0")])])
    assert errors == [None]


def test_min_insync_replicas_is_found_among_other_changes(planner: ChangePlanner) -> None:
    changes = [Change("log.segment.bytes", SET, "2000000"), Change("min.insync.replicas", SET, "1")]
    _, [error] = planner.plan_all([(OWN, changes)])
    assert error is not None
    assert "min.insync.replicas cannot be altered" in (error.message or "")


def test_subtract_takes_away_one_of_equal_parts() -> None:
    throttled = "leader.replication.throttled.replicas"
    partition = PartitionImage(0, (1,), (1,), 1, 0, 0)
    topic = TopicImage("t", bytes(range(16)), (partition,), {throttled: "0:1,0:1"})
    planner = ChangePlanner(MetadataImage().changed(0, [topic]), BrokerSettings(), 1)
    records, errors = planner.plan_all([(T, [Change(throttled, SUBTRACT, "0:1")])])
    assert errors == [None]
    assert [record.value for record in records] == ["0:1"]
