"""What administrators see of groups, and what they may take away."""

from __future__ import annotations

import pytest

from tests.kbroker.coordinator.group_driver import GROUP, GroupDriver, reading
from wire.errors import ErrorCode, KafkaError
from wire.messages.offset_delete import OffsetDeleteRequestPartition, OffsetDeleteRequestTopic


def forget(driver: GroupDriver, *names: str) -> dict[str, int]:
    """The error code of each topic whose partition 0 is asked to be forgotten."""
    partitions = [OffsetDeleteRequestPartition(partition_index=0)]
    asked = [OffsetDeleteRequestTopic(name=name, partitions=partitions) for name in names]
    answers = driver.groups.delete_offsets(GROUP, asked)
    return {answer.name: answer.partitions[0].error_code for answer in answers}


def test_only_a_stable_group_tells_what_its_members_said() -> None:
    driver = GroupDriver()
    driver.join(driver.member())
    driver.advance(0)
    joined = driver.groups.describe_group(GROUP)
    assert (joined.group_state, joined.protocol_data) == ("CompletingRebalance", "")
    assert [member.member_metadata for member in joined.members] == [b""]


def test_assignments_are_told_until_there_are_others() -> None:
    driver = GroupDriver()
    driver.stable_group(1)
    driver.join(driver.member())  # a second one, so that the first has to come again
    told = driver.groups.describe_group(GROUP)
    assert told.group_state == "PreparingRebalance"
    assert [member.member_assignment for member in told.members] == [b"for 0", b""]


def test_a_stable_group_tells_all() -> None:
    driver = GroupDriver()
    driver.stable_group(2)
    stable = driver.groups.describe_group(GROUP)
    assert (stable.group_state, stable.protocol_data) == ("Stable", "range")
    said = {(member.member_metadata, member.member_assignment) for member in stable.members}
    assert said == {(b"range-metadata", b"for 0"), (b"range-metadata", b"for 1")}


def test_all_partitions_of_the_log_are_listed() -> None:
    driver = GroupDriver(partitions=4)
    names = [f"group-{number}" for number in range(8)]
    for name in names:
        driver.stable_group(group=name)
    listed = driver.groups.list_groups(lambda group: group.group_id != names[3])
    assert sorted(group.group_id for group in listed) == names[:3] + names[4:]
    assert {group.protocol_type for group in listed} == {"consumer"}


def test_what_a_member_reads_is_not_forgotten() -> None:
    """And what it does not read may be, though the group has members (KIP-496)."""
    driver = GroupDriver()
    driver.create_topic("read")
    driver.create_topic("unread")
    driver.commit(7, topic="unread")
    driver.stable_group(protocols=reading(b"read"))
    subscribed = ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC
    assert forget(driver, "read", "unread") == {"read": subscribed, "unread": ErrorCode.NONE}
    assert driver.committed(topic="unread") == -1


def test_nothing_is_written_of_what_was_never_committed() -> None:
    driver = GroupDriver()
    driver.create_topic("topic", 2)
    driver.commit(7, partition=1)
    before = len(driver.log.records())
    assert forget(driver, "topic") == {"topic": ErrorCode.NONE}
    assert len(driver.log.records()) == before


@pytest.mark.parametrize("ask", ["describe_group", "delete_group"])
def test_a_group_that_is_not_there(ask: str) -> None:
    with pytest.raises(KafkaError) as error:
        getattr(GroupDriver().groups, ask)("nobody")
    assert error.value.code is ErrorCode.GROUP_ID_NOT_FOUND


@pytest.mark.parametrize("whole_group", [True, False])
def test_more_offsets_than_a_batch_holds_are_deleted_in_several(whole_group: bool) -> None:
    driver = GroupDriver(message__max__bytes=1_100)
    topics = [f"topic-{number}" for number in range(4)]
    for topic in topics:
        driver.create_topic(topic)
        driver.commit(7, topic=topic)
    before = len(driver.log.batches())
    if whole_group:
        driver.groups.delete_group(GROUP)
    else:
        assert set(forget(driver, *topics).values()) == {ErrorCode.NONE}
    assert len(driver.log.batches()) - before > 1
    driver.restart()
    assert [driver.committed(topic=topic) for topic in topics] == [-1] * 4
