"""SyncGroup, Heartbeat and LeaveGroup of classic groups."""

from __future__ import annotations

from kbroker.coordinator.group.answers import sync_success
from kbroker.coordinator.group.classic_group import ClassicGroup
from kbroker.coordinator.group.classic_rebalance import ClassicRebalance
from kbroker.coordinator.group.records import group_metadata_record
from kbroker.coordinator.group.states import ClassicGroupState
from kbroker.coordinator.shard import Result
from kbroker.pending import Pending
from wire.errors import ErrorCode, KafkaError
from wire.messages.heartbeat import HeartbeatRequest
from wire.messages.leave_group import MemberIdentity, MemberResponse
from wire.messages.sync_group import SyncGroupRequest, SyncGroupResponse

# The states in which the assignment of the generation counts.
_ASSIGNED = (ClassicGroupState.COMPLETING_REBALANCE, ClassicGroupState.STABLE)


class ClassicMembership:
    """The SyncGroup, Heartbeat and LeaveGroup operations of one shard."""

    def __init__(self, groups: dict[str, ClassicGroup], rebalance: ClassicRebalance) -> None:
        self._groups = groups
        self._rebalance = rebalance

    # --- SyncGroup

    def sync(self, request: SyncGroupRequest, pending: Pending[SyncGroupResponse]) -> Result[None]:
        """The answer comes through ``pending``: with the leader's assignment, or an error.

        Raises KafkaError for what is answered at once.
        """
        group = self._groups.get(request.group_id)
        if group is None or group.state is ClassicGroupState.EMPTY:
            raise KafkaError(ErrorCode.UNKNOWN_MEMBER_ID)
        _validate_sync(group, request)
        if group.state is ClassicGroupState.PREPARING_REBALANCE:
            raise KafkaError(ErrorCode.REBALANCE_IN_PROGRESS)
        self._rebalance.received_sync(group, request.member_id)
        member = group.members[request.member_id]
        if group.state is ClassicGroupState.STABLE:
            pending.complete(sync_success(group, member))
            return Result(None)
        # An earlier SyncGroup of the member is never answered, as in Kafka.
        member.awaiting_sync = pending
        if group.leader_id == request.member_id:
            return self._assign(group, request)
        return Result(None)

    def _assign(self, group: ClassicGroup, request: SyncGroupRequest) -> Result[None]:
        """Writes the leader's assignment; members that it does not name get an empty one."""
        assignments = {item.member_id: item.assignment for item in request.assignments}
        generation_id = group.generation_id

        def after(error: KafkaError | None) -> None:
            if group.generation_id != generation_id or group.state not in _ASSIGNED:
                return  # the next round began before the commit, and has answered the members
            if error is None:
                self._rebalance.hand_out_assignments(group)
            else:
                # No assignment without a record: the group starts over.
                self._rebalance.refuse_assignments(group, error.code)
                self._rebalance.prepare(group, f"{error.code.name} when storing the assignment")

        value = group.to_value(assignments)
        return Result(None, [group_metadata_record(group.group_id, value)], after=after)

    # --- Heartbeat

    def heartbeat(self, request: HeartbeatRequest) -> Result[None]:
        """Raises KafkaError for every answer but NONE."""
        group = self._groups.get(request.group_id)
        if group is None:
            raise KafkaError(ErrorCode.UNKNOWN_MEMBER_ID)
        group.validate_member(request.member_id, request.group_instance_id)
        if request.generation_id != group.generation_id:
            raise KafkaError(ErrorCode.ILLEGAL_GENERATION)
        self._rebalance.sessions.renew(group, group.members[request.member_id])
        if group.state is ClassicGroupState.PREPARING_REBALANCE:
            raise KafkaError(ErrorCode.REBALANCE_IN_PROGRESS)
        return Result(None)

    # --- LeaveGroup

    def leave(self, group_id: str, members: list[MemberIdentity]) -> Result[list[MemberResponse]]:
        """One answer for each member, in order."""
        group = self._groups.get(group_id)
        if group is None:
            return Result([_left(member, ErrorCode.UNKNOWN_MEMBER_ID) for member in members])
        answers = [_left(member, self._leave(group, member)) for member in members]
        left = [answer.member_id for answer in answers if answer.error_code == ErrorCode.NONE]
        if not left or group.state is ClassicGroupState.EMPTY:
            return Result(answers)
        rebalance = self._rebalance.prepare_or_complete_join(group, f"members {left} left")
        return Result(answers, rebalance.records)

    def _leave(self, group: ClassicGroup, identity: MemberIdentity) -> ErrorCode:
        member_id = identity.member_id
        if member_id == "" and identity.group_instance_id is not None:
            # An administrator removes the member that has the instance id.
            member_id = group.static_members.get(identity.group_instance_id, "")
        elif member_id in group.pending_join:
            group.remove(member_id)
            self._rebalance.sessions.end(group, member_id)
            return ErrorCode.NONE
        try:
            group.validate_member(member_id, identity.group_instance_id)
        except KafkaError as error:
            return error.code
        self._rebalance.remove_member(group, group.members[member_id])
        return ErrorCode.NONE


def _validate_sync(group: ClassicGroup, request: SyncGroupRequest) -> None:
    group.validate_member(request.member_id, request.group_instance_id)
    if request.generation_id != group.generation_id:
        raise KafkaError(ErrorCode.ILLEGAL_GENERATION)
    for asked, actual in (
        (request.protocol_type, group.protocol_type),
        (request.protocol_name, group.protocol_name),
    ):
        if asked is not None and actual is not None and asked != actual:
            raise KafkaError(ErrorCode.INCONSISTENT_GROUP_PROTOCOL)


def _left(member: MemberIdentity, code: ErrorCode) -> MemberResponse:
    return MemberResponse(
        member_id=member.member_id,
        group_instance_id=member.group_instance_id,
        error_code=code,
    )
