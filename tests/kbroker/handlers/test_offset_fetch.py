from __future__ import annotations

import pytest

from kbroker.handlers import offset_fetch
from tests.kbroker.coordinator.group_driver import GroupDriver
from wire.codec import decode, encode
from wire.errors import ErrorCode
from wire.messages.offset_fetch import (
    OffsetFetchRequest,
    OffsetFetchRequestGroup,
    OffsetFetchRequestTopic,
    OffsetFetchRequestTopics,
    OffsetFetchResponse,
    OffsetFetchResponseGroup,
    OffsetFetchResponsePartition,
    OffsetFetchResponsePartitions,
    OffsetFetchResponseTopic,
    OffsetFetchResponseTopics,
)
from wire.uuids import ZERO_UUID


@pytest.fixture
def driver() -> GroupDriver:
    driver = GroupDriver()
    driver.create_topic("topic", 2)
    driver.commit(7, leader_epoch=3, metadata="note")
    return driver


def fetch(driver: GroupDriver, request: OffsetFetchRequest, version: int) -> OffsetFetchResponse:
    """The answer through the wire."""
    request = decode(OffsetFetchRequest, version, memoryview(encode(request, version)))
    answer = driver.call(offset_fetch, request, version).get()
    return decode(OffsetFetchResponse, version, memoryview(encode(answer, version)))


def before_v8(topics: list[OffsetFetchRequestTopic] | None) -> OffsetFetchRequest:
    return OffsetFetchRequest(group_id="group", topics=topics)


def groups(*topics: OffsetFetchRequestTopics) -> OffsetFetchRequest:
    group = OffsetFetchRequestGroup(group_id="group", topics=list(topics))
    return OffsetFetchRequest(groups=[group])


@pytest.mark.parametrize("version", range(1, 8))
def test_one_group(driver: GroupDriver, version: int) -> None:
    """Before v8 the request is for one group; v5 brings the leader epoch."""
    asked = OffsetFetchRequestTopic(name="topic", partition_indexes=[0, 1])
    response = fetch(driver, before_v8([asked]), version)
    assert response == OffsetFetchResponse(
        topics=[
            OffsetFetchResponseTopic(
                name="topic",
                partitions=[
                    OffsetFetchResponsePartition(
                        partition_index=0,
                        committed_offset=7,
                        committed_leader_epoch=3 if version >= 5 else -1,
                        metadata="note",
                        error_code=ErrorCode.NONE,
                    ),
                    OffsetFetchResponsePartition(
                        partition_index=1,
                        committed_offset=-1,
                        metadata="",
                        error_code=ErrorCode.NONE,
                    ),
                ],
            )
        ]
    )


@pytest.mark.parametrize("version", range(2, 8))
def test_all_topics_of_one_group(driver: GroupDriver, version: int) -> None:
    """From v2 on null asks for everything that is committed."""
    (topic,) = fetch(driver, before_v8(None), version).topics
    assert [partition.committed_offset for partition in topic.partitions] == [7]


@pytest.mark.parametrize("version", [8, 9])
def test_several_groups(driver: GroupDriver, version: int) -> None:
    """From v8 on each group is answered for itself, in order."""
    topics = [OffsetFetchRequestTopics(name="topic", partition_indexes=[0])]
    request = OffsetFetchRequest(
        groups=[
            OffsetFetchRequestGroup(group_id="other", topics=topics),
            OffsetFetchRequestGroup(group_id="group", topics=topics),
        ],
        require_stable=True,
    )
    response = fetch(driver, request, version)
    assert [
        (group.group_id, group.topics[0].partitions[0].committed_offset)
        for group in response.groups
    ] == [("other", -1), ("group", 7)]


