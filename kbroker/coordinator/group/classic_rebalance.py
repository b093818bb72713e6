"""The rounds of a classic group: collect joins, wait for the assignment, and their time-outs.

    PreparingRebalance   every member has to send JoinGroup again, within the longest rebalance
                         timeout; a group that was empty waits group.initial.rebalance.delay.ms for
                         more members instead
    CompletingRebalance  every member has to send SyncGroup, within the same time
    Stable               every member has to send something within its session timeout

Rules and names are those of Kafka's GroupMetadataManager (its classic part).
"""

from __future__ import annotations

import logging

from kbroker.clock import Clock
from kbroker.coordinator.group.answers import (
    join_error,
    join_success,
    sync_error,
    sync_success,
)
from kbroker.coordinator.group.classic_group import ClassicGroup
from kbroker.coordinator.group.classic_member import ClassicGroupMember
from kbroker.coordinator.group.classic_sessions import ClassicSessions
from kbroker.coordinator.group.records import group_metadata_record
from kbroker.coordinator.group.states import ClassicGroupState
from kbroker.coordinator.shard import Result, Settings, ShardTimers
from wire.errors import ErrorCode

log = logging.getLogger(__name__)


class ClassicRebalance:
    """Moves the classic groups of one shard through their rounds; ``sessions`` are those of their
    members."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        timers: ShardTimers,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._timers = timers
        self.sessions = ClassicSessions(timers, self._on_session_timeout)

    def on_loaded(self, group: ClassicGroup) -> None:
        """Every member of a loaded group starts with a whole session timeout."""
        for member in group.members.values():
            self.sessions.renew(group, member)
        if len(group.members) > self._settings.integer("group.max.size"):
            # The limit has been lowered. No member waits, so nothing is written yet.
            self.prepare(group, "freshly loaded and over capacity")

    def on_unloaded(self, group: ClassicGroup) -> None:
        """Answers waiting members with NOT_COORDINATOR."""
        for member in group.members.values():
            group.complete_join(member, join_error(ErrorCode.NOT_COORDINATOR, member.member_id))
            member.complete_sync(sync_error(ErrorCode.NOT_COORDINATOR))

    def on_removed(self, group: ClassicGroup) -> None:
        """Ends the sessions of pending members. The group was empty, so it has no others."""
        for member_id in group.pending_join:
            self.sessions.end(group, member_id)

    # --- the join round

    def prepare_or_complete_join(self, group: ClassicGroup, reason: str) -> Result[None]:
        """Starts a rebalance, or tries to end the join round that is in progress."""
        return self.prepare(group, reason) if group.can_rebalance else self.try_complete_join(group)

    def prepare(self, group: ClassicGroup, reason: str) -> Result[None]:
        if group.is_assigning:
            self.refuse_assignments(group, ErrorCode.REBALANCE_IN_PROGRESS)
        group.pending_sync.clear()
        self._timers.cancel(_sync_key(group))
        is_initial = group.state is ClassicGroupState.EMPTY
        if is_initial:
            delay_ms = self._initial_delay_ms()
            remaining_ms = max(group.rebalance_timeout_ms() - delay_ms, 0)
            self._schedule_initial_join(group, delay_ms, remaining_ms)
        group.transition_to(ClassicGroupState.PREPARING_REBALANCE, self._clock.now_ms())
        log.info(
            "group=%s preparing to rebalance generation=%d reason=%r",
            group.group_id,
            group.generation_id,
            reason,
        )
        if is_initial:
            return Result(None)
        if group.has_all_members_joined:
            return self.complete_join(group)
        self._schedule_join(group)
        return Result(None)

    def try_complete_join(self, group: ClassicGroup) -> Result[None]:
        """Ends the join round if all have joined; an initial rebalance always takes its delay."""
        if (
            group.state is ClassicGroupState.PREPARING_REBALANCE
            and group.previous_state is not ClassicGroupState.EMPTY
            and group.has_all_members_joined
        ):
            return self.complete_join(group)
        return Result(None)

    def complete_join(self, group: ClassicGroup) -> Result[None]:
        """Ends the join round: drops dynamic members that did not rejoin, and starts a generation.

        A group without members becomes Empty, which is written. Otherwise the members are
        answered, and the generation is written when the leader has synced.
        """
        self._timers.cancel(_join_key(group))
        for member in list(group.members.values()):
            if member.awaiting_join is None and member.group_instance_id is None:
                group.remove(member.member_id)
                self.sessions.end(group, member.member_id)
        now_ms = self._clock.now_ms()
        if not group.members:
            value = group.empty_generation(now_ms)
            log.info("group=%s empty generation=%d", group.group_id, value.generation)
            return Result(None, [group_metadata_record(group.group_id, value)])
        if not group.elect_joined_leader():
            # Only static members are left and none has rejoined: wait until their sessions end.
            self._schedule_join(group)
            return Result(None)
        group.start_generation(now_ms)
        self._announce_generation(group)
        return Result(None)

    def _announce_generation(self, group: ClassicGroup) -> None:
        log.info(
            "group=%s generation=%d members=%d protocol=%s",
            group.group_id,
            group.generation_id,
            len(group.members),
            group.protocol_name,
        )
        for member in list(group.members.values()):
            group.complete_join(member, join_success(group, member.member_id))
            self.sessions.renew(group, member)
            member.is_new = False
            group.pending_sync[member.member_id] = None
        self._timers.schedule(
            _sync_key(group),
            group.rebalance_timeout_ms(),
            lambda: self._on_sync_timeout(group),
        )

    def _schedule_join(self, group: ClassicGroup) -> None:
        self._timers.schedule(
            _join_key(group),
            group.rebalance_timeout_ms(),
            lambda: self.complete_join(group),
        )

    # --- the initial rebalance (KIP-134)

    def _initial_delay_ms(self) -> int:
        return self._settings.integer("group.initial.rebalance.delay.ms")

    def _schedule_initial_join(self, group: ClassicGroup, delay_ms: int, remaining_ms: int) -> None:
        self._timers.schedule(
            _join_key(group),
            delay_ms,
            lambda: self._on_initial_delay(group, delay_ms, remaining_ms),
        )

    def _on_initial_delay(
        self, group: ClassicGroup, delay_ms: int, remaining_ms: int
    ) -> Result[None]:
        """New members prolong the wait, up to the rebalance timeout."""
        if not group.new_member_added or remaining_ms == 0:
            return self.complete_join(group)
        group.new_member_added = False
        next_delay_ms = min(self._initial_delay_ms(), remaining_ms)
        self._schedule_initial_join(group, next_delay_ms, max(remaining_ms - delay_ms, 0))
        return Result(None)

    # --- the sync round

    def received_sync(self, group: ClassicGroup, member_id: str) -> None:
        group.pending_sync.pop(member_id, None)
        if not group.pending_sync:
            self._timers.cancel(_sync_key(group))

    def _on_sync_timeout(self, group: ClassicGroup) -> Result[None]:
        """Members that have not synced in time are dropped, and the others rebalance."""
        late = list(group.pending_sync)
        for member_id in late:
            group.remove(member_id)
            self.sessions.end(group, member_id)
        return self.prepare(group, f"{len(late)} members did not sync in time")

    def hand_out_assignments(self, group: ClassicGroup) -> None:
        """Answers every SyncGroup that waits."""
        for member in group.members.values():
            if member.complete_sync(sync_success(group, member)):
                # A time-out while the member waited was ignored, and ended its timer.
                self.sessions.renew(group, member)

    def refuse_assignments(self, group: ClassicGroup, code: ErrorCode) -> None:
        """Drops the assignments of the generation; answers waiting SyncGroups with ``code``."""
        for member in group.members.values():
            member.assignment = b""
            if member.complete_sync(sync_error(code)):
                self.sessions.renew(group, member)

    # --- sessions

    def _on_session_timeout(self, group: ClassicGroup, member_id: str) -> Result[None]:
        if member_id in group.pending_join:
            group.remove(member_id)
            return self._complete_join_if_all_joined(group)
        member = group.members.get(member_id)
        if member is None or member.has_satisfied_heartbeat:
            return Result(None)
        self.remove_member(group, member)
        if group.state is ClassicGroupState.PREPARING_REBALANCE:
            return self._complete_join_if_all_joined(group)
        return self.prepare_or_complete_join(group, f"session of member {member_id} timed out")

    def _complete_join_if_all_joined(self, group: ClassicGroup) -> Result[None]:
        # Unlike a join or leave, this ends an initial rebalance before its delay, too.
        if group.state is ClassicGroupState.PREPARING_REBALANCE and group.has_all_members_joined:
            return self.complete_join(group)
        return Result(None)

    def remove_member(self, group: ClassicGroup, member: ClassicGroupMember) -> None:
        """Removes a member; a waiting JoinGroup is answered with UNKNOWN_MEMBER_ID."""
        self.sessions.end(group, member.member_id)
        group.complete_join(member, join_error(ErrorCode.UNKNOWN_MEMBER_ID))
        group.remove(member.member_id)


def _join_key(group: ClassicGroup) -> tuple[str, ...]:
    return ("classic-group-join", group.group_id)


def _sync_key(group: ClassicGroup) -> tuple[str, ...]:
    return ("classic-group-sync", group.group_id)
