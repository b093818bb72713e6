"""Pages of partitions."""

from __future__ import annotations

import pytest

from tests.drivers import BrokerDriver
from wire.errors import ErrorCode
from wire.messages.describe_topic_partitions import (
    Cursor,
    DescribeTopicPartitionsRequest,
    DescribeTopicPartitionsResponse,
    TopicRequest,
)

Place = tuple[str, int]


@pytest.fixture
def broker() -> BrokerDriver:
    driver = BrokerDriver()
    driver.create_topic("b", 2)
    driver.create_topic("a", 3)
    return driver


def page(
    broker: BrokerDriver, *names: str, limit: int = 2000, cursor: Place | None = None
) -> DescribeTopicPartitionsResponse:
    request = DescribeTopicPartitionsRequest(
        topics=[TopicRequest(name=name) for name in names],
        response_partition_limit=limit,
        cursor=None if cursor is None else Cursor(topic_name=cursor[0], partition_index=cursor[1]),
    )
    answer: DescribeTopicPartitionsResponse = broker.connect().ask(request, 0)
    return answer


def shown(answer: DescribeTopicPartitionsResponse) -> list[Place]:
    return [
        (topic.name or "", partition.partition_index)
        for topic in answer.topics
        for partition in topic.partitions
    ]


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 6])
def test_pages_hold_together(broker: BrokerDriver, limit: int) -> None:
    """Every partition once, in order, whatever the size of a page; and no topic without any."""
    places: list[Place] = []
    cursor: Place | None = None
    for _ in range(5):  # as many as there are partitions
        answer = page(broker, limit=limit, cursor=cursor)
        places += shown(answer)
        assert all(topic.partitions for topic in answer.topics)
        if answer.next_cursor is None:
            break
        cursor = (answer.next_cursor.topic_name, answer.next_cursor.partition_index)
    assert answer.next_cursor is None
    assert places == [("a", 0), ("a", 1), ("a", 2), ("b", 0), ("b", 1)]


def test_the_brokers_own_limit_counts_too(broker: BrokerDriver) -> None:
    broker.node.settings.set("max.request.partition.size.limit", "2")
    assert len(shown(page(broker))) == 2


def test_a_topic_that_is_not_there(broker: BrokerDriver) -> None:
    answer = page(broker, "a", "aa", "a b")
    assert [(topic.name, topic.error_code) for topic in answer.topics] == [
        ("a", ErrorCode.NONE),
        ("a b", ErrorCode.INVALID_TOPIC_EXCEPTION),
        ("aa", ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
    ]


@pytest.mark.parametrize("cursor", [("a", -1), ("c", 0)])
def test_cursors_that_lead_nowhere(broker: BrokerDriver, cursor: Place) -> None:
    answer = page(broker, "a", "b", cursor=cursor)
    assert [topic.error_code for topic in answer.topics] == [ErrorCode.INVALID_REQUEST] * 2


@pytest.mark.parametrize(
    ("cursor", "codes"),
    [
        (None, [ErrorCode.UNKNOWN_SERVER_ERROR] * 2),
        (("", 0), [ErrorCode.INVALID_TOPIC_EXCEPTION, ErrorCode.NONE]),
        (("a", 0), [ErrorCode.NONE]),
        (("a", -1), [ErrorCode.INVALID_REQUEST] * 2),
    ],
)
def test_empty_names(broker: BrokerDriver, cursor: Place | None, codes: list[int]) -> None:
    """They count by where the cursor is, as a running 4.3.1 has it."""
    assert [topic.error_code for topic in page(broker, "", "a", cursor=cursor).topics] == codes


def test_a_cursor_counts_for_its_own_topic(broker: BrokerDriver) -> None:
    """Though that is not there, the next one is told from its beginning."""
    assert shown(page(broker, "", "a", limit=1, cursor=("", 1))) == [("a", 0)]


def test_a_topic_of_kafka_itself_is_internal_before_it_is_there(broker: BrokerDriver) -> None:
    answer = page(broker, "__consumer_offsets", "nope")

    assert [(topic.name, topic.is_internal) for topic in answer.topics] == [
        ("__consumer_offsets", True),
        ("nope", False),
    ]
