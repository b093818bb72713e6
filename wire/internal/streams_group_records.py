"""Keys and values of streams groups (KIP-1071) in __consumer_offsets.

As for consumer groups (consumer_group_records.py), with tasks in place of partitions, and the
topology that the tasks come from."""

from __future__ import annotations

from wire.schema import Message, Struct, array, int8, int16, int32, int64, string, struct, uint16


class StreamsGroupMetadataKey(Message, record_type=17, versions=(0, 0)):
    group_id: str = string()


class LastAssignmentConfig(Struct):
    key: str = string()
    value: str = string()


class StreamsGroupMetadataValue(Message, versions=(0, 0), flexible=0):
    epoch: int = int32()
    metadata_hash: int = int64()
    validated_topology_epoch: int = int32(tag=0, default=-1)
    last_assignment_configs: list[LastAssignmentConfig] | None = array(
        LastAssignmentConfig, null_since=0, tag=1, default=[]
    )
    stored_description_topology_epoch: int = int32(tag=2, default=-1)
    failed_description_topology_epoch: int = int32(tag=3, default=-1)


class StreamsGroupMemberMetadataKey(Message, record_type=19, versions=(0, 0)):
    group_id: str = string()
    member_id: str = string()


class Endpoint(Struct):
    host: str = string()
    port: int = uint16()


class KeyValue(Struct):
    key: str = string()
    value: str = string()


class StreamsGroupMemberMetadataValue(Message, versions=(0, 0), flexible=0):
    instance_id: str | None = string(null_since=0)
    rack_id: str | None = string(null_since=0)
    client_id: str = string()
    client_host: str = string()
    rebalance_timeout_ms: int = int32(default=-1)
    topology_epoch: int = int32()
    process_id: str = string()
    user_endpoint: Endpoint | None = struct(Endpoint, null_since=0, default=None)
    client_tags: list[KeyValue] = array(KeyValue)


class StreamsGroupTargetAssignmentMetadataKey(Message, record_type=20, versions=(0, 0)):
    group_id: str = string()


class StreamsGroupTargetAssignmentMetadataValue(Message, versions=(0, 0), flexible=0):
    assignment_epoch: int = int32()
    assignment_timestamp: int = int64(tag=0, default=0)


class StreamsGroupTargetAssignmentMemberKey(Message, record_type=21, versions=(0, 0)):
    group_id: str = string()
    member_id: str = string()


class TaskIds(Struct):
    subtopology_id: str = string()
    partitions: list[int] = array(int32)


class StreamsGroupTargetAssignmentMemberValue(Message, versions=(0, 0), flexible=0):
    active_tasks: list[TaskIds] = array(TaskIds)
    standby_tasks: list[TaskIds] = array(TaskIds)
    warmup_tasks: list[TaskIds] = array(TaskIds)


class StreamsGroupCurrentMemberAssignmentKey(Message, record_type=22, versions=(0, 0)):
    group_id: str = string()
    member_id: str = string()


class OwnedTaskIds(Struct):
    subtopology_id: str = string()
    partitions: list[int] = array(int32)
    assignment_epochs: list[int] | None = array(int32, null_since=0, tag=0, default=[])


class StreamsGroupCurrentMemberAssignmentValue(Message, versions=(0, 0), flexible=0):
    member_epoch: int = int32()
    previous_member_epoch: int = int32()
    state: int = int8()
    active_tasks: list[OwnedTaskIds] = array(OwnedTaskIds)
    standby_tasks: list[OwnedTaskIds] = array(OwnedTaskIds)
    warmup_tasks: list[OwnedTaskIds] = array(OwnedTaskIds)
    active_tasks_pending_revocation: list[OwnedTaskIds] = array(OwnedTaskIds)
    standby_tasks_pending_revocation: list[OwnedTaskIds] = array(OwnedTaskIds)
    warmup_tasks_pending_revocation: list[OwnedTaskIds] = array(OwnedTaskIds)


class StreamsGroupTopologyKey(Message, record_type=23, versions=(0, 0)):
    group_id: str = string()


class TopicConfig(Struct):
    key: str = string()
    value: str = string()


class TopicInfo(Struct):
    name: str = string()
    partitions: int = int32()
    replication_factor: int = int16()
    topic_configs: list[TopicConfig] = array(TopicConfig)


class CopartitionGroup(Struct):
    source_topics: list[int] = array(int16)
    source_topic_regex: list[int] = array(int16)
    repartition_source_topics: list[int] = array(int16)


class Subtopology(Struct):
    subtopology_id: str = string()
    source_topics: list[str] = array(string)
    source_topic_regex: list[str] = array(string)
    state_changelog_topics: list[TopicInfo] = array(TopicInfo)
    repartition_sink_topics: list[str] = array(string)
    repartition_source_topics: list[TopicInfo] = array(TopicInfo)
    copartition_groups: list[CopartitionGroup] = array(CopartitionGroup)


class StreamsGroupTopologyValue(Message, versions=(0, 0), flexible=0):
    epoch: int = int32()
    subtopologies: list[Subtopology] = array(Subtopology)
