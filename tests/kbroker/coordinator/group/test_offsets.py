from __future__ import annotations

from contextlib import nullcontext

import pytest

from kbroker.coordinator.group.offsets import CommittedOffsets
from kbroker.handlers import offset_commit
from tests.kbroker.coordinator.group_driver import GroupDriver
from wire.errors import ErrorCode, KafkaError
from wire.internal.consumer_offsets import OffsetCommitKey, OffsetCommitValue
from wire.messages.offset_commit import (
    OffsetCommitRequest,
    OffsetCommitRequestPartition,
    OffsetCommitRequestTopic,
)
from wire.messages.offset_fetch import OffsetFetchResponsePartitions
from wire.records.batch import NO_PRODUCER_ID


@pytest.fixture
def driver() -> GroupDriver:
    driver = GroupDriver(partitions=1)
    driver.create_topic("topic", 2)
    return driver


def listed(driver: GroupDriver) -> list[str]:
    """The groups that readers see, each of which can be described."""
    groups = [group.group_id for group in driver.groups.list_groups(lambda _: True)]
    for group in ("group", "another of this partition"):
        with nullcontext() if group in groups else pytest.raises(KafkaError):
            driver.groups.describe_group(group)
    return sorted(groups)


# --- commit


def test_a_deleted_topic_takes_the_offsets_of_every_group_along(driver: GroupDriver) -> None:
    """Also after another group has lost its own."""
    driver.commit(7)
    driver.commit(8, group="another of this partition")
    driver.groups.delete_group("group")
    driver.delete_topic("topic")
    assert driver.committed(group="another of this partition") == -1


def test_an_offset_is_written_with_all_that_is_said_of_it(driver: GroupDriver) -> None:
    """Offset, leader epoch, metadata, the time, and the topic's id."""
    driver.commit(7, partition=1, leader_epoch=3, metadata="note")
    image = driver.image.topic("topic")
    assert image is not None
    assert driver.log.typed() == [
        (
            OffsetCommitKey(group="group", topic="topic", partition=1),
            OffsetCommitValue(
                offset=7,
                leader_epoch=3,
                metadata="note",
                commit_timestamp=driver.time.now_ms(),
                topic_id=image.topic_id,
            ),
        )
    ]


def test_a_commit_outside_of_a_transaction_counts_more_than_an_older_one_inside() -> None:
    committed = CommittedOffsets()
    key = OffsetCommitKey(group="group", topic="topic", partition=0)
    inside, outside = (
        OffsetCommitValue(offset=offset, metadata="", commit_timestamp=0) for offset in (5, 7)
    )
    committed.replay(key, inside, 9)
    committed.replay(key, outside, NO_PRODUCER_ID)
    committed.replay_end(9, is_commit=True)
    assert committed.of_group("group") == {"topic": {0: outside}}


def test_null_metadata_is_empty(driver: GroupDriver) -> None:
    """Metadata that was not given comes back as the empty string."""
    driver.commit(6, metadata=None)
    (partition,) = driver.fetch({"topic": [0]}).groups[0].topics[0].partitions
    assert (partition.committed_offset, partition.metadata) == (6, "")


def test_an_unwritten_offset_is_not_committed(driver: GroupDriver) -> None:
    """A commit that the log refuses fails with a coordinator's error and changes nothing."""
    driver.commit(1)
    driver.log.refusal = ErrorCode.NOT_ENOUGH_REPLICAS
    assert driver.commit_code(offset=2) == ErrorCode.COORDINATOR_NOT_AVAILABLE
    assert driver.committed() == 1


@pytest.mark.parametrize(
    ("metadata", "code"),
    [
        ("x" * 4096, ErrorCode.NONE),
        ("x" * 4097, ErrorCode.OFFSET_METADATA_TOO_LARGE),
        ("\N{LATIN SMALL LETTER E WITH ACUTE}" * 4096, ErrorCode.NONE),
        ("\N{GRINNING FACE}" * 2048, ErrorCode.NONE),
        ("\N{GRINNING FACE}" * 2049, ErrorCode.OFFSET_METADATA_TOO_LARGE),
    ],
)
def test_metadata_has_a_limit(driver: GroupDriver, metadata: str, code: ErrorCode) -> None:
    """offset.metadata.max.bytes counts characters as Java does."""
    assert driver.commit_code(offset=3, metadata=metadata) == code
    assert driver.committed() == (3 if code == ErrorCode.NONE else -1)


