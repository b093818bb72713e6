from __future__ import annotations

from tests.kbroker.coordinator.group_driver import GroupDriver
from wire.errors import ErrorCode
from wire.messages.join_group import JoinGroupResponse


def test_groups_lie_in_kafka_s_partitions() -> None:
    """Each group's records are in the partition that its id hashes to."""
    driver = GroupDriver(partitions=50)
    driver.create_topic("topic")
    driver.commit(group="polygenelubricants")
    driver.commit(group="a" * 300)
    used = [index for index, batches in enumerate(driver.log.partitions) if batches]
    assert used == [0, 14]


def test_groups_are_apart() -> None:
    """What happens to one group does not show in another, even of the same partition."""
    driver = GroupDriver(partitions=1)
    driver.create_topic("topic")
    (member,) = driver.stable_group(group="one")
    driver.stable_group(group="two")
    driver.commit(3, group="two", member_id="x", generation=1)
    driver.leave((member.member_id, None), group="one")
    assert driver.committed(group="one") == -1
    assert driver.heartbeat(member.member_id, 1, group="two") == ErrorCode.UNKNOWN_MEMBER_ID


def test_without_a_topic_there_are_no_groups() -> None:
    """Before the first FindCoordinator everything answers NOT_COORDINATOR."""
    driver = GroupDriver(partitions=0)
    driver.create_topic("topic")
    assert driver.join().get() == JoinGroupResponse(
        error_code=ErrorCode.NOT_COORDINATOR,
        protocol_name=None,
        leader="",
        member_id="",
        members=[],
    )
    assert driver.sync("me", 1).get().error_code == ErrorCode.NOT_COORDINATOR
    assert driver.heartbeat("me", 1) == ErrorCode.NOT_COORDINATOR
    assert driver.leave(("me", None)).error_code == ErrorCode.NOT_COORDINATOR
    assert driver.commit_code() == ErrorCode.NOT_COORDINATOR
    assert driver.fetch(None).groups[0].error_code == ErrorCode.NOT_COORDINATOR


def test_cleanup_comes_back() -> None:
    """The clean-up runs at every interval, as long as it is now."""
    driver = GroupDriver()
    driver.settings.values["offsets.retention.check.interval.ms"] = 1_000
    for group in ("one", "two"):
        (member,) = driver.stable_group(group=group)
        driver.leave((member.member_id, None), group=group)
        driver.advance(600_000 if group == "one" else 1_000)
        code = driver.commit_code(member_id="me", generation=2, group=group)
        assert code == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
        assert driver.log.typed()[-1][1] is None
