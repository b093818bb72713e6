from __future__ import annotations

from typing import Any

import pytest

from kbroker.coordinator.group.classic_group import ClassicGroup
from kbroker.coordinator.group.classic_member import ClassicGroupMember
from kbroker.coordinator.group.records import group_tombstone, offset_tombstone
from tests.kbroker.coordinator.group_driver import GROUP, SESSION_MS, GroupDriver
from wire.errors import ErrorCode
from wire.internal.consumer_offsets import GroupMetadataKey, OffsetCommitKey
from wire.records.batch import NO_PRODUCER_ID


def durable_member(member: ClassicGroupMember, protocol: str | None) -> dict[str, Any]:
    return {
        "id": member.member_id,
        "instance": member.group_instance_id,
        "client": (member.client_id, member.client_host),
        "timeouts": (member.session_timeout_ms, member.rebalance_timeout_ms),
        "subscription": member.metadata(protocol),
        "assignment": member.assignment,
    }


def durable(group: ClassicGroup) -> dict[str, Any]:
    """What has to outlive a restart."""
    return {
        "state": group.state,
        "since": group.state_timestamp_ms,
        "generation": group.generation_id,
        "type": group.protocol_type,
        "protocol": group.protocol_name,
        "leader": group.leader_id,
        "subscribed": group.subscribed_topics,
        "static": group.static_members,
        "members": [
            durable_member(member, group.protocol_name) for member in group.members.values()
        ],
    }


def snapshot(driver: GroupDriver) -> dict[str, Any]:
    shard = driver.shard()
    return {
        "groups": {group_id: durable(group) for group_id, group in shard.groups.items()},
        "offsets": {group_id: shard.committed.of_group(group_id) for group_id in shard.groups},
    }


def simple_group(driver: GroupDriver) -> None:
    driver.commit(1, leader_epoch=2, metadata="m")
    driver.commit(2, partition=1, version=4, retention_ms=1000)
    driver.commit(3, partition=2, version=4, retention_ms=(1 << 63) - 1)  # which has passed


def stable(driver: GroupDriver) -> None:
    (leader, _) = driver.stable_group(2)
    driver.commit(1, member_id=leader.member_id, generation=1)


def stable_again(driver: GroupDriver) -> None:
    (leader,) = driver.stable_group(protocols=[("range", b"\0\0\0\0\0\1\0\1t\xff\xff\xff\xff")])
    driver.join(leader.member_id, protocols=[("range", b"\0\0\0\0\0\0\xff\xff\xff\xff")])
    driver.sync(leader.member_id, 2, {leader.member_id: b"again"})


def emptied(driver: GroupDriver) -> None:
    (leader,) = driver.stable_group()
    driver.advance(5)
    driver.leave((leader.member_id, None))


def static_replaced(driver: GroupDriver) -> None:
    answer = driver.join(instance="worker")
    driver.advance(0)
    driver.sync(answer.get().member_id, 1, {answer.get().member_id: b"W"}, instance="worker")
    driver.join(
        instance="worker", session_ms=7_000, rebalance_ms=8_000, protocols=[("range", b"new")]
    )


def forgotten(driver: GroupDriver) -> None:
    emptied(driver)
    driver.advance(600_000)


def topic_deleted(driver: GroupDriver) -> None:
    driver.commit(1)
    driver.delete_topic("topic")


@pytest.mark.parametrize(
    "story",
    [simple_group, stable, stable_again, emptied, static_replaced, forgotten, topic_deleted],
)
def test_replay_after_a_restart(story: Any) -> None:
    """What a broker that starts again knows is what it knew, as far as it lasts."""
    driver = GroupDriver(partitions=1)
    driver.create_topic("topic", 3)
    story(driver)
    before = snapshot(driver)
    driver.restart()
    assert snapshot(driver) == before


def test_a_round_that_was_cut_short_is_forgotten() -> None:
    """A restart between join and sync leaves the last written generation."""
    driver = GroupDriver(partitions=1)
    (leader,) = driver.stable_group()
    before = snapshot(driver)
    driver.join(leader.member_id)
    assert snapshot(driver) != before
    driver.restart()
    assert snapshot(driver) == before
    assert driver.heartbeat(leader.member_id, 1) == ErrorCode.NONE


