"""Offsets in transactions: who may commit them, and what is beside those that are pending."""

from __future__ import annotations

import pytest

from tests.kbroker.coordinator.group_driver import GROUP, GroupDriver
from wire.errors import ErrorCode, KafkaError
from wire.messages.txn_offset_commit import (
    TxnOffsetCommitRequest,
    TxnOffsetCommitRequestPartition,
    TxnOffsetCommitRequestTopic,
)

PRODUCER = 9
HOUR_MS = 3_600_000
CHECK_MS = 600_000


@pytest.fixture
def driver() -> GroupDriver:
    driver = GroupDriver(partitions=1)
    driver.create_topic("topic", 2)
    return driver


def commit(
    driver: GroupDriver,
    offset: int = 5,
    *,
    group: str = GROUP,
    partition: int = 0,
    member_id: str = "",
    generation: int = -1,
    instance: str | None = None,
) -> ErrorCode:
    """In an open transaction."""
    one = TxnOffsetCommitRequestPartition(
        partition_index=partition, committed_offset=offset, committed_metadata=None
    )
    topics = [TxnOffsetCommitRequestTopic(name="topic", partitions=[one])]
    request = TxnOffsetCommitRequest(
        transactional_id="t",
        group_id=group,
        producer_id=PRODUCER,
        producer_epoch=0,
        generation_id_or_member_epoch=generation,
        member_id=member_id,
        group_instance_id=instance,
        topics=topics,
    )
    try:
        answers = driver.groups.commit_offsets_in_transaction(request, topics)
    except KafkaError as error:
        return error.code
    finally:
        driver.log.commit()
    return ErrorCode(answers[0].partitions[0].error_code)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({}, ErrorCode.NONE),
        ({"generation": -1, "member_id": "", "instance": None}, ErrorCode.NONE),
        ({"generation": 1, "member_id": "", "instance": None}, ErrorCode.UNKNOWN_MEMBER_ID),
        ({"generation": -1}, ErrorCode.ILLEGAL_GENERATION),
        ({"generation": 2}, ErrorCode.ILLEGAL_GENERATION),
        ({"member_id": "me", "generation": 2}, ErrorCode.FENCED_INSTANCE_ID),
        ({"member_id": "me", "instance": None, "generation": 2}, ErrorCode.UNKNOWN_MEMBER_ID),
    ],
)
@pytest.mark.parametrize("is_assigned", [True, False])
def test_who_may_commit(
    driver: GroupDriver, arguments: dict[str, object], code: ErrorCode, is_assigned: bool
) -> None:
    """Who says nothing of the group, and members of its generation, assigned or not (KIP-447)."""
    answer = driver.join(instance="worker")
    driver.advance(0)
    member_id = answer.get().member_id
    if is_assigned:
        driver.sync(member_id, 1, instance="worker")
    known: dict[str, object] = {"member_id": member_id, "generation": 1, "instance": "worker"}
    assert commit(driver, **{**known, **arguments}) == code  # type: ignore[arg-type]


def told(driver: GroupDriver, *, all_of_them: bool) -> list[tuple[int, int]]:
    """(error code, offset) of both partitions for who wants stable offsets."""
    topics = None if all_of_them else {"topic": [0, 1]}
    asked = driver.fetch(topics, require_stable=True).groups[0].topics[0].partitions
    in_order = sorted(asked, key=lambda partition: partition.partition_index)
    return [(partition.error_code, partition.committed_offset) for partition in in_order]


@pytest.mark.parametrize("pending", [0, 1])
@pytest.mark.parametrize("all_of_them", [True, False])
def test_only_what_is_pending_is_unstable(
    driver: GroupDriver, pending: int, all_of_them: bool
) -> None:
    for partition in (0, 1):
        driver.commit(3, partition=partition)
    commit(driver, partition=pending)
    expected = [(0, 3), (0, 3)]
    expected[pending] = (ErrorCode.UNSTABLE_OFFSET_COMMIT, -1)
    assert told(driver, all_of_them=all_of_them) == expected


def test_only_what_is_pending_does_not_expire(driver: GroupDriver) -> None:
    for partition in (0, 1):
        driver.commit(3, partition=partition, version=4, retention_ms=1)
    commit(driver, partition=1)
    driver.advance(CHECK_MS)
    assert [driver.committed(partition=partition) for partition in (0, 1)] == [-1, 3]


def test_a_deleted_topic_takes_all_that_is_pending_along(driver: GroupDriver) -> None:
    """Of each group and partition, beside what is committed."""
    for group in (GROUP, "other"):
        driver.commit(3, group=group)
        for partition in (0, 1):
            assert commit(driver, group=group, partition=partition) == ErrorCode.NONE
    driver.delete_topic("topic")
    driver.groups.transaction_ended(0, PRODUCER, True)
    for group in (GROUP, "other"):
        assert driver.fetch(None, group=group).groups[0].topics == []
