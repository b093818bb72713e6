"""Which changes of settings are made, and what is wrong with the others."""

from __future__ import annotations

import pytest

from kbroker.config import BrokerConfig
from kbroker.metadata.config_changes import APPEND, DELETE, SET, SUBTRACT, Change, ConfigPlanner
from kbroker.metadata.config_resources import BROKER, TOPIC, Resource
from kbroker.metadata.image import MetadataImage, PartitionImage, TopicImage
from wire.errors import ErrorCode

T: Resource = (TOPIC, "t")
OWN: Resource = (BROKER, "1")
ALL: Resource = (BROKER, "")
BAD_REQUEST, BAD_CONFIG = ErrorCode.INVALID_REQUEST, ErrorCode.INVALID_CONFIG


@pytest.fixture
def planner() -> ConfigPlanner:
    partition = PartitionImage(0, (1,), (1,), 1, 0, 0)
    topic = TopicImage("t", bytes(16), (partition,), {"retention.ms": "5"})
    image = MetadataImage()
    image.change([topic])
    return ConfigPlanner(image, BrokerConfig(), 1)


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
    planner: ConfigPlanner, changes: list[Change], written: dict[str, str | None]
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
        ((BROKER, "2"), [], BAD_REQUEST),
        ((BROKER, "x"), [], BAD_REQUEST),
        ((64, "x"), [], BAD_REQUEST),
    ],
)
def test_refusals(
    planner: ConfigPlanner, resource: Resource, changes: list[Change], code: ErrorCode
) -> None:
    records, [error] = planner.plan_all([(resource, changes)])
    assert records == []
    assert error is not None
    assert error.code is code


def test_names_of_plug_ins_may_be_set_on_brokers(planner: ConfigPlanner) -> None:
    records, errors = planner.plan_all([(OWN, [Change("my.plugin.size", SET, "3")])])
    assert errors == [None]
    assert [record.value for record in records] == ["3"]


def test_each_resource_has_its_own_error(planner: ConfigPlanner) -> None:
    good, bad = [Change("segment.ms", SET, "7")], [Change("segment.ms", SET, "x")]
    records, errors = planner.plan_all([((TOPIC, "u"), bad), (T, good)])
    assert [record.resource_name for record in records] == ["t"]
    assert [error is None for error in errors] == [False, True]


def test_a_resource_that_is_named_twice_is_not_changed(planner: ConfigPlanner) -> None:
    records, errors = planner.plan_all([(T, [Change("segment.ms", SET, "7")])] * 2)
    assert records == []
    assert [error is not None and error.code for error in errors] == [BAD_REQUEST] * 2