def test_the_group_without_a_name_has_offsets_too(driver: GroupDriver) -> None:
    """Old clients without a group commit under the empty id."""
    assert driver.commit_code(offset=4, group="") == ErrorCode.NONE
    assert driver.committed(group="") == 4


def test_a_refused_offset_does_not_keep_another_from_being_committed(driver: GroupDriver) -> None:
    long, short = (
        OffsetCommitRequestPartition(
            partition_index=index, committed_offset=7, committed_metadata=metadata
        )
        for index, metadata in ((1, "x" * 5000), (0, ""))
    )
    topic = OffsetCommitRequestTopic(name="topic", partitions=[short, long])
    request = OffsetCommitRequest(group_id="group", topics=[topic])
    driver.call(offset_commit, request, 8)
    assert [driver.committed(partition=index) for index in (0, 1)] == [7, -1]


# --- who may commit


@pytest.mark.parametrize(
    ("version", "code"),
    [(8, ErrorCode.ILLEGAL_GENERATION), (9, ErrorCode.GROUP_ID_NOT_FOUND)],
)
def test_a_generation_of_a_group_that_is_gone(
    driver: GroupDriver, version: int, code: ErrorCode
) -> None:
    """A member of a group that does not exist is told so from v9 on (KIP-848)."""
    assert driver.commit_code(member_id="me", generation=1, version=version) == code


def test_anybody_makes_a_simple_group(driver: GroupDriver) -> None:
    """Without a generation the group need not exist, whatever member commits."""
    assert driver.commit_code(member_id="me", generation=-1) == ErrorCode.NONE


def test_a_simple_group_exists_even_without_valid_offsets(driver: GroupDriver) -> None:
    """The group is made before its offsets are looked at, as in Kafka; but readers see it only when
    something has been written after it."""
    driver.commit(metadata="x" * 5000)
    code = driver.commit_code(member_id="me", generation=0)
    assert code == ErrorCode.UNKNOWN_MEMBER_ID
    assert listed(driver) == []
    driver.commit(group="another of this partition")
    assert listed(driver) == ["another of this partition", "group"]


def test_a_group_whose_offsets_cannot_be_written_is_none(driver: GroupDriver) -> None:
    driver.log.refusal = ErrorCode.NOT_ENOUGH_REPLICAS
    driver.commit(1)
    assert driver.commit_code(member_id="me", generation=0) == ErrorCode.GROUP_ID_NOT_FOUND
    assert listed(driver) == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({}, ErrorCode.NONE),
        ({"generation": -1, "member_id": "", "instance": None}, ErrorCode.UNKNOWN_MEMBER_ID),
        ({"generation": -1}, ErrorCode.ILLEGAL_GENERATION),
        ({"generation": -1, "instance": None}, ErrorCode.ILLEGAL_GENERATION),
        ({"generation": 0}, ErrorCode.ILLEGAL_GENERATION),
        ({"generation": 2}, ErrorCode.ILLEGAL_GENERATION),
        ({"instance": None}, ErrorCode.NONE),
        ({"member_id": "", "generation": -1}, ErrorCode.FENCED_INSTANCE_ID),
        ({"instance": "nobody", "generation": 2}, ErrorCode.UNKNOWN_MEMBER_ID),
        ({"member_id": "me", "generation": 2}, ErrorCode.FENCED_INSTANCE_ID),
        ({"member_id": "me", "instance": None, "generation": 2}, ErrorCode.UNKNOWN_MEMBER_ID),
    ],
)
def test_order_of_commit_checks(
    driver: GroupDriver, arguments: dict[str, object], code: ErrorCode
) -> None:
    """In a group with members: first the instance, then the member, then the generation."""
    answer = driver.join(instance="worker")
    driver.advance(0)
    member_id = answer.get().member_id
    driver.sync(member_id, 1, instance="worker")
    credentials: dict[str, object] = {
        "member_id": member_id,
        "generation": 1,
        "instance": "worker",
    }
    assert driver.commit_code(**{**credentials, **arguments}) == code


