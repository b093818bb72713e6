"""JoinGroup of a classic group: checks, member ids, and the rebalance that it starts."""

from __future__ import annotations

from typing import NamedTuple

from kbroker.clock import Clock
from kbroker.coordinator.group.answers import (
    UNKNOWN_MEMBER_ID,
    PendingJoin,
    join_error,
    join_success,
    sync_error,
)
from kbroker.coordinator.group.classic_group import ClassicGroup
from kbroker.coordinator.group.classic_member import ClassicGroupMember
from kbroker.coordinator.group.classic_rebalance import ClassicRebalance
from kbroker.coordinator.group.classic_sessions import NEW_MEMBER_JOIN_TIMEOUT_MS
from kbroker.coordinator.group.records import group_metadata_record, new_group_record
from kbroker.coordinator.group.states import ClassicGroupState
from kbroker.coordinator.shard import Result, Settings
from wire.errors import ErrorCode, KafkaError
from wire.messages.join_group import JoinGroupRequest
from wire.uuids import random_hyphenated_uuid


class Join(NamedTuple):
    """One JoinGroup: the request, its client, and its pending answer."""

    request: JoinGroupRequest
    api_version: int
    client_id: str
    client_host: str  # in Java's form: a slash, then the address
    pending: PendingJoin

    @property
    def reason(self) -> str:
        """The client's reason to join (KIP-800)."""
        return self.request.reason or "not provided"

    @property
    def rebalance_timeout_ms(self) -> int:
        # Version 0 has no rebalance timeout.
        if self.api_version == 0:
            return self.request.session_timeout_ms
        return self.request.rebalance_timeout_ms


