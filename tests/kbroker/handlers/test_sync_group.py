from __future__ import annotations

from typing import Any

import pytest

from tests.kbroker.coordinator.group_driver import GroupDriver
from wire.codec import decode, encode
from wire.errors import ErrorCode
from wire.messages.sync_group import SyncGroupResponse

VERSIONS = range(6)


def on_wire(response: SyncGroupResponse, version: int) -> SyncGroupResponse:
    return decode(SyncGroupResponse, version, memoryview(encode(response, version)))


@pytest.mark.parametrize("version", VERSIONS)
def test_success_in_every_version(version: int) -> None:
    """The assignment comes in every version, the protocol from v5 on."""
    driver = GroupDriver()
    (member,) = driver.stable_group()
    response = on_wire(driver.sync(member.member_id, 1, version=version).get(), version)
    protocol = ("consumer", "range") if version >= 5 else (None, None)
    assert (response.protocol_type, response.protocol_name) == protocol
    assert (response.error_code, response.assignment) == (ErrorCode.NONE, b"for 0")


@pytest.mark.parametrize("version", VERSIONS)
def test_errors_in_every_version(version: int) -> None:
    """An error comes with an empty assignment and no protocol."""
    response = on_wire(GroupDriver().sync("me", 1, version=version).get(), version)
    assert response == SyncGroupResponse(error_code=ErrorCode.UNKNOWN_MEMBER_ID, assignment=b"")


@pytest.mark.parametrize("missing", ["protocol_type", "protocol_name"])
def test_v5_names_the_protocol(missing: str) -> None:
    """From v5 on both are needed, which is checked before the group's id; older versions go on."""
    driver = GroupDriver()
    arguments: dict[str, Any] = {missing: None}
    response = driver.sync("me", 1, group="", **arguments).get()
    assert response.error_code == ErrorCode.INCONSISTENT_GROUP_PROTOCOL
    response = driver.sync("me", 1, group="", version=4, **arguments).get()
    assert response.error_code == ErrorCode.INVALID_GROUP_ID
