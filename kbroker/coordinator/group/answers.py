"""The answers to JoinGroup and SyncGroup, field by field as Kafka fills them."""

from __future__ import annotations

from kbroker.coordinator.group.classic_group import ClassicGroup
from kbroker.coordinator.group.classic_member import ClassicGroupMember
from kbroker.pending import Pending
from wire.errors import ErrorCode
from wire.messages.join_group import JoinGroupResponse
from wire.messages.sync_group import SyncGroupResponse

UNKNOWN_MEMBER_ID = ""


class PendingJoin(Pending[JoinGroupResponse]):
    """The answer to a JoinGroup, now or later.

    It is completed with ``protocol_name`` None where there is none; versions below 7 have no null
    and get the empty string.
    """

    __slots__ = ("_api_version",)

    def __init__(self, api_version: int) -> None:
        super().__init__()
        self._api_version = api_version

    def complete(self, response: JoinGroupResponse) -> None:
        if not response.protocol_name:
            response.protocol_name = None if self._api_version >= 7 else ""
        super().complete(response)


def join_error(code: ErrorCode, member_id: str = UNKNOWN_MEMBER_ID) -> JoinGroupResponse:
    return JoinGroupResponse(
        error_code=code, protocol_name=None, leader="", member_id=member_id, members=[]
    )


def join_success(
    group: ClassicGroup, member_id: str, *, skip_assignment: bool = False
) -> JoinGroupResponse:
    """The current generation as a member sees it; only the leader gets the list of members."""
    return JoinGroupResponse(
        error_code=ErrorCode.NONE,
        generation_id=group.generation_id,
        protocol_type=group.protocol_type,
        protocol_name=group.protocol_name,
        leader=group.leader_id or "",
        skip_assignment=skip_assignment,
        member_id=member_id,
        members=group.joined_members() if group.leader_id == member_id else [],
    )


def sync_error(code: ErrorCode) -> SyncGroupResponse:
    return SyncGroupResponse(error_code=code, assignment=b"")


def sync_success(group: ClassicGroup, member: ClassicGroupMember) -> SyncGroupResponse:
    return SyncGroupResponse(
        error_code=ErrorCode.NONE,
        protocol_type=group.protocol_type,
        protocol_name=group.protocol_name,
        assignment=member.assignment,
    )