class ClassicJoin:
    """The JoinGroup operations of one shard."""

    def __init__(
        self,
        groups: dict[str, ClassicGroup],
        rebalance: ClassicRebalance,
        settings: Settings,
        clock: Clock,
    ) -> None:
        self._groups = groups
        self._rebalance = rebalance
        self._settings = settings
        self._clock = clock

    def create_group(self, join: Join) -> Result[None]:
        """The first step: a member without an id creates the group where it does not exist."""
        group_id = join.request.group_id
        if join.request.member_id == UNKNOWN_MEMBER_ID and group_id not in self._groups:
            return Result(None, [new_group_record(group_id, self._clock.now_ms())])
        return Result(None)

    def join(self, join: Join) -> Result[None]:
        """The second step. The answer comes through ``join.pending``, now or later."""
        member_id = join.request.member_id
        group = self._groups.get(join.request.group_id)
        if group is None:
            return self._refuse(join, ErrorCode.UNKNOWN_MEMBER_ID, member_id)
        if not self._has_room(group, member_id):
            group.remove(member_id)
            return self._refuse(join, ErrorCode.GROUP_MAX_SIZE_REACHED, UNKNOWN_MEMBER_ID)
        if not group.supports_protocols(join.request.protocol_type, join.request.protocols):
            return self._refuse(join, ErrorCode.INCONSISTENT_GROUP_PROTOCOL, member_id)
        if member_id != UNKNOWN_MEMBER_ID:
            return self._join_known(group, join)
        if join.request.group_instance_id is not None:
            return self._join_static(group, join, join.request.group_instance_id)
        return self._join_dynamic(group, join)

    def _refuse(self, join: Join, code: ErrorCode, member_id: str) -> Result[None]:
        join.pending.complete(join_error(code, member_id))
        return Result(None)

    def _has_room(self, group: ClassicGroup, member_id: str) -> bool:
        """While members rejoin, group.max.size limits the waiting ones, otherwise the members.

        So where the limit was lowered, the last members to rejoin are refused.
        """
        limit = self._settings.integer("group.max.size")
        if group.state is ClassicGroupState.EMPTY:
            return True
        member = group.members.get(member_id)
        if group.state is ClassicGroupState.PREPARING_REBALANCE:
            is_waiting = member is not None and member.awaiting_join is not None
            return is_waiting or group.awaiting_join_count < limit
        return member is not None or len(group.members) < limit

    # --- members without an id

    def _join_dynamic(self, group: ClassicGroup, join: Join) -> Result[None]:
        member_id = f"{join.client_id}-{random_hyphenated_uuid()}"
        if join.api_version < 4:
            return self._add_member(group, join, member_id)
        # Two steps (KIP-394): a client that misses the answer leaves no member behind.
        group.pending_join.add(member_id)
        self._rebalance.sessions.start(group, member_id, join.request.session_timeout_ms)
        return self._refuse(join, ErrorCode.MEMBER_ID_REQUIRED, member_id)

    def _join_static(self, group: ClassicGroup, join: Join, group_instance_id: str) -> Result[None]:
        member_id = f"{group_instance_id}-{random_hyphenated_uuid()}"
        replaced_id = group.static_members.get(group_instance_id)
        if replaced_id is None:
            return self._add_member(group, join, member_id)
        if group.state is ClassicGroupState.STABLE and self._keeps_protocol(
            group, join, replaced_id
        ):
            return self._replace_in_stable_group(group, join, replaced_id, member_id)
        # Requests that wait under the old id are fenced.
        replaced = group.members[replaced_id]
        group.complete_join(replaced, join_error(ErrorCode.FENCED_INSTANCE_ID, replaced_id))
        replaced.complete_sync(sync_error(ErrorCode.FENCED_INSTANCE_ID))
        member = group.rename_member(replaced_id, member_id)
        self._rebalance.sessions.end(group, replaced_id)
        self._park(group, member, join)
        if group.state is ClassicGroupState.PREPARING_REBALANCE:
            return self._rebalance.try_complete_join(group)
        # The leader may already assign to the old id, or the group's protocol changes.
        return self._rebalance.prepare(group, f"new id of {group_instance_id}, {join.reason}")

    def _keeps_protocol(self, group: ClassicGroup, join: Join, replaced_id: str) -> bool:
        selected = group.select_protocol_replacing(replaced_id, join.request.protocols)
        return group.protocol_name == selected

    def _replace_in_stable_group(
        self, group: ClassicGroup, join: Join, replaced_id: str, member_id: str
    ) -> Result[None]:
        """A static member that restarts gets its assignment back without a rebalance (KIP-345).

        As in Kafka its first session is as long as its last one was, and the subscribed topics of
        the group stay until the next generation.
        """
        leader_before = group.leader_id
        subscribed_before = group.subscribed_topics
        first_session_ms = group.members[replaced_id].session_timeout_ms
        replacement = group.members[replaced_id].renamed(member_id)
        replacement.protocols = join.request.protocols
        replacement.rebalance_timeout_ms = join.rebalance_timeout_ms
        replacement.session_timeout_ms = join.request.session_timeout_ms
        value = group.to_value_replacing(replaced_id, replacement)

        def answer(error: KafkaError | None) -> None:
            if error is not None:
                refusal = join_success(group, UNKNOWN_MEMBER_ID)
                refusal.error_code = error.code
                join.pending.complete(refusal)
                return
            if member_id not in group.members:  # it was replaced or removed before the commit
                join.pending.complete(join_error(ErrorCode.UNKNOWN_MEMBER_ID, member_id))
                return
            self._rebalance.sessions.end(group, replaced_id)
            self._rebalance.sessions.start(group, member_id, first_session_ms)
            group.subscribed_topics = subscribed_before
            # The record holds the metadata of the chosen protocol only.
            group.update_member(
                group.members[member_id],
                join.request.protocols,
                join.rebalance_timeout_ms,
                join.request.session_timeout_ms,
            )
            response = join_success(group, member_id, skip_assignment=group.leader_id == member_id)
            if join.api_version < 9:
                # It must not act as leader, since a stable group ignores assignments. So the answer
                # names the old id as leader (KIP-814).
                response.leader = leader_before or ""
                response.skip_assignment = False
                response.members = []
            join.pending.complete(response)

        return Result(None, [group_metadata_record(group.group_id, value)], after=answer)

    # --- members with an id

    def _join_known(self, group: ClassicGroup, join: Join) -> Result[None]:
        request = join.request
        if request.member_id in group.pending_join:
            # Only dynamic members join in two steps.
            if request.group_instance_id is not None:
                return self._refuse(join, ErrorCode.UNKNOWN_SERVER_ERROR, UNKNOWN_MEMBER_ID)
            return self._add_member(group, join, request.member_id)
        try:
            group.validate_member(request.member_id, request.group_instance_id)
        except KafkaError as error:
            return self._refuse(join, error.code, request.member_id)
        member = group.members[request.member_id]
        reason = self._reason_to_rebalance(group, member, join)
        if reason is None:
            # A repeated JoinGroup: the answer to the first may have been lost.
            join.pending.complete(join_success(group, member.member_id))
            return Result(None)
        self._park(group, member, join)
        return self._rebalance.prepare_or_complete_join(
            group, f"{reason} {member.member_id}, {join.reason}"
        )

    def _reason_to_rebalance(
        self, group: ClassicGroup, member: ClassicGroupMember, join: Join
    ) -> str | None:
        if group.state is ClassicGroupState.PREPARING_REBALANCE:
            return "rejoin of"
        if member.protocols != join.request.protocols:
            return "changed metadata of"
        if group.state is ClassicGroupState.STABLE and group.leader_id == member.member_id:
            # The leader may join for reasons that its metadata does not show: new partitions.
            return "rejoin of leader"
        return None

    def _park(self, group: ClassicGroup, member: ClassicGroupMember, join: Join) -> None:
        group.update_member(
            member,
            join.request.protocols,
            join.rebalance_timeout_ms,
            join.request.session_timeout_ms,
        )
        group.await_join(member, join.pending)

    def _add_member(self, group: ClassicGroup, join: Join, member_id: str) -> Result[None]:
        request = join.request
        member = ClassicGroupMember(
            member_id=member_id,
            group_instance_id=request.group_instance_id,
            client_id=join.client_id,
            client_host=join.client_host,
            rebalance_timeout_ms=join.rebalance_timeout_ms,
            session_timeout_ms=request.session_timeout_ms,
            protocols=request.protocols,
        )
        member.is_new = True
        if (
            group.state is ClassicGroupState.PREPARING_REBALANCE
            and group.previous_state is ClassicGroupState.EMPTY
        ):
            group.new_member_added = True
        group.add(member, request.protocol_type)
        group.await_join(member, join.pending)
        # It cannot send heartbeats yet, but a client that disappeared must not stay in the group
        # for ever.
        self._rebalance.sessions.start(group, member_id, NEW_MEMBER_JOIN_TIMEOUT_MS)
        return self._rebalance.prepare_or_complete_join(
            group, f"new member {member_id}, {join.reason}"
        )
