"""One partition of ``__consumer_offsets``: its groups, their offsets, and replay into them."""

from __future__ import annotations

from collections.abc import Iterable

from kbroker.clock import Clock
from kbroker.coordinator.group.administration import GroupAdministration
from kbroker.coordinator.group.classic_group import ClassicGroup
from kbroker.coordinator.group.classic_join import ClassicJoin
from kbroker.coordinator.group.classic_membership import ClassicMembership
from kbroker.coordinator.group.classic_rebalance import ClassicRebalance
from kbroker.coordinator.group.offsets import CommittedOffsets, OffsetOperations
from kbroker.coordinator.group.records import group_tombstone
from kbroker.coordinator.group.states import ClassicGroupState
from kbroker.coordinator.shard import CoordinatorRecord, Result, Settings, ShardTimers
from wire.internal.consumer_offsets import (
    GroupMetadataKey,
    GroupMetadataValue,
    OffsetCommitKey,
    OffsetCommitValue,
)


class GroupShard:
    """The groups of the partition, and operations on them: ``join``, ``membership``, ``offsets``,
    ``administration``."""

    def __init__(self, settings: Settings, clock: Clock, timers: ShardTimers) -> None:
        self.groups: dict[str, ClassicGroup] = {}
        self._unwritten: set[str] = set()  # groups that requests do not see yet
        self.committed = CommittedOffsets()
        self._rebalance = ClassicRebalance(settings, clock, timers)
        self.join = ClassicJoin(self.groups, self._rebalance, settings, clock)
        self.membership = ClassicMembership(self.groups, self._rebalance)
        self.offsets = OffsetOperations(
            self.groups, self._unwritten, self.committed, self._rebalance, settings, clock
        )
        self.administration = GroupAdministration(self.groups, self._unwritten, self.committed)

    # --- replay

    def replay(self, record: CoordinatorRecord, producer_id: int) -> None:
        self._unwritten.clear()
        key, value = record.key, record.value
        if isinstance(key, OffsetCommitKey):
            assert value is None or isinstance(value, OffsetCommitValue)
            self._replay_offset(key, value, producer_id)
        elif isinstance(key, GroupMetadataKey):
            assert value is None or isinstance(value, GroupMetadataValue)
            self._replay_group(key.group, value)

    def replay_end(self, producer_id: int, is_commit: bool) -> None:
        self._unwritten.clear()
        self.committed.replay_end(producer_id, is_commit)

    def _replay_offset(
        self, key: OffsetCommitKey, value: OffsetCommitValue | None, producer_id: int
    ) -> None:
        if value is not None and key.group not in self.groups:
            # A group without a record of its own is a simple one: it only has offsets.
            self.groups[key.group] = ClassicGroup(key.group)
        self.committed.replay(key, value, producer_id)

    def _replay_group(self, group_id: str, value: GroupMetadataValue | None) -> None:
        group = self.groups.get(group_id)
        if value is None:
            if group is not None:
                self._rebalance.on_removed(group)
                del self.groups[group_id]
            return
        if group is None:
            group = self.groups[group_id] = ClassicGroup(group_id)
        group.apply(value)

    def on_loaded(self) -> None:
        for group in self.groups.values():
            self._rebalance.on_loaded(group)

    def on_unloaded(self) -> None:
        for group in self.groups.values():
            self._rebalance.on_unloaded(group)

    # --- clean-up

    def expire_offsets(self, group_id: str) -> Result[None]:
        """Forgets the group's expired offsets, and the group when it is empty and none is left."""
        group = self.groups.get(group_id)
        if group is None:
            return Result(None)
        records, none_remain = self.offsets.expire(group_id, group)
        if none_remain and group.state is ClassicGroupState.EMPTY:
            records.append(group_tombstone(group_id))
        return Result(None, records, atomic=False)

    def forget_topics(self, names: Iterable[str]) -> Result[None]:
        """Forgets what was committed for topics that have been deleted."""
        return Result(None, list(self.committed.tombstones_for_topics(names)), atomic=False)