def test_the_sessions_of_all_loaded_groups_start() -> None:
    driver = GroupDriver(partitions=1)
    for group in ("one", "two"):
        driver.stable_group(group=group)
    driver.restart()
    driver.advance(SESSION_MS)
    for group in ("one", "two"):
        assert driver.groups.describe_group(group).group_state == "Empty"


def test_a_tombstone_may_be_all_that_compaction_left_of_a_group() -> None:
    driver = GroupDriver()
    for tombstone in (group_tombstone(GROUP), offset_tombstone(GROUP, "topic", 0)):
        driver.shard().replay(tombstone, NO_PRODUCER_ID)
    assert driver.groups.list_groups(lambda _group: True) == []


def test_all_partitions_hear_of_deleted_topics() -> None:
    driver = GroupDriver(partitions=4)
    driver.create_topic("topic")
    groups = [f"group-{number}" for number in range(8)]
    for group in groups:
        driver.commit(1, group=group)
    driver.groups.on_topics_deleted(iter(["topic"]))
    assert [driver.committed(group=group) for group in groups] == [-1] * 8


@pytest.mark.parametrize("is_deleted", [True, False])
def test_a_group_is_forgotten_after_its_offsets(is_deleted: bool) -> None:
    """What a crash in between leaves is there for the next attempt."""
    driver = GroupDriver()
    driver.create_topic("topic")
    driver.commit(1)
    if is_deleted:
        driver.groups.delete_group(GROUP)
    else:
        driver.advance(8 * 24 * 3_600_000)
    keys = [key for key, value in driver.log.typed() if value is None]
    assert [type(key) for key in keys] == [OffsetCommitKey, GroupMetadataKey]


def test_pending_members_are_forgotten() -> None:
    """An id that was given but not used yet does not outlive the broker."""
    driver = GroupDriver()
    pending = driver.member()
    driver.restart()
    assert driver.join(pending).get().error_code == ErrorCode.UNKNOWN_MEMBER_ID


def test_assignments_are_there_after_a_restart() -> None:
    """A member that reconnects fetches its assignment without a rebalance."""
    driver = GroupDriver()
    leader, follower = driver.stable_group(2)
    driver.restart()
    assert driver.sync(follower.member_id, 1).get().assignment == b"for 1"
    assert driver.sync(leader.member_id, 1).get().assignment == b"for 0"


@pytest.mark.parametrize(
    "write",
    [
        lambda driver: driver.commit(1, group="written"),
        lambda driver: driver.shard().replay_end(producer_id=9, is_commit=True),
    ],
    ids=["record", "marker"],
)
def test_a_group_whose_offsets_were_refused_is_seen_after_the_next_write(write: Any) -> None:
    """As with Kafka, which makes the group and writes nothing."""

    def is_seen() -> bool:
        groups = driver.groups.list_groups(lambda _group: True)
        return "refused" in {group.group_id for group in groups}

    driver = GroupDriver(partitions=1)
    driver.create_topic("topic")
    driver.commit(1, metadata="m" * 5000, group="refused")
    assert not is_seen()
    write(driver)
    assert is_seen()


@pytest.mark.parametrize("deleted", [True, False])
def test_more_offsets_than_a_batch_holds_are_forgotten_in_several(deleted: bool) -> None:
    """Because their topic is deleted, or because nobody commits any more."""
    driver = GroupDriver(partitions=1, message__max__bytes=1_100)
    driver.create_topic("topic", 4)
    for partition in range(4):
        driver.commit(7, partition=partition)
    before = len(driver.log.batches())
    if deleted:
        driver.delete_topic("topic")
    else:
        driver.advance(8 * 24 * 3_600_000)
    assert len(driver.log.batches()) - before > 1
    driver.restart()
    assert snapshot(driver)["offsets"] == ({"group": {}} if deleted else {})
