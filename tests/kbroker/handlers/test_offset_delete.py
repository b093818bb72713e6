"""Committed offsets that are forgotten."""

from __future__ import annotations

import pytest

from kbroker.handlers import offset_delete
from tests.kbroker.coordinator.group_driver import GROUP, GroupDriver
from wire.errors import ErrorCode
from wire.messages.offset_delete import (
    OffsetDeleteRequest,
    OffsetDeleteRequestPartition,
    OffsetDeleteRequestTopic,
    OffsetDeleteResponse,
)


@pytest.fixture
def driver() -> GroupDriver:
    driver = GroupDriver()
    driver.create_topic("topic", 2)
    return driver


def offsets_deleted(
    driver: GroupDriver, *partitions: int, topic: str = "topic", group: str = GROUP
) -> OffsetDeleteResponse:
    return asked(driver, (topic, list(partitions)), group=group)


def asked(
    driver: GroupDriver, *wanted: tuple[str, list[int]], group: str = GROUP
) -> OffsetDeleteResponse:
    topics = [
        OffsetDeleteRequestTopic(
            name=name,
            partitions=[OffsetDeleteRequestPartition(partition_index=index) for index in indexes],
        )
        for name, indexes in wanted
    ]
    request = OffsetDeleteRequest(group_id=group, topics=topics)
    response: OffsetDeleteResponse = driver.call(offset_delete, request, 0).get()
    return response


def codes(response: OffsetDeleteResponse) -> dict[int, int]:
    (topic,) = response.topics
    return {item.partition_index: item.error_code for item in topic.partitions}


def test_offsets_are_deleted_one_by_one(driver: GroupDriver) -> None:
    """Those of partitions that exist; one that was never committed is no error."""
    driver.commit(7, partition=0)
    driver.commit(8, partition=1)
    assert codes(offsets_deleted(driver, 0, 5)) == {
        0: ErrorCode.NONE,
        5: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
    }
    driver.restart()
    assert [driver.committed(partition=index) for index in (0, 1)] == [-1, 8]


def test_topics_are_merged_when_one_is_missing(driver: GroupDriver) -> None:
    """Kafka's builder leaves an answer as the group gave it if it has none of its own."""
    driver.commit(7)

    def answered(*wanted: tuple[str, list[int]]) -> list[tuple[str, list[int]]]:
        return [
            (topic.name, [item.partition_index for item in topic.partitions])
            for topic in asked(driver, *wanted).topics
        ]

    assert answered(("topic", [0]), ("topic", [1])) == [("topic", [0]), ("topic", [1])]
    assert answered(("topic", [0]), ("topic", [1, 5])) == [("topic", [5, 0, 1])]
    assert answered(("none", []), ("topic", [0]), ("topic", [1])) == [
        ("none", []),
        ("topic", [0, 1]),
    ]


def test_offsets_that_members_may_read_stay(driver: GroupDriver) -> None:
    """A consumer group whose subscription cannot be read may read everything."""
    driver.stable_group()
    assert codes(offsets_deleted(driver, 0)) == {0: ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC}


@pytest.mark.parametrize(
    ("group", "code"),
    [
        ("", ErrorCode.INVALID_GROUP_ID),
        ("nobody", ErrorCode.GROUP_ID_NOT_FOUND),
        ("connect", ErrorCode.NON_EMPTY_GROUP),
    ],
)
def test_errors_of_the_whole_deletion(driver: GroupDriver, group: str, code: ErrorCode) -> None:
    """What groups of other protocols read is not known, so they have to be empty."""
    driver.stable_group(group="connect", protocol_type="connect")
    assert offsets_deleted(driver, 0, group=group) == OffsetDeleteResponse(
        error_code=code, topics=[]
    )
