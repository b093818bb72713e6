from __future__ import annotations

import pytest

from kbroker.coordinator.group.answers import PendingJoin, join_error
from wire.errors import ErrorCode
from wire.messages.join_group import JoinGroupResponse


@pytest.mark.parametrize(("version", "name"), [(6, ""), (7, None)])
def test_no_protocol_is_said_as_the_version_can(version: int, name: str | None) -> None:
    """Only v7 and later can say null for the protocol's name."""
    got: list[JoinGroupResponse] = []
    pending = PendingJoin(version)
    pending.then(got.append)
    pending.complete(join_error(ErrorCode.UNKNOWN_MEMBER_ID))
    assert got[0].protocol_name == name
