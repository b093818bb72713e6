"""Session time-outs of members of classic groups (``session.timeout.ms``).

Every request of a member renews its session. A time-out calls ``timed_out``, which removes the
member and rebalances the group (classic_rebalance.py).
"""

from __future__ import annotations

from collections.abc import Callable

from kbroker.coordinator.group.classic_group import ClassicGroup
from kbroker.coordinator.group.classic_member import ClassicGroupMember
from kbroker.coordinator.shard import Result, ShardTimers

# How long a member that just joined may wait for its first generation: no setting, as in Kafka
# (CLASSIC_GROUP_NEW_MEMBER_JOIN_TIMEOUT_MS).
NEW_MEMBER_JOIN_TIMEOUT_MS = 5 * 60 * 1000


class ClassicSessions:
    """One deadline for each member and each pending member."""

    def __init__(
        self, timers: ShardTimers, timed_out: Callable[[ClassicGroup, str], Result[None]]
    ) -> None:
        self._timers = timers
        self._timed_out = timed_out

    def renew(self, group: ClassicGroup, member: ClassicGroupMember) -> None:
        """Restarts the session of a member that sent a request."""
        self.start(group, member.member_id, member.session_timeout_ms)

    def start(self, group: ClassicGroup, member_id: str, timeout_ms: int) -> None:
        self._timers.schedule(
            _key(group, member_id), timeout_ms, lambda: self._timed_out(group, member_id)
        )

    def end(self, group: ClassicGroup, member_id: str) -> None:
        self._timers.cancel(_key(group, member_id))


def _key(group: ClassicGroup, member_id: str) -> tuple[str, ...]:
    return ("classic-group-session", group.group_id, member_id)
