from __future__ import annotations

import pytest

from kbroker.handlers import join_group
from tests.kbroker.coordinator.group_driver import GroupDriver
from wire.codec import decode, encode
from wire.errors import ErrorCode
from wire.messages.join_group import JoinGroupRequest, JoinGroupResponse

VERSIONS = range(10)


def on_wire(response: JoinGroupResponse, version: int) -> JoinGroupResponse:
    return decode(JoinGroupResponse, version, memoryview(encode(response, version)))


@pytest.mark.parametrize("version", VERSIONS)
def test_success_in_every_version(version: int) -> None:
    """The answer has the fields of its version."""
    driver = GroupDriver()
    member_id = "" if version < 4 else driver.member()
    answer = driver.join(member_id, version=version)
    driver.advance(0)
    response = on_wire(answer.get(), version)
    assert (response.error_code, response.generation_id) == (ErrorCode.NONE, 1)
    assert response.protocol_name == "range"
    assert response.protocol_type == ("consumer" if version >= 7 else None)
    assert [member.member_id for member in response.members] == [response.leader]


@pytest.mark.parametrize("version", VERSIONS)
def test_errors_in_every_version(version: int) -> None:
    """An error names no protocol: null where the version can say so, else the empty string."""
    response = on_wire(GroupDriver().join("me", version=version).get(), version)
    assert response == JoinGroupResponse(
        error_code=ErrorCode.UNKNOWN_MEMBER_ID,
        protocol_name=None if version >= 7 else "",
        leader="",
        member_id="me",
        members=[],
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_whole_request_errors(version: int) -> None:
    """What dispatch answers for us can be said in every version."""
    request = JoinGroupRequest(
        group_id="group", session_timeout_ms=1, member_id="me", protocol_type="", protocols=[]
    )
    response = join_group.error_response(request, ErrorCode.GROUP_AUTHORIZATION_FAILED)
    assert on_wire(response, version).member_id == ""
    assert on_wire(response, version).error_code == ErrorCode.GROUP_AUTHORIZATION_FAILED


@pytest.mark.parametrize("version", [0, 6, 7])
def test_late_errors_know_their_version(version: int) -> None:
    """A JoinGroup that has waited is answered in the form of its own version."""
    driver = GroupDriver()
    driver.stable_group()
    newcomer = driver.member()
    waiting = driver.join(newcomer, version=version)
    driver.leave((newcomer, None))
    response = on_wire(waiting.get(), version)
    assert response.error_code == ErrorCode.UNKNOWN_MEMBER_ID
    assert response.protocol_name == (None if version >= 7 else "")
