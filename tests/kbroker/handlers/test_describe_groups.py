"""What a group is told to be."""

from __future__ import annotations

import pytest

from kbroker.handlers import describe_groups
from tests.kbroker.coordinator.group_driver import GROUP, GroupDriver
from wire.codec import decode, encode
from wire.errors import ErrorCode
from wire.messages.describe_groups import (
    DescribedGroup,
    DescribeGroupsRequest,
    DescribeGroupsResponse,
)

ALL_OPERATIONS = 3400  # what a 4.3.1 without authorizer answers
NOT_ASKED_FOR = -(1 << 31)


@pytest.fixture
def driver() -> GroupDriver:
    driver = GroupDriver()
    driver.create_topic("topic", 2)
    return driver


def described(driver: GroupDriver, version: int, group: str = GROUP) -> DescribedGroup:
    request = DescribeGroupsRequest(groups=[group], include_authorized_operations=version >= 3)
    response = driver.call(describe_groups, request, version).get()
    wire = memoryview(encode(response, version))
    (answer,) = decode(DescribeGroupsResponse, version, wire).groups
    return answer


@pytest.mark.parametrize("version", range(7))
def test_a_stable_group_tells_its_members(driver: GroupDriver, version: int) -> None:
    """What they said when they joined, and what the leader gave them."""
    (member,) = driver.stable_group()
    group = described(driver, version)
    assert (group.error_code, group.group_state) == (0, "Stable")
    assert (group.protocol_type, group.protocol_data) == ("consumer", "range")
    assert group.authorized_operations == (ALL_OPERATIONS if version >= 3 else NOT_ASKED_FOR)
    (found,) = group.members
    assert (found.member_id, found.client_host) == (member.member_id, "/10.0.0.1")
    assert (found.member_metadata, found.member_assignment) == (b"range-metadata", b"for 0")


def test_a_rebalancing_group_tells_only_who_is_there(driver: GroupDriver) -> None:
    """Metadata and assignments are those of a stable generation."""
    driver.join(driver.member())
    driver.advance(0)
    group = described(driver, 6)
    assert (group.group_state, group.protocol_data) == ("CompletingRebalance", "")
    assert [(one.member_metadata, one.member_assignment) for one in group.members] == [(b"", b"")]


@pytest.mark.parametrize("version", range(7))
def test_an_unknown_group_is_dead(driver: GroupDriver, version: int) -> None:
    """Since v6 it is an error, too (KIP-1043)."""
    group = described(driver, version, "nobody")
    assert group.group_state == "Dead"
    expected: tuple[int, str | None] = (0, None)
    if version >= 6:
        expected = (ErrorCode.GROUP_ID_NOT_FOUND, "Group nobody not found.")
    assert (group.error_code, group.error_message) == expected
