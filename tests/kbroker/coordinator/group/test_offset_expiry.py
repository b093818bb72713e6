"""When committed offsets expire, and groups with them (KIP-211)."""

from __future__ import annotations

import itertools

import pytest

from kbroker.background import ITEMS_PER_TURN
from tests.kbroker.coordinator.group_driver import GroupDriver
from wire.errors import ErrorCode

HOUR_MS = 3_600_000
RETENTION_MS = 7 * 24 * HOUR_MS
CHECK_MS = 600_000


@pytest.fixture
def driver() -> GroupDriver:
    driver = GroupDriver(partitions=1)
    driver.create_topic("topic", 2)
    return driver


def test_offsets_of_a_simple_group_expire_after_their_commit(driver: GroupDriver) -> None:
    """Without group management each offset has its own age."""
    driver.commit(1)
    driver.advance(CHECK_MS)
    driver.commit(2, partition=1)
    driver.advance(RETENTION_MS - CHECK_MS)
    assert driver.committed() == -1
    assert driver.committed(partition=1) == 2


def test_expired_offsets_go_at_the_next_check(driver: GroupDriver) -> None:
    """offsets.retention.check.interval.ms apart, not as soon as they may."""
    driver.settings.values["offsets.retention.minutes"] = 1
    driver.commit(1)
    driver.advance(CHECK_MS - 1)
    assert driver.committed() == 1
    driver.advance(1)
    assert driver.committed() == -1


def test_after_a_start_members_have_an_interval_to_come_back(driver: GroupDriver) -> None:
    """Only then what has expired meanwhile is forgotten."""
    driver.commit(1)
    driver.time.advance(RETENTION_MS)
    driver.restart()
    driver.advance(CHECK_MS - 1)
    assert driver.committed() == 1
    driver.advance(1)
    assert driver.committed() == -1


def test_expiry_takes_its_turns(driver: GroupDriver) -> None:
    """However many groups there are, no turn of the loop looks at more than some."""
    for number in range(2 * ITEMS_PER_TURN + 1):
        driver.commit(1, group=f"group-{number}")
    driver.settings.values["offsets.retention.minutes"] = 1
    driver.time.advance(CHECK_MS)
    written = [len(driver.log.typed())]
    for _ in range(4):
        driver.timers.expire(driver.time.monotonic_ms())
        written.append(len(driver.log.typed()))
    turns = [after - before for before, after in itertools.pairwise(written)]
    # Of each group: its offset, and itself.
    assert turns == [2 * ITEMS_PER_TURN, 2 * ITEMS_PER_TURN, 2, 0]


def test_a_group_that_goes_between_two_turns_is_left_alone(driver: GroupDriver) -> None:
    for number in range(ITEMS_PER_TURN + 1):
        driver.commit(1, group=f"group-{number}")
    driver.settings.values["offsets.retention.minutes"] = 1
    driver.time.advance(CHECK_MS)
    driver.timers.expire(driver.time.monotonic_ms())
    (left,) = (one.group_id for one in driver.groups.list_groups(lambda _group: True))
    driver.groups.delete_group(left)
    before = len(driver.log.typed())
    driver.timers.expire(driver.time.monotonic_ms())
    assert len(driver.log.typed()) == before


def test_an_offset_may_bring_its_own_retention(driver: GroupDriver) -> None:
    """Before v5 a commit can say how long its offsets stay."""
    driver.commit(1, version=4, retention_ms=HOUR_MS)
    driver.advance(HOUR_MS - 1)
    assert driver.committed() == 1
    driver.advance(1)
    assert driver.committed() == -1


@pytest.mark.parametrize("retention_ms", [0, -2])
def test_an_offset_may_expire_at_once(driver: GroupDriver, retention_ms: int) -> None:
    """Only -1 stands for the retention of the broker."""
    driver.commit(1, version=4, retention_ms=retention_ms)
    driver.advance(CHECK_MS)
    assert driver.committed() == -1


def test_an_offset_with_its_own_retention_is_one_of_any_topic_id(driver: GroupDriver) -> None:
    """Its stored version has no room for the id."""
    driver.commit(1, version=4, retention_ms=HOUR_MS)
    image = driver.image.topic("topic")
    assert image is not None
    assert driver.fetch_by_id(image.topic_id).committed_offset == 1


