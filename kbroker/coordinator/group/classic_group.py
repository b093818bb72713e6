"""A classic group: its members, its generation and its protocols.

The rounds that move it from state to state are in classic_rebalance.py. In Kafka: ClassicGroup in
the group-coordinator module.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from kbroker.coordinator.group.classic_member import ClassicGroupMember
from kbroker.coordinator.group.classic_protocols import (
    elect_protocol,
    names_once,
    subscribed_topics,
)
from kbroker.coordinator.group.states import ALLOWED_FROM, ClassicGroupState, check_transition
from kbroker.pending import Pending
from wire.errors import ErrorCode, KafkaError
from wire.internal.consumer_offsets import GroupMetadataValue, MemberMetadata
from wire.messages.join_group import (
    JoinGroupRequestProtocol,
    JoinGroupResponse,
    JoinGroupResponseMember,
)

CONSUMER_PROTOCOL_TYPE = "consumer"


class ClassicGroup:
    """One group. Its last GroupMetadataValue is durable, the rest is kept in memory only."""

    def __init__(self, group_id: str) -> None:
        self.group_id = group_id
        self.state = ClassicGroupState.EMPTY
        self.previous_state: ClassicGroupState | None = None  # of the rounds; None before the first
        self.state_timestamp_ms = -1  # when the state was entered; -1 in records before Kafka 2.1
        self.protocol_type: str | None = None  # None until the first member: a "simple" group
        self.protocol_name: str | None = None
        self.generation_id = 0
        self.leader_id: str | None = None
        self.members: dict[str, ClassicGroupMember] = {}
        self.static_members: dict[str, str] = {}  # group instance id to member id
        self.pending_join: set[str] = set()  # got an id (MEMBER_ID_REQUIRED), not used yet
        # Joined this generation and have not synced yet; ordered, so that runs can be repeated.
        self.pending_sync: dict[str, None] = {}
        self.new_member_added = False  # since the initial rebalance was last prolonged
        # The topics that the members subscribed to, where known (consumer groups only).
        self.subscribed_topics: frozenset[str] | None = None
        self._awaiting_join_count = 0
        self._supported_protocols: Counter[str] = Counter()  # name to members naming it once

    # --- the durable part

    def apply(self, value: GroupMetadataValue) -> None:
        """Replays a stored record. Members that stay keep their state in memory.

        The state is set without the transition table, since the log has no records of the rounds
        between two stable states.
        """
        known = self.members
        self.protocol_type = value.protocol_type or None
        self.protocol_name = value.protocol
        self.generation_id = value.generation
        self.leader_id = value.leader
        self.members = {}
        for stored in value.members:
            member = known.get(stored.member_id)
            if member is None:
                member = ClassicGroupMember.from_stored(stored, value.protocol)
            else:
                member.apply(stored, value.protocol)
            self.members[member.member_id] = member
        self._index_members()
        self.state = ClassicGroupState.STABLE if self.members else ClassicGroupState.EMPTY
        self.state_timestamp_ms = value.current_state_timestamp
        self.subscribed_topics = self._compute_subscribed_topics()

    def to_value(self, assignments: Mapping[str, bytes]) -> GroupMetadataValue:
        """The record of the group with new assignments by member id."""
        return self._value(
            self.leader_id,
            [
                member.to_stored(self.protocol_name, assignments.get(member_id, b""))
                for member_id, member in self.members.items()
            ],
        )

    def to_value_replacing(
        self, old_id: str, replacement: ClassicGroupMember
    ) -> GroupMetadataValue:
        """The record of the group with another member in the place of ``old_id``."""
        members = {**self.members, old_id: replacement}.values()
        return self._value(
            replacement.member_id if self.leader_id == old_id else self.leader_id,
            [member.to_stored(self.protocol_name, member.assignment) for member in members],
        )

    def _value(self, leader: str | None, members: list[MemberMetadata]) -> GroupMetadataValue:
        return GroupMetadataValue(
            protocol_type=self.protocol_type or "",
            generation=self.generation_id,
            protocol=self.protocol_name,
            leader=leader,
            current_state_timestamp=self.state_timestamp_ms,
            members=members,
        )

    def _index_members(self) -> None:
        members = self.members.values()
        self.static_members = {
            member.group_instance_id: member.member_id
            for member in members
            if member.group_instance_id is not None
        }
        self._supported_protocols = Counter()
        for member in members:
            self._supported_protocols.update(names_once(member.protocols))

    # --- members

    def add(self, member: ClassicGroupMember, protocol_type: str) -> None:
        if not self.members:
            self.protocol_type = protocol_type
        if self.leader_id is None:
            self.leader_id = member.member_id
        if member.group_instance_id is not None:
            self.static_members[member.group_instance_id] = member.member_id
        self.members[member.member_id] = member
        self._supported_protocols.update(names_once(member.protocols))
        self.pending_join.discard(member.member_id)

    def remove(self, member_id: str) -> None:
        """Removes a member, pending or not, whose JoinGroup is answered; it may be missing."""
        self.pending_join.discard(member_id)
        member = self.members.pop(member_id, None)
        if member is None:
            return
        self._supported_protocols.subtract(names_once(member.protocols))
        assert member.awaiting_join is None, "a JoinGroup is answered before its member goes"
        if member.group_instance_id is not None:
            del self.static_members[member.group_instance_id]
        if self.leader_id == member_id:
            self.leader_id = next(iter(self.members), None)

    def update_member(
        self,
        member: ClassicGroupMember,
        protocols: list[JoinGroupRequestProtocol],
        rebalance_timeout_ms: int,
        session_timeout_ms: int,
    ) -> None:
        """Takes over the values of a member that joins again."""
        self._supported_protocols.subtract(names_once(member.protocols))
        self._supported_protocols.update(names_once(protocols))
        member.protocols = protocols
        member.rebalance_timeout_ms = rebalance_timeout_ms
        member.session_timeout_ms = session_timeout_ms

    def rename_member(self, old_id: str, new_id: str) -> ClassicGroupMember:
        """Gives a static member that came back without its id a new one (KIP-345)."""
        member = self.members.pop(old_id).renamed(new_id)
        assert member.group_instance_id is not None, "only static members are renamed"
        self.members[new_id] = member
        self.static_members[member.group_instance_id] = new_id
        if self.leader_id == old_id:
            self.leader_id = new_id
        return member

    def await_join(self, member: ClassicGroupMember, pending: Pending[JoinGroupResponse]) -> None:
        """Keeps a JoinGroup. An earlier one of the member is never answered, as in Kafka."""
        if member.awaiting_join is None:
            self._awaiting_join_count += 1
        member.awaiting_join = pending

    def complete_join(self, member: ClassicGroupMember, response: JoinGroupResponse) -> None:
        """Answers the member's JoinGroup if one waits."""
        pending, member.awaiting_join = member.awaiting_join, None
        if pending is not None:
            self._awaiting_join_count -= 1
            pending.complete(response)

    @property
    def awaiting_join_count(self) -> int:
        return self._awaiting_join_count

    @property
    def has_all_members_joined(self) -> bool:
        return len(self.members) == self._awaiting_join_count and not self.pending_join

    def elect_joined_leader(self) -> bool:
        """Makes a member that has rejoined the leader, if the leader has not; False without any."""
        assert self.leader_id is not None, "a group with members has a leader"
        if self.members[self.leader_id].awaiting_join is not None:
            return True
        for member in self.members.values():
            if member.awaiting_join is not None:
                self.leader_id = member.member_id
                return True
        return False

    def rebalance_timeout_ms(self) -> int:
        """The longest rebalance timeout of the members."""
        return max((member.rebalance_timeout_ms for member in self.members.values()), default=0)

    def validate_member(self, member_id: str, group_instance_id: str | None) -> None:
        """Raises UNKNOWN_MEMBER_ID or FENCED_INSTANCE_ID (KIP-345)."""
        if group_instance_id is not None:
            existing_id = self.static_members.get(group_instance_id)
            if existing_id is None:
                raise KafkaError(ErrorCode.UNKNOWN_MEMBER_ID)
            if existing_id != member_id:
                raise KafkaError(ErrorCode.FENCED_INSTANCE_ID)
        if member_id not in self.members:
            raise KafkaError(ErrorCode.UNKNOWN_MEMBER_ID)

    # --- states and generations

    def transition_to(self, state: ClassicGroupState, now_ms: int) -> None:
        check_transition(self.state, state)
        self.previous_state = self.state
        self.state = state
        self.state_timestamp_ms = now_ms

    @property
    def is_assigning(self) -> bool:
        """Whether members wait for their assignment, or for the commit of its record."""
        return self.state is ClassicGroupState.COMPLETING_REBALANCE or any(
            member.awaiting_sync is not None for member in self.members.values()
        )

    @property
    def can_rebalance(self) -> bool:
        return self.state in ALLOWED_FROM[ClassicGroupState.PREPARING_REBALANCE]

    def start_generation(self, now_ms: int) -> None:
        """Ends the join round: the next generation starts, and waits for its assignment."""
        self.generation_id += 1
        self.protocol_name = self.select_protocol()
        self.subscribed_topics = self._compute_subscribed_topics()
        self.transition_to(ClassicGroupState.COMPLETING_REBALANCE, now_ms)

    def empty_generation(self, now_ms: int) -> GroupMetadataValue:
        """The record of the generation that starts when a join round ends without members."""
        return GroupMetadataValue(
            protocol_type=self.protocol_type or "",
            generation=self.generation_id + 1,
            protocol=None,
            leader=None,
            current_state_timestamp=now_ms,
            members=[],
        )

    # --- protocols

    def supports_protocols(
        self, protocol_type: str, protocols: list[JoinGroupRequestProtocol]
    ) -> bool:
        """Whether a member with these protocols may join: all members support one of them."""
        if self.state is ClassicGroupState.EMPTY:
            return bool(protocol_type) and bool(protocols)
        return self.protocol_type == protocol_type and any(
            self._supported_protocols[name] == len(self.members)
            for name in {protocol.name for protocol in protocols}
        )

    def select_protocol(self) -> str:
        """The protocol that the members elect, of those that all of them support."""
        return elect_protocol([member.protocols for member in self.members.values()])

    def select_protocol_replacing(
        self, member_id: str, protocols: list[JoinGroupRequestProtocol]
    ) -> str:
        """The protocol that they would elect if one member had other protocols."""
        ballots = {member.member_id: member.protocols for member in self.members.values()}
        ballots[member_id] = protocols
        return elect_protocol(ballots.values())

    # --- for answers and offsets

    def joined_members(self) -> list[JoinGroupResponseMember]:
        """The members as the leader sees them."""
        return [
            JoinGroupResponseMember(
                member_id=member.member_id,
                group_instance_id=member.group_instance_id,
                metadata=member.metadata(self.protocol_name) or b"",
            )
            for member in self.members.values()
        ]

    @property
    def uses_consumer_protocol(self) -> bool:
        return self.protocol_type == CONSUMER_PROTOCOL_TYPE

    def is_subscribed_to(self, topic: str) -> bool:
        """A consumer group whose subscriptions are unknown counts as subscribed."""
        if self.subscribed_topics is None:
            return self.uses_consumer_protocol
        return topic in self.subscribed_topics

    def _compute_subscribed_topics(self) -> frozenset[str] | None:
        if not self.uses_consumer_protocol:
            return None
        if not self.members:
            return frozenset()
        metadata = (member.metadata(self.protocol_name) or b"" for member in self.members.values())
        return subscribed_topics(metadata)