def test_commits_wait_for_the_assignment(driver: GroupDriver) -> None:
    """Between join and sync nobody knows whose partitions are whose."""
    answer = driver.join(driver.member())
    driver.advance(0)
    member_id = answer.get().member_id
    code = driver.commit_code(member_id=member_id, generation=1)
    assert code == ErrorCode.REBALANCE_IN_PROGRESS
    code = driver.commit_code(member_id=member_id, generation=0)
    assert code == ErrorCode.ILLEGAL_GENERATION


def test_a_group_that_all_have_left_before_its_first_generation_takes_no_commits() -> None:
    """Its round goes on, so it is not empty yet."""
    driver = GroupDriver(group__initial__rebalance__delay__ms=3_000)
    driver.create_topic("topic")
    driver.join(version=3)
    (member,) = driver.groups.describe_group("group").members
    driver.leave((member.member_id, None))
    assert driver.commit_code() == ErrorCode.UNKNOWN_MEMBER_ID


def test_the_old_generation_commits_until_all_have_rejoined(driver: GroupDriver) -> None:
    """While members rejoin they may still commit what they have consumed."""
    (leader,) = driver.stable_group()
    driver.join(driver.member())
    code = driver.commit_code(member_id=leader.member_id, generation=1)
    assert code == ErrorCode.NONE


def test_a_commit_is_a_sign_of_life_while_members_rejoin(driver: GroupDriver) -> None:
    (leader,) = driver.stable_group(session_ms=10_000, rebalance_ms=300_000)
    driver.join(driver.member())
    for _ in range(3):
        driver.advance(8_000)
        code = driver.commit_code(member_id=leader.member_id, generation=1)
        assert code == ErrorCode.NONE


def test_an_empty_group_takes_commits_of_administrators(driver: GroupDriver) -> None:
    """When all members have gone, offsets can be set from outside."""
    (leader,) = driver.stable_group()
    assert driver.commit_code() == ErrorCode.UNKNOWN_MEMBER_ID
    driver.leave((leader.member_id, None))
    assert driver.commit_code() == ErrorCode.NONE


# --- fetch


def test_what_is_not_committed_is_minus_one(driver: GroupDriver) -> None:
    """Every partition that is asked for is answered, known or not, in a group known or not."""
    driver.commit(5)
    nothing = OffsetFetchResponsePartitions(
        partition_index=9, committed_offset=-1, committed_leader_epoch=-1, metadata="", error_code=0
    )
    for group in ("group", "none"):
        (topic,) = driver.fetch({"topic": [9]}, group=group).groups[0].topics
        assert topic.partitions == [nothing]


def test_all_offsets(driver: GroupDriver) -> None:
    """Without topics all that is committed is told, by topic."""
    driver.create_topic("other")
    driver.commit(1)
    driver.commit(2, partition=1)
    driver.commit(3, topic="other")
    told = {
        (topic.name, partition.partition_index): partition.committed_offset
        for topic in driver.fetch(None).groups[0].topics
        for partition in topic.partitions
    }
    assert told == {("topic", 0): 1, ("topic", 1): 2, ("other", 0): 3}


def test_all_offsets_of_an_unknown_group(driver: GroupDriver) -> None:
    """A group that does not exist has committed nothing, which is no error."""
    (group,) = driver.fetch(None, group="none").groups
    assert (group.error_code, group.topics) == (ErrorCode.NONE, [])


# --- deleted topics


def test_offsets_go_with_their_topic(driver: GroupDriver) -> None:
    """The offsets of a deleted topic are forgotten, in the log too."""
    driver.create_topic("other")
    driver.commit(1)
    driver.commit(2, topic="other")
    driver.delete_topic("topic")
    assert (driver.committed(), driver.committed("other")) == (-1, 2)
    assert driver.log.typed()[-1] == (
        OffsetCommitKey(group="group", topic="topic", partition=0),
        None,
    )


def test_offsets_of_a_topic_s_forerunner_do_not_count(driver: GroupDriver) -> None:
    """Asked by id, an offset that was committed for another topic of the name is none (KIP-848)."""
    driver.commit(5)
    image = driver.image.topic("topic")
    assert image is not None
    driver.image = driver.image.changed(0, [], [image.topic_id])
    new_id = driver.create_topic("topic", topic_id=b"\2" * 16)
    assert driver.fetch_by_id(new_id).committed_offset == -1
    driver.commit(6)
    assert driver.fetch_by_id(new_id).committed_offset == 6
