"""Administration of the groups of one shard: list, describe, delete, delete offsets."""

from __future__ import annotations

from collections.abc import Callable

from kbroker.coordinator.group.classic_group import ClassicGroup
from kbroker.coordinator.group.classic_member import ClassicGroupMember
from kbroker.coordinator.group.offsets import CommittedOffsets
from kbroker.coordinator.group.records import group_tombstone, offset_tombstone
from kbroker.coordinator.group.states import ClassicGroupState
from kbroker.coordinator.shard import CoordinatorRecord, Result
from wire.errors import ErrorCode, KafkaError
from wire.messages.delete_groups import DeletableGroupResult
from wire.messages.describe_groups import DescribedGroup, DescribedGroupMember
from wire.messages.list_groups import ListedGroup
from wire.messages.offset_delete import (
    OffsetDeleteRequestTopic,
    OffsetDeleteResponsePartition,
    OffsetDeleteResponseTopic,
)

GROUP_TYPE = "classic"


class GroupAdministration:
    """The operations of ListGroups, DescribeGroups, DeleteGroups and OffsetDelete."""

    def __init__(
        self, groups: dict[str, ClassicGroup], unwritten: set[str], offsets: CommittedOffsets
    ) -> None:
        self._groups = groups
        self._unwritten = unwritten
        self._offsets = offsets

    def list_groups(self, accepts: Callable[[ListedGroup], bool]) -> list[ListedGroup]:
        listed = (
            ListedGroup(
                group_id=group.group_id,
                protocol_type=group.protocol_type or "",
                group_state=group.state.value,
                group_type=GROUP_TYPE,
            )
            for group in self._groups.values()
            if group.group_id not in self._unwritten
        )
        return [group for group in listed if accepts(group)]

    def describe(self, group_id: str) -> DescribedGroup:
        """Raises GROUP_ID_NOT_FOUND. Protocol and metadata are shown of a stable group only;
        assignments are shown until the members get others."""
        if group_id in self._unwritten:
            raise _not_found(group_id)
        group = self._find(group_id)
        protocol = group.protocol_name if group.state is ClassicGroupState.STABLE else None
        return DescribedGroup(
            error_code=ErrorCode.NONE,
            group_id=group_id,
            group_state=group.state.value,
            protocol_type=group.protocol_type or "",
            protocol_data=protocol or "",
            members=[_described(member, protocol) for member in group.members.values()],
        )

    def delete(self, group_id: str) -> Result[DeletableGroupResult]:
        """Deletes the group and its committed offsets (KIP-229)."""
        if self._find(group_id).state is not ClassicGroupState.EMPTY:
            raise KafkaError(ErrorCode.NON_EMPTY_GROUP)
        records: list[CoordinatorRecord] = [
            offset_tombstone(group_id, topic, partition)
            for topic, partitions in self._offsets.of_group(group_id).items()
            for partition in partitions
        ]
        records += [
            offset_tombstone(group_id, topic, partition)
            for topic, partition in self._offsets.pending.of_group(group_id)
        ]
        records.append(group_tombstone(group_id))
        answer = DeletableGroupResult(group_id=group_id, error_code=ErrorCode.NONE)
        return Result(answer, records, atomic=False)

    def delete_offsets(
        self, group_id: str, topics: list[OffsetDeleteRequestTopic]
    ) -> Result[list[OffsetDeleteResponseTopic]]:
        """Deletes offsets of topics that no member is subscribed to (KIP-496).

        Subscriptions are known of consumer groups only; other groups have to be empty.
        """
        group = self._find(group_id)
        if group.state is not ClassicGroupState.EMPTY and not group.uses_consumer_protocol:
            raise KafkaError(ErrorCode.NON_EMPTY_GROUP)
        committed = self._offsets.of_group(group_id)
        records: list[CoordinatorRecord] = []
        answers = []
        for topic in topics:
            indexes = [partition.partition_index for partition in topic.partitions]
            code = ErrorCode.NONE
            if group.is_subscribed_to(topic.name):
                code = ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC
            else:
                there = committed.get(topic.name, {})
                records += [
                    offset_tombstone(group_id, topic.name, index)
                    for index in dict.fromkeys(indexes)
                    if index in there or self._offsets.pending.is_open(group_id, topic.name, index)
                ]
            answers.append(
                OffsetDeleteResponseTopic(
                    name=topic.name,
                    partitions=[
                        OffsetDeleteResponsePartition(partition_index=index, error_code=code)
                        for index in indexes
                    ],
                )
            )
        return Result(answers, records, atomic=False)

    def _find(self, group_id: str) -> ClassicGroup:
        group = self._groups.get(group_id)
        if group is None:
            raise _not_found(group_id)
        return group


def _not_found(group_id: str) -> KafkaError:
    return KafkaError(ErrorCode.GROUP_ID_NOT_FOUND, f"Group {group_id} not found.")


def _described(member: ClassicGroupMember, protocol: str | None) -> DescribedGroupMember:
    metadata = b"" if protocol is None else member.metadata(protocol) or b""
    return DescribedGroupMember(
        member_id=member.member_id,
        group_instance_id=member.group_instance_id,
        client_id=member.client_id,
        client_host=member.client_host,
        member_metadata=metadata,
        member_assignment=member.assignment,
    )
