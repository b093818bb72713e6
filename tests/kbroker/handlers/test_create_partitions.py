"""Topics that grow, and those that may not."""

from __future__ import annotations

import pytest

from tests.drivers import BrokerDriver
from wire.errors import ErrorCode
from wire.messages.create_partitions import (
    CreatePartitionsAssignment,
    CreatePartitionsRequest,
    CreatePartitionsTopic,
)


def grow(
    broker: BrokerDriver, *wanted: CreatePartitionsTopic, validate_only: bool = False
) -> list[int]:
    request = CreatePartitionsRequest(
        topics=list(wanted), timeout_ms=1000, validate_only=validate_only
    )
    return [result.error_code for result in broker.connect().ask(request, 3).results]


def to(count: int, *assignments: list[int], name: str = "t") -> CreatePartitionsTopic:
    manual = [CreatePartitionsAssignment(broker_ids=brokers) for brokers in assignments]
    return CreatePartitionsTopic(name=name, count=count, assignments=manual or None)


@pytest.fixture
def broker() -> BrokerDriver:
    driver = BrokerDriver()
    driver.create_topic("t", 2)
    return driver


def test_new_partitions_can_be_used_at_once(broker: BrokerDriver) -> None:
    assert grow(broker, to(4)) == [ErrorCode.NONE]
    assert broker.node.replicas.find("t", 3) is not None
    assert broker.node.replicas.find("t", 4) is None


def test_the_old_partitions_stay_what_they_were(broker: BrokerDriver) -> None:
    before = broker.node.replicas.find("t", 0)
    grow(broker, to(3))
    assert broker.node.replicas.find("t", 0) is before


def test_a_record_is_written_for_each_new_partition(broker: BrokerDriver) -> None:
    """Those of the old ones would be counted as changes of their leaders at the next start."""
    before = broker.node.metadata.image.offset
    grow(broker, to(5))
    assert broker.node.metadata.image.offset == before + 3


def test_only_looking(broker: BrokerDriver) -> None:
    assert grow(broker, to(4), validate_only=True) == [ErrorCode.NONE]
    assert broker.node.replicas.find("t", 2) is None


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (to(2), ErrorCode.INVALID_PARTITIONS),
        (to(1), ErrorCode.INVALID_PARTITIONS),
        (to(3, name="u"), ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
        (to(4, [1]), ErrorCode.INVALID_REPLICA_ASSIGNMENT),
        (to(3, [2]), ErrorCode.INVALID_REPLICA_ASSIGNMENT),
        (to(10_003), ErrorCode.UNKNOWN_SERVER_ERROR),
        (to((1 << 31) - 1), ErrorCode.UNKNOWN_SERVER_ERROR),
    ],
)
def test_refusals(broker: BrokerDriver, wanted: CreatePartitionsTopic, code: ErrorCode) -> None:
    assert grow(broker, wanted) == [code]


def test_a_topic_that_is_named_twice(broker: BrokerDriver) -> None:
    """The others grow."""
    broker.create_topic("u")
    codes = grow(broker, to(3), to(4), to(2, name="u"))
    assert codes == [ErrorCode.INVALID_REQUEST, ErrorCode.NONE]
    assert broker.node.replicas.find("u", 1) is not None


@pytest.mark.parametrize(
    ("timeout_ms", "code"), [(0, ErrorCode.REQUEST_TIMED_OUT), (1, ErrorCode.NONE)]
)
def test_too_late_for_anything(broker: BrokerDriver, timeout_ms: int, code: ErrorCode) -> None:
    request = CreatePartitionsRequest(topics=[to(3)], timeout_ms=timeout_ms, validate_only=False)
    [result] = broker.connect().ask(request, 3).results
    assert result.error_code == code
    assert (broker.node.replicas.find("t", 2) is None) == (code != ErrorCode.NONE)


def test_the_topics_of_a_request_share_its_room(broker: BrokerDriver) -> None:
    """For 10,000 new partitions; behind a topic that did not fit there is room for none."""
    broker.create_topic("u")
    broker.create_topic("v")
    wanted = (to(9002), to(1002, name="u"), to(2, name="v"))

    assert grow(broker, *wanted, validate_only=True) == [
        ErrorCode.NONE,
        ErrorCode.UNKNOWN_SERVER_ERROR,
        ErrorCode.UNKNOWN_SERVER_ERROR,
    ]


def test_what_comes_twice_is_not_too_late(broker: BrokerDriver) -> None:
    request = CreatePartitionsRequest(topics=[to(3), to(4)], timeout_ms=0, validate_only=False)
    [result] = broker.connect().ask(request, 3).results
    assert result.error_code == ErrorCode.INVALID_REQUEST
