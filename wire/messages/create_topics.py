"""CreateTopics: new topics with partitions, replicas and configs.

v1 can validate only, v4 takes -1 for the cluster's defaults, v5 answers with the configs (KIP-525),
v7 with the topic's id."""

from __future__ import annotations

from wire.api_keys import ApiKey
from wire.schema import (
    Message,
    Struct,
    array,
    boolean,
    int8,
    int16,
    int32,
    string,
    uuid,
)
from wire.uuids import ZERO_UUID


class CreatableReplicaAssignment(Struct):
    partition_index: int = int32()
    broker_ids: list[int] = array(int32)


class CreatableTopicConfig(Struct):
    name: str = string()
    value: str | None = string(null_since=0)


class CreatableTopic(Struct):
    name: str = string()
    num_partitions: int = int32()
    replication_factor: int = int16()
    assignments: list[CreatableReplicaAssignment] = array(CreatableReplicaAssignment)
    configs: list[CreatableTopicConfig] = array(CreatableTopicConfig)


class CreateTopicsRequest(Message, api=ApiKey.CREATE_TOPICS):
    topics: list[CreatableTopic] = array(CreatableTopic)
    timeout_ms: int = int32(default=60000)
    validate_only: bool = boolean(since=1, default=False)


class CreatableTopicConfigs(Struct):
    name: str = string()
    value: str | None = string(null_since=5)
    read_only: bool = boolean()
    config_source: int = int8(default=-1)
    is_sensitive: bool = boolean()


class CreatableTopicResult(Struct):
    name: str = string()
    topic_id: bytes = uuid(since=7, default=ZERO_UUID)
    error_code: int = int16()
    error_message: str | None = string(since=1, null_since=0, default="")
    topic_config_error_code: int = int16(since=5, tag=0, default=0)
    num_partitions: int = int32(since=5, default=-1)
    replication_factor: int = int16(since=5, default=-1)
    configs: list[CreatableTopicConfigs] | None = array(
        CreatableTopicConfigs, since=5, null_since=5, default=[]
    )


class CreateTopicsResponse(Message, api=ApiKey.CREATE_TOPICS):
    throttle_time_ms: int = int32(since=2, default=0)
    topics: list[CreatableTopicResult] = array(CreatableTopicResult)
