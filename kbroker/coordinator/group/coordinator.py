"""The group coordinator: a method for each request, over all partitions.

Checks that need no group come first, as in Kafka's GroupCoordinatorService. Then the operation
runs on the shard of the group.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kbroker.background import Background
from kbroker.clock import Clock
from kbroker.coordinator.group.answers import PendingJoin, join_error
from kbroker.coordinator.group.classic_join import Join
from kbroker.coordinator.group.group_shard import GroupShard
from kbroker.coordinator.group.records import RECORD_TYPES
from kbroker.coordinator.runtime import CoordinatorLog, CoordinatorRuntime
from kbroker.coordinator.shard import Result, Settings, Writer
from kbroker.pending import Pending
from kbroker.timers import Timers
from wire.errors import ErrorCode, KafkaError
from wire.messages.delete_groups import DeletableGroupResult
from wire.messages.describe_groups import DescribedGroup
from wire.messages.heartbeat import HeartbeatRequest
from wire.messages.join_group import JoinGroupRequest, JoinGroupResponse
from wire.messages.leave_group import MemberIdentity, MemberResponse
from wire.messages.list_groups import ListedGroup
from wire.messages.offset_commit import (
    OffsetCommitRequest,
    OffsetCommitRequestTopic,
    OffsetCommitResponseTopic,
)
from wire.messages.offset_delete import OffsetDeleteRequestTopic, OffsetDeleteResponseTopic
from wire.messages.offset_fetch import OffsetFetchRequestTopics, OffsetFetchResponseTopics
from wire.messages.sync_group import SyncGroupRequest, SyncGroupResponse
from wire.messages.txn_offset_commit import (
    TxnOffsetCommitRequest,
    TxnOffsetCommitRequestTopic,
    TxnOffsetCommitResponseTopic,
)


class GroupCoordinator:
    """All groups that this broker coordinates.

    Methods raise KafkaError with the code of the answer: NOT_COORDINATOR while
    ``__consumer_offsets`` does not exist.
    """

    def __init__(
        self, settings: Settings, clock: Clock, timers: Timers, coordinator_log: CoordinatorLog
    ) -> None:
        self._settings = settings
        self._background = Background(clock, timers)
        self._runtime = CoordinatorRuntime(
            settings,
            clock,
            timers,
            coordinator_log,
            RECORD_TYPES,
            lambda shard_timers: GroupShard(settings, clock, shard_timers),
            "offsets.topic.num.partitions",
        )

    def load(self) -> None:
        """Replays the log and starts the periodic expiry of offsets. Called once, at first."""
        self._runtime.load()
        self._background.every(
            lambda: self._settings.integer("offsets.retention.check.interval.ms"),
            "offset expiry round",
            self._expire_offsets,
        )

    def unload(self) -> None:
        """Forgets all groups: ``__consumer_offsets`` has been deleted."""
        self._runtime.unload()

    # --- members

    def join_group(
        self, request: JoinGroupRequest, api_version: int, client_id: str, client_host: str
    ) -> Pending[JoinGroupResponse]:
        """Errors are answered too, not raised. ``client_host`` is stored as Java writes addresses:
        a slash, then the address.
        """
        pending = PendingJoin(api_version)
        try:
            self._check_join(request)
        except KafkaError as error:
            pending.complete(join_error(error.code, request.member_id))
            return pending
        join = Join(request, api_version, client_id, client_host, pending)
        try:
            self._runtime.write(request.group_id, lambda shard: shard.join.create_group(join))
            self._runtime.write(request.group_id, lambda shard: shard.join.join(join))
        except KafkaError as error:
            pending.complete(join_error(error.code))
        return pending

    def _check_join(self, request: JoinGroupRequest) -> None:
        _require_group_id(request.group_id)
        least_ms = self._settings.integer("group.min.session.timeout.ms")
        most_ms = self._settings.integer("group.max.session.timeout.ms")
        if not least_ms <= request.session_timeout_ms <= most_ms:
            raise KafkaError(ErrorCode.INVALID_SESSION_TIMEOUT)

    def sync_group(self, request: SyncGroupRequest) -> Pending[SyncGroupResponse]:
        _require_group_id(request.group_id)
        pending: Pending[SyncGroupResponse] = Pending()
        self._runtime.write(request.group_id, lambda shard: shard.membership.sync(request, pending))
        return pending

    def heartbeat(self, request: HeartbeatRequest) -> None:
        _require_group_id(request.group_id)
        self._runtime.write(request.group_id, lambda shard: shard.membership.heartbeat(request))

    def leave_group(self, group_id: str, members: list[MemberIdentity]) -> list[MemberResponse]:
        _require_group_id(group_id)
        return self._runtime.write(
            group_id, lambda shard: shard.membership.leave(group_id, members)
        )

    # --- offsets

    def commit_offsets(
        self,
        request: OffsetCommitRequest,
        topics: list[OffsetCommitRequestTopic],
        api_version: int,
    ) -> list[OffsetCommitResponseTopic]:
        """Commits ``topics`` (named, existing) for the group and member of ``request``."""
        return self._runtime.write(
            request.group_id, lambda shard: shard.offsets.commit(request, topics, api_version)
        )

    def commit_offsets_in_transaction(
        self, request: TxnOffsetCommitRequest, topics: list[TxnOffsetCommitRequestTopic]
    ) -> list[TxnOffsetCommitResponseTopic]:
        """The same, in the transaction of the producer that ``request`` names."""
        writer = Writer(request.producer_id, request.producer_epoch)
        return self._runtime.write(
            request.group_id,
            lambda shard: shard.offsets.commit_in_transaction(request, topics),
            writer,
        )

    def transaction_ended(self, partition: int, producer_id: int, is_commit: bool) -> None:
        """A partition of ``__consumer_offsets`` got the marker of a transaction."""
        self._runtime.transaction_ended(partition, producer_id, is_commit)

    def partition_for(self, group_id: str) -> int:
        """The partition of ``__consumer_offsets`` that keeps the group."""
        return self._runtime.partition_for(group_id)

    def fetch_offsets(
        self, group_id: str, topics: list[OffsetFetchRequestTopics], require_stable: bool
    ) -> list[OffsetFetchResponseTopics]:
        return self._runtime.read(group_id).offsets.fetch(group_id, topics, require_stable)

    def fetch_all_offsets(
        self, group_id: str, require_stable: bool
    ) -> list[OffsetFetchResponseTopics]:
        return self._runtime.read(group_id).offsets.fetch_all(group_id, require_stable)

    def on_topics_deleted(self, names: Iterable[str]) -> None:
        """Forgets the offsets committed for these topics."""
        deleted = list(names)
        self._runtime.write_all(lambda shard: shard.forget_topics(deleted))

    # --- administration

    def list_groups(self, accepts: Callable[[ListedGroup], bool]) -> list[ListedGroup]:
        return [
            group
            for shard in self._runtime.read_all()
            for group in shard.administration.list_groups(accepts)
        ]

    def describe_group(self, group_id: str) -> DescribedGroup:
        return self._runtime.read(group_id).administration.describe(group_id)

    def delete_group(self, group_id: str) -> DeletableGroupResult:
        return self._runtime.write(group_id, lambda shard: shard.administration.delete(group_id))

    def delete_offsets(
        self, group_id: str, topics: list[OffsetDeleteRequestTopic]
    ) -> list[OffsetDeleteResponseTopic]:
        """Forgets what the group has committed for ``topics``, all of which exist."""
        _require_group_id(group_id)
        return self._runtime.write(
            group_id, lambda shard: shard.administration.delete_offsets(group_id, topics)
        )

    # --- clean-up

    def _expire_offsets(self) -> None:
        group_ids = [group for shard in self._runtime.shards() for group in shard.groups]
        self._background.visit(
            "offset expiry",
            group_ids,
            lambda group_id: self._runtime.write_unasked(group_id, _expiry(group_id)),
        )


def _expiry(group_id: str) -> Callable[[GroupShard], Result[None]]:
    return lambda shard: shard.expire_offsets(group_id)


def _require_group_id(group_id: str) -> None:
    # For the group "" offsets may be committed and fetched, as old clients do, but nothing else.
    if group_id == "":
        raise KafkaError(ErrorCode.INVALID_GROUP_ID)
