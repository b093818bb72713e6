from __future__ import annotations

import pytest

from kbroker.handlers import offset_commit
from tests.kbroker.coordinator.group_driver import GroupDriver
from wire.codec import decode, encode
from wire.errors import ErrorCode
from wire.messages.offset_commit import (
    OffsetCommitRequest,
    OffsetCommitRequestPartition,
    OffsetCommitRequestTopic,
    OffsetCommitResponse,
)
from wire.uuids import ZERO_UUID

NONE = ErrorCode.NONE
UNKNOWN = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION


@pytest.fixture
def driver() -> GroupDriver:
    driver = GroupDriver()
    driver.create_topic("topic", 2)
    return driver


def commit(
    driver: GroupDriver,
    topics: list[tuple[str | bytes, list[int]]],
    version: int = 9,
    generation: int = -1,
) -> list[tuple[str | bytes, list[tuple[int, int]]]]:
    """Commits for topics by name or id; what the answer says, through the wire."""
    request = OffsetCommitRequest(
        group_id="group",
        generation_id_or_member_epoch=generation,
        topics=[
            OffsetCommitRequestTopic(
                name=topic if isinstance(topic, str) else "",
                topic_id=topic if isinstance(topic, bytes) else ZERO_UUID,
                partitions=[
                    OffsetCommitRequestPartition(
                        partition_index=partition, committed_offset=1, committed_metadata=""
                    )
                    for partition in partitions
                ],
            )
            for topic, partitions in topics
        ],
    )
    answer = driver.call(offset_commit, request, version).get()
    response = decode(OffsetCommitResponse, version, memoryview(encode(answer, version)))
    return [
        (
            topic.topic_id if version >= 10 else topic.name,
            [(partition.partition_index, partition.error_code) for partition in topic.partitions],
        )
        for topic in response.topics
    ]


@pytest.mark.parametrize("version", range(2, 10))
def test_by_name(driver: GroupDriver, version: int) -> None:
    """Before v10 topics have names; what does not exist is told apart without asking the group."""
    answer = commit(driver, [("topic", [0, 2, -1]), ("other", [0])], version)
    assert answer == [
        ("topic", [(2, UNKNOWN), (-1, UNKNOWN), (0, NONE)]),
        ("other", [(0, UNKNOWN)]),
    ]


def test_by_id(driver: GroupDriver) -> None:
    """From v10 on topics have ids, which are given back; an unknown one has its own error."""
    image = driver.image.topic("topic")
    assert image is not None
    answer = commit(
        driver, [(b"\7" * 16, [0]), (ZERO_UUID, [1]), (image.topic_id, [0, 2])], version=10
    )
    assert answer == [
        (b"\7" * 16, [(0, ErrorCode.UNKNOWN_TOPIC_ID)]),
        (ZERO_UUID, [(1, ErrorCode.UNKNOWN_TOPIC_ID)]),
        (image.topic_id, [(2, UNKNOWN), (0, NONE)]),
    ]


def test_a_topic_that_comes_twice_is_one_where_something_is_missing(driver: GroupDriver) -> None:
    """Kafka merges its answers by topic as soon as one partition does not exist."""
    assert commit(driver, [("topic", [0]), ("topic", [1, 2])]) == [
        ("topic", [(2, UNKNOWN), (0, NONE), (1, NONE)])
    ]


def test_a_topic_that_comes_twice_is_answered_twice_where_all_exist(driver: GroupDriver) -> None:
    """The group's answers are given as they are."""
    assert commit(driver, [("topic", [0]), ("topic", [1])]) == [
        ("topic", [(0, NONE)]),
        ("topic", [(1, NONE)]),
    ]


def test_the_group_s_error_is_that_of_existing_partitions(driver: GroupDriver) -> None:
    """A member that may not commit still learns which partitions do not exist."""
    assert commit(driver, [("topic", [0, 5])], generation=1) == [
        ("topic", [(5, UNKNOWN), (0, ErrorCode.GROUP_ID_NOT_FOUND)])
    ]


@pytest.mark.parametrize("topics", [[], [("topic", [])], [("other", [])]])
def test_without_partitions_the_group_is_not_asked(
    driver: GroupDriver, topics: list[tuple[str | bytes, list[int]]]
) -> None:
    """A commit of nothing is in order, except that unknown topics are named."""
    answer = commit(driver, topics, generation=1)
    assert [topic for topic, _ in answer] == [topic for topic, _ in topics if topic == "other"]


@pytest.mark.parametrize("version", range(2, 11))
def test_whole_request_errors(version: int) -> None:
    """What dispatch answers for us names every partition."""
    request = OffsetCommitRequest(
        group_id="group",
        topics=[
            OffsetCommitRequestTopic(
                name="topic",
                topic_id=b"\7" * 16,
                partitions=[
                    OffsetCommitRequestPartition(
                        partition_index=3, committed_offset=1, committed_metadata=None
                    )
                ],
            )
        ],
    )
    answer = offset_commit.error_response(request, ErrorCode.GROUP_AUTHORIZATION_FAILED)
    response = decode(OffsetCommitResponse, version, memoryview(encode(answer, version)))
    (partition,) = response.topics[0].partitions
    assert (partition.partition_index, partition.error_code) == (3, 30)
