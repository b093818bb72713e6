"""A group coordinator with Kafka's verbs, a clock that is set by hand, and a log in memory."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any, Generic, TypeVar

from kbroker.coordinator.group.coordinator import GroupCoordinator
from kbroker.coordinator.group.group_shard import GroupShard
from kbroker.handlers import (
    heartbeat,
    join_group,
    leave_group,
    offset_commit,
    offset_fetch,
    sync_group,
)
from kbroker.metadata.image import MetadataImage, PartitionImage, TopicImage
from kbroker.pending import Pending
from kbroker.timers import Timers
from tests.kbroker.coordinator.memory_log import MemoryLog
from wire.errors import ErrorCode, KafkaError
from wire.messages.heartbeat import HeartbeatRequest, HeartbeatResponse
from wire.messages.join_group import (
    JoinGroupRequest,
    JoinGroupRequestProtocol,
    JoinGroupResponse,
)
from wire.messages.leave_group import LeaveGroupRequest, LeaveGroupResponse, MemberIdentity
from wire.messages.offset_commit import (
    OffsetCommitRequest,
    OffsetCommitRequestPartition,
    OffsetCommitRequestTopic,
    OffsetCommitResponse,
)
from wire.messages.offset_fetch import (
    OffsetFetchRequest,
    OffsetFetchRequestGroup,
    OffsetFetchRequestTopics,
    OffsetFetchResponse,
    OffsetFetchResponsePartitions,
)
from wire.messages.sync_group import (
    SyncGroupRequest,
    SyncGroupRequestAssignment,
    SyncGroupResponse,
)

R = TypeVar("R")

GROUP = "group"
SESSION_MS = 10_000
REBALANCE_MS = 60_000
RANGE = [("range", b"range-metadata")]

DEFAULTS = {
    "group.initial.rebalance.delay.ms": 0,
    "group.max.size": 2147483647,
    "group.max.session.timeout.ms": 1_800_000,
    "group.min.session.timeout.ms": 6_000,
    "message.max.bytes": 1_048_588,
    "offset.metadata.max.bytes": 4096,
    "offsets.commit.timeout.ms": 5000,
    "offsets.retention.check.interval.ms": 600_000,
    "offsets.retention.minutes": 10_080,
    "offsets.topic.num.partitions": 4,
}


def reading(topic: bytes) -> list[tuple[str, bytes]]:
    """The protocol of a consumer that subscribes to ``topic``."""
    names = struct.pack(">hih", 0, 1, len(topic)) + topic
    return [("range", names + struct.pack(">i", -1))]


class ManualTime:
    """Both clocks; they start apart so that mixing them up shows."""

    def __init__(self) -> None:
        self._elapsed_ms = 0

    def now_ms(self) -> int:
        return 1_700_000_000_000 + self._elapsed_ms

    def monotonic_ms(self) -> float:
        return 5_000 + self._elapsed_ms

    def advance(self, ms: int) -> None:
        self._elapsed_ms += ms


class SettingsStub:
    def __init__(self, values: dict[str, int]) -> None:
        self.values = {**DEFAULTS, **values}

    def integer(self, name: str) -> int:
        return self.values[name]


class Answer(Generic[R]):
    """What a request got, or waits for."""

    def __init__(self, given: R | Pending[R]) -> None:
        self._responses: list[R] = []
        self._pending: Pending[R] | None = given if isinstance(given, Pending) else None
        if isinstance(given, Pending):
            given.then(self._responses.append)
        else:
            self._responses.append(given)

    def abandon(self) -> None:
        """Its connection is gone."""
        assert self._pending is not None
        self._pending.abandon()

    @property
    def is_there(self) -> bool:
        return bool(self._responses)

    def get(self) -> R:
        assert self._responses, "the request still waits"
        return self._responses[0]


class GroupDriver:
    """One broker's groups as clients use them: requests through the handlers, and time."""

    def __init__(self, partitions: int = 4, **settings: int) -> None:
        """Settings by name with ``__`` for the dots."""
        self.log = MemoryLog(partitions)
        self.time = ManualTime()
        self.settings = SettingsStub(
            {name.replace("__", "."): value for name, value in settings.items()}
        )
        self.image = MetadataImage()
        self.restart()

    def restart(self) -> None:
        """A broker that starts with what the log holds."""
        self.timers = Timers()
        self.groups = GroupCoordinator(self.settings, self.time, self.timers, self.log)
        self.groups.load()

    def shard(self, group: str = GROUP) -> GroupShard:
        """The state behind the partition of a group."""
        return self.groups._runtime.read(group)

    def advance(self, ms: int) -> None:
        """Lets time pass, with every timer firing at its own moment."""
        target = self.time.monotonic_ms() + ms
        while (deadline := self.timers.next_deadline()) is not None and deadline <= target:
            self.time.advance(max(int(deadline - self.time.monotonic_ms()), 0))
            self.timers.expire(self.time.monotonic_ms())
            self.log.commit()
        self.time.advance(int(target - self.time.monotonic_ms()))

    def create_topic(self, name: str, partitions: int = 1, topic_id: bytes = b"") -> bytes:
        topic_id = topic_id or name.encode().rjust(16, b"\1")
        replicas = (1,)
        topic = TopicImage(
            name,
            topic_id,
            tuple(
                PartitionImage(index, replicas, replicas, 1, 0, 0) for index in range(partitions)
            ),
            {},
        )
        self.image = self.image.changed(0, [topic])
        return topic_id

    def delete_topic(self, name: str) -> None:
        topic = self.image.topic(name)
        assert topic is not None
        self.image = self.image.changed(0, [], [topic.topic_id])
        self.groups.on_topics_deleted([name])
        self.log.commit()

    def call(
        self, handler: Any, request: Any, version: int, client_id: str | None = "client"
    ) -> Answer[Any]:
        """A request through its handler; what dispatch does with errors included."""
        context: Any = SimpleNamespace(
            node=SimpleNamespace(groups=self.groups, metadata=SimpleNamespace(image=self.image)),
            connection=SimpleNamespace(client_host="10.0.0.1"),
            api_version=version,
            client_id=client_id,
        )
        try:
            answer = Answer(handler.handle(context, request))
        except KafkaError as error:
            answer = Answer(handler.error_response(request, error.code))
        self.log.commit()
        return answer

    # --- the verbs

    def join(
        self,
        member_id: str = "",
        *,
        instance: str | None = None,
        group: str = GROUP,
        protocols: Iterable[tuple[str, bytes]] = RANGE,
        protocol_type: str = "consumer",
        session_ms: int = SESSION_MS,
        rebalance_ms: int = REBALANCE_MS,
        version: int = 9,
        client_id: str | None = "client",
    ) -> Answer[JoinGroupResponse]:
        request = JoinGroupRequest(
            group_id=group,
            session_timeout_ms=session_ms,
            rebalance_timeout_ms=rebalance_ms,
            member_id=member_id,
            group_instance_id=instance,
            protocol_type=protocol_type,
            protocols=[
                JoinGroupRequestProtocol(name=name, metadata=data) for name, data in protocols
            ],
        )
        return self.call(join_group, request, version, client_id)

    def sync(
        self,
        member_id: str,
        generation: int,
        assignments: dict[str, bytes] | None = None,
        *,
        instance: str | None = None,
        group: str = GROUP,
        protocol_type: str | None = "consumer",
        protocol_name: str | None = "range",
        version: int = 5,
    ) -> Answer[SyncGroupResponse]:
        request = SyncGroupRequest(
            group_id=group,
            generation_id=generation,
            member_id=member_id,
            group_instance_id=instance,
            protocol_type=protocol_type,
            protocol_name=protocol_name,
            assignments=[
                SyncGroupRequestAssignment(member_id=name, assignment=assignment)
                for name, assignment in (assignments or {}).items()
            ],
        )
        return self.call(sync_group, request, version)

    def heartbeat(
        self, member_id: str, generation: int, *, instance: str | None = None, group: str = GROUP
    ) -> ErrorCode:
        request = HeartbeatRequest(
            group_id=group,
            generation_id=generation,
            member_id=member_id,
            group_instance_id=instance,
        )
        response: HeartbeatResponse = self.call(heartbeat, request, 4).get()
        return ErrorCode(response.error_code)

    def leave(
        self, *members: tuple[str, str | None], group: str = GROUP, version: int = 5
    ) -> LeaveGroupResponse:
        """Members as (member id, instance id)."""
        request = LeaveGroupRequest(
            group_id=group,
            member_id=members[0][0] if version < 3 else "",
            members=[
                MemberIdentity(member_id=member_id, group_instance_id=instance)
                for member_id, instance in members
            ],
        )
        response: LeaveGroupResponse = self.call(leave_group, request, version).get()
        return response

    def commit(
        self,
        offset: int = 1,
        *,
        member_id: str = "",
        generation: int = -1,
        instance: str | None = None,
        group: str = GROUP,
        topic: str = "topic",
        topic_id: bytes = bytes(16),
        partition: int = 0,
        metadata: str | None = "",
        leader_epoch: int = -1,
        retention_ms: int = -1,
        version: int = 9,
    ) -> OffsetCommitResponse:
        """One offset; the topic by id from v10 on."""
        request = OffsetCommitRequest(
            group_id=group,
            generation_id_or_member_epoch=generation,
            member_id=member_id,
            group_instance_id=instance,
            retention_time_ms=retention_ms,
            topics=[
                OffsetCommitRequestTopic(
                    name=topic if version < 10 else "",
                    topic_id=topic_id,
                    partitions=[
                        OffsetCommitRequestPartition(
                            partition_index=partition,
                            committed_offset=offset,
                            committed_leader_epoch=leader_epoch,
                            committed_metadata=metadata,
                        )
                    ],
                )
            ],
        )
        response: OffsetCommitResponse = self.call(offset_commit, request, version).get()
        return response

    def commit_code(self, **arguments: Any) -> ErrorCode:
        return ErrorCode(self.commit(**arguments).topics[0].partitions[0].error_code)

    def fetch(
        self,
        topics: dict[str, list[int]] | None,
        *,
        group: str = GROUP,
        version: int = 9,
        require_stable: bool = False,
    ) -> OffsetFetchResponse:
        """Topics by name; None asks for all."""
        asked = None
        if topics is not None:
            asked = [
                OffsetFetchRequestTopics(name=name, partition_indexes=partitions)
                for name, partitions in topics.items()
            ]
        groups = [OffsetFetchRequestGroup(group_id=group, topics=asked)]
        request = OffsetFetchRequest(groups=groups, require_stable=require_stable)
        response: OffsetFetchResponse = self.call(offset_fetch, request, version).get()
        return response

    def committed(self, topic: str = "topic", partition: int = 0, *, group: str = GROUP) -> int:
        """The committed offset, -1 for none."""
        response = self.fetch({topic: [partition]}, group=group)
        return response.groups[0].topics[0].partitions[0].committed_offset

    def fetch_by_id(
        self, topic_id: bytes, partition: int = 0, *, group: str = GROUP
    ) -> OffsetFetchResponsePartitions:
        topics = [OffsetFetchRequestTopics(topic_id=topic_id, partition_indexes=[partition])]
        request = OffsetFetchRequest(
            groups=[OffsetFetchRequestGroup(group_id=group, topics=topics)]
        )
        response: OffsetFetchResponse = self.call(offset_fetch, request, 10).get()
        return response.groups[0].topics[0].partitions[0]

    # --- whole stories

    def member(self, **arguments: Any) -> str:
        """The id that a new dynamic member is told to join with."""
        response = self.join(**arguments).get()
        assert response.error_code == ErrorCode.MEMBER_ID_REQUIRED
        return response.member_id

    def stable_group(self, count: int = 1, **arguments: Any) -> list[JoinGroupResponse]:
        """A Stable group of dynamic members; each has the assignment ``for <its number>``.

        The first is the leader.
        """
        waiting = [self.join(self.member(**arguments), **arguments) for _ in range(count)]
        self.advance(0)
        responses = [answer.get() for answer in waiting]
        assignments = {
            response.member_id: b"for %d" % number for number, response in enumerate(responses)
        }
        for response in responses:
            is_leader = response.member_id == response.leader
            self.sync(
                response.member_id,
                response.generation_id,
                assignments if is_leader else None,
                group=arguments.get("group", GROUP),
                protocol_type=response.protocol_type,
                protocol_name=response.protocol_name,
            )
        return responses
