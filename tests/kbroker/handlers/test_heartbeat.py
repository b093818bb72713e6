from __future__ import annotations

import pytest

from kbroker.handlers import heartbeat
from tests.kbroker.coordinator.group_driver import GroupDriver
from wire.codec import decode, encode
from wire.errors import ErrorCode
from wire.messages.heartbeat import HeartbeatRequest, HeartbeatResponse


@pytest.mark.parametrize("version", range(5))
def test_every_version(version: int) -> None:
    """A member is told that all is well; a stranger that it is one."""
    driver = GroupDriver()
    (member,) = driver.stable_group()
    for member_id, code in (
        (member.member_id, ErrorCode.NONE),
        ("stranger", ErrorCode.UNKNOWN_MEMBER_ID),
    ):
        request = HeartbeatRequest(group_id="group", generation_id=1, member_id=member_id)
        response = driver.call(heartbeat, request, version).get()
        decoded = decode(HeartbeatResponse, version, memoryview(encode(response, version)))
        assert decoded == HeartbeatResponse(error_code=code)