def test_in_a_group_that_nobody_has_joined_the_age_counts_from_the_commit(
    driver: GroupDriver,
) -> None:
    """However old the group is, which was made for a member that did not come back."""
    driver.member()
    driver.advance(CHECK_MS // 2)
    driver.commit(1)
    driver.advance(RETENTION_MS - 1)
    assert driver.committed() == 1
    driver.advance(CHECK_MS)
    assert driver.committed() == -1


def test_a_retention_beyond_all_time_has_ended(driver: GroupDriver) -> None:
    """Kafka adds it to the time of day, and comes to long ago."""
    driver.commit(1, version=4, retention_ms=(1 << 63) - 1)
    assert driver.committed() == 1
    driver.advance(CHECK_MS)
    assert driver.committed() == -1


def test_offsets_of_an_empty_group_expire_after_its_last_member(driver: GroupDriver) -> None:
    """However old the commit: the time since the group became empty counts (KIP-211)."""
    (leader,) = driver.stable_group(session_ms=1_800_000)
    driver.commit(1, member_id=leader.member_id, generation=1)
    driver.advance(CHECK_MS)
    driver.leave((leader.member_id, None))
    driver.advance(RETENTION_MS - 1)
    assert driver.committed() == 1
    driver.advance(1)
    assert driver.committed() == -1


def test_a_commit_to_an_empty_group_expires_with_the_others(driver: GroupDriver) -> None:
    """A reset does not count as a sign of life."""
    (leader,) = driver.stable_group(session_ms=1_800_000)
    driver.commit(1, member_id=leader.member_id, generation=1)
    driver.leave((leader.member_id, None))
    driver.advance(RETENTION_MS - CHECK_MS)
    driver.commit(1, partition=1)
    assert driver.committed(partition=1) == 1
    driver.advance(CHECK_MS)
    assert driver.committed(partition=1) == -1


def keep_stable(driver: GroupDriver, member_id: str, ms: int) -> None:
    for _ in range(ms // 1_200_000 + 1):
        assert driver.heartbeat(member_id, 1) == ErrorCode.NONE
        driver.advance(1_200_000)


def subscribed_group(driver: GroupDriver, subscription: bytes, protocol_type: str) -> str:
    """A stable group that has committed 1 for "topic" and whose member reads what it says."""
    (leader,) = driver.stable_group(
        session_ms=1_800_000, protocols=[("range", subscription)], protocol_type=protocol_type
    )
    driver.commit(1, member_id=leader.member_id, generation=1)
    return leader.member_id


@pytest.mark.parametrize(
    ("subscription", "protocol_type", "committed"),
    [
        (b"\0\0\0\0\0\1\0\5other\xff\xff\xff\xff", "consumer", -1),
        (b"\0\0\0\0\0\1\0\5topic\xff\xff\xff\xff", "consumer", 1),
        (b"not a subscription", "consumer", 1),
        (b"\0\0\0\0\0\1\0\5other\xff\xff\xff\xff", "connect", 1),
    ],
    ids=["not subscribed", "subscribed", "unknown", "other protocol"],
)
def test_offsets_of_a_living_group(
    driver: GroupDriver, subscription: bytes, protocol_type: str, committed: int
) -> None:
    """A group with members loses only the offsets of topics that it certainly does not read."""
    driver.settings.values["offsets.retention.minutes"] = 60
    member_id = subscribed_group(driver, subscription, protocol_type)
    keep_stable(driver, member_id, HOUR_MS)
    assert driver.committed() == committed


def test_a_rebalance_puts_off_expiry(driver: GroupDriver) -> None:
    """Offsets of a group whose members are joining stay."""
    driver.settings.values["offsets.retention.minutes"] = 5
    subscribed_group(driver, b"\0\0\0\0\0\1\0\5other\xff\xff\xff\xff", "consumer")
    driver.join(driver.member(), rebalance_ms=1_800_000)
    driver.advance(CHECK_MS)
    assert driver.committed() == 1


def test_forgotten_offsets_leave_nothing_behind(driver: GroupDriver) -> None:
    """Memory of groups and topics goes with their last offset."""
    driver.commit(1)
    assert list(driver.shard().committed._by_group) == ["group"]
    driver.delete_topic("topic")
    assert list(driver.shard().committed._by_group) == []


def test_an_empty_group_goes_with_its_last_offset(driver: GroupDriver) -> None:
    """A group without members and offsets is forgotten, in the log too."""
    (leader,) = driver.stable_group()
    driver.commit(1, member_id=leader.member_id, generation=1)
    driver.leave((leader.member_id, None))
    driver.advance(RETENTION_MS)
    assert [value for _, value in driver.log.typed()[-2:]] == [None, None]
    code = driver.commit_code(member_id="me", generation=2)
    assert code == ErrorCode.GROUP_ID_NOT_FOUND


def test_an_empty_group_without_offsets_goes_at_the_next_check(driver: GroupDriver) -> None:
    """Without offsets there is nothing to keep."""
    (leader,) = driver.stable_group()
    driver.leave((leader.member_id, None))
    driver.advance(CHECK_MS)
    code = driver.commit_code(member_id="me", generation=2)
    assert code == ErrorCode.GROUP_ID_NOT_FOUND


@pytest.mark.parametrize("by", ["expiry", "deletion"])
def test_many_tombstones_are_several_batches(by: str) -> None:
    """However many offsets are forgotten at once, no batch exceeds message.max.bytes."""
    driver = GroupDriver(message__max__bytes=1_400)
    driver.create_topic("topic", 40)
    for partition in range(40):
        driver.commit(partition=partition)
    if by == "deletion":
        driver.delete_topic("topic")
    else:
        driver.advance(RETENTION_MS)
    batches = driver.log.batches()
    assert sum(batch.record_count for batch in batches) >= 80
    assert max(batch.record_count for batch in batches) > 1
    assert max(batch.size for batch in batches) <= 1_400


def test_expiry_goes_on_after_a_refused_append(driver: GroupDriver) -> None:
    """What could not be forgotten is forgotten at the next check."""
    driver.commit(1)
    driver.log.refusal = ErrorCode.NOT_ENOUGH_REPLICAS
    driver.advance(RETENTION_MS)
    assert driver.committed() == 1
    driver.log.refusal = None
    driver.advance(CHECK_MS)
    assert driver.committed() == -1