def test_by_id(driver: GroupDriver) -> None:
    """From v10 on topics have ids; unknown ones come last, with an error."""
    image = driver.image.topic("topic")
    assert image is not None
    response = fetch(
        driver,
        groups(
            OffsetFetchRequestTopics(topic_id=b"\7" * 16, partition_indexes=[4]),
            OffsetFetchRequestTopics(topic_id=image.topic_id, partition_indexes=[0]),
        ),
        10,
    )
    known, unknown = response.groups[0].topics
    assert (known.topic_id, known.partitions[0].committed_offset) == (image.topic_id, 7)
    assert unknown == OffsetFetchResponseTopics(
        topic_id=b"\7" * 16,
        partitions=[
            OffsetFetchResponsePartitions(
                partition_index=4,
                committed_offset=-1,
                metadata="",
                error_code=ErrorCode.UNKNOWN_TOPIC_ID,
            )
        ],
    )


def test_all_topics_by_id(driver: GroupDriver) -> None:
    """From v10 on all topics are told by id; one that no longer exists cannot be told."""
    driver.create_topic("gone")
    driver.commit(8, topic="gone")
    gone, topic = driver.image.topic("gone"), driver.image.topic("topic")
    assert gone is not None
    assert topic is not None
    driver.image = driver.image.changed(0, [], [gone.topic_id])
    request = OffsetFetchRequest(groups=[OffsetFetchRequestGroup(group_id="group", topics=None)])
    assert len(fetch(driver, request, 9).groups[0].topics) == 2
    (told,) = fetch(driver, request, 10).groups[0].topics
    assert told.topic_id == topic.topic_id != ZERO_UUID


def test_errors_of_a_group_in_v1() -> None:
    """The first version has no error for a group, so each partition has it."""
    asked = OffsetFetchRequestTopic(name="topic", partition_indexes=[3])
    response = fetch(GroupDriver(partitions=0), before_v8([asked]), 1)
    assert response == OffsetFetchResponse(
        topics=[
            OffsetFetchResponseTopic(
                name="topic",
                partitions=[
                    OffsetFetchResponsePartition(
                        partition_index=3,
                        committed_offset=-1,
                        metadata="",
                        error_code=ErrorCode.NOT_COORDINATOR,
                    )
                ],
            )
        ]
    )


@pytest.mark.parametrize("version", range(2, 8))
def test_errors_of_the_only_group(version: int) -> None:
    """From v2 to v7 the response has the error, and no topics."""
    asked = OffsetFetchRequestTopic(name="topic", partition_indexes=[3])
    response = fetch(GroupDriver(partitions=0), before_v8([asked]), version)
    assert response == OffsetFetchResponse(error_code=ErrorCode.NOT_COORDINATOR)


@pytest.mark.parametrize("version", [8, 9, 10])
def test_errors_of_one_of_several_groups(version: int) -> None:
    """From v8 on a group has its own error, and no topics."""
    response = fetch(GroupDriver(partitions=0), groups(), version)
    assert response == OffsetFetchResponse(
        groups=[
            OffsetFetchResponseGroup(
                group_id="group", topics=[], error_code=ErrorCode.NOT_COORDINATOR
            )
        ]
    )


@pytest.mark.parametrize("version", range(1, 11))
def test_whole_request_errors(version: int) -> None:
    """What dispatch answers for us says the error where the version has room for it."""
    if version < 8:
        request = before_v8([OffsetFetchRequestTopic(name="topic", partition_indexes=[0])])
    else:
        request = groups()
    code = ErrorCode.GROUP_AUTHORIZATION_FAILED
    answer = offset_fetch.error_response(request, code)
    response = decode(OffsetFetchResponse, version, memoryview(encode(answer, version)))
    if version == 1:
        assert response.topics[0].partitions[0].error_code == code
    elif version < 8:
        assert response.error_code == code
    else:
        assert response.groups[0].error_code == code


def test_a_failure_is_told_for_each_group() -> None:
    groups = [OffsetFetchRequestGroup(group_id=name, topics=None) for name in "gh"]
    answer = offset_fetch.error_response(
        OffsetFetchRequest(groups=groups), ErrorCode.UNKNOWN_SERVER_ERROR
    )

    assert [(group.group_id, group.error_code) for group in answer.groups] == [
        (name, ErrorCode.UNKNOWN_SERVER_ERROR) for name in "gh"
    ]
