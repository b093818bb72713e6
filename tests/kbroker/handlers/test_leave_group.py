from __future__ import annotations

import pytest

from kbroker.handlers import leave_group
from tests.kbroker.coordinator.group_driver import GroupDriver
from wire.codec import decode, encode
from wire.errors import ErrorCode
from wire.messages.leave_group import LeaveGroupRequest, LeaveGroupResponse, MemberResponse


def on_wire(response: LeaveGroupResponse, version: int) -> LeaveGroupResponse:
    return decode(LeaveGroupResponse, version, memoryview(encode(response, version)))


@pytest.mark.parametrize("version", [0, 1, 2])
def test_before_v3_the_member_s_error_is_the_response_s(version: int) -> None:
    """One member leaves, and its fate is that of the request."""
    driver = GroupDriver()
    (member,) = driver.stable_group()
    for code in (ErrorCode.NONE, ErrorCode.UNKNOWN_MEMBER_ID):
        response = driver.leave((member.member_id, None), version=version)
        assert on_wire(response, version) == LeaveGroupResponse(error_code=code)


@pytest.mark.parametrize("version", [3, 4, 5])
def test_since_v3_every_member_has_its_own_error(version: int) -> None:
    """Several members leave, and the request is in order whatever becomes of them."""
    driver = GroupDriver()
    (member,) = driver.stable_group()
    response = driver.leave((member.member_id, None), ("stranger", "worker"), version=version)
    assert on_wire(response, version) == LeaveGroupResponse(
        error_code=ErrorCode.NONE,
        members=[
            MemberResponse(
                member_id=member.member_id, group_instance_id=None, error_code=ErrorCode.NONE
            ),
            MemberResponse(
                member_id="stranger",
                group_instance_id="worker",
                error_code=ErrorCode.UNKNOWN_MEMBER_ID,
            ),
        ],
    )


@pytest.mark.parametrize("version", range(6))
def test_whole_request_errors(version: int) -> None:
    """Without a group id the request fails as a whole, in every version."""
    response = on_wire(GroupDriver().leave(("me", None), group="", version=version), version)
    assert response == LeaveGroupResponse(error_code=ErrorCode.INVALID_GROUP_ID)


def test_nobody_leaves() -> None:
    """A request without members is in order."""
    driver = GroupDriver()
    driver.stable_group()
    request = LeaveGroupRequest(group_id="group", members=[])
    assert driver.call(leave_group, request, 5).get() == LeaveGroupResponse(
        error_code=ErrorCode.NONE
    )
