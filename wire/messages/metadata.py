"""Metadata: brokers, topics, partitions and who leads them.

v1 brings the controller and racks, v4 leaves auto-creation to the client, v7 leader epochs,
v8 authorized operations, v10 topic ids, v12 questions by id, v13 an error for the whole answer."""

from __future__ import annotations

from wire.api_keys import ApiKey
from wire.schema import (
    Message,
    Struct,
    array,
    boolean,
    int16,
    int32,
    string,
    uuid,
)
from wire.uuids import ZERO_UUID


class MetadataRequestTopic(Struct):
    topic_id: bytes = uuid(since=10, default=ZERO_UUID)
    name: str | None = string(null_since=10)


class MetadataRequest(Message, api=ApiKey.METADATA):
    topics: list[MetadataRequestTopic] | None = array(MetadataRequestTopic, null_since=1)
    allow_auto_topic_creation: bool = boolean(since=4, default=True)
    include_cluster_authorized_operations: bool = boolean(since=8, until=10, default=False)
    include_topic_authorized_operations: bool = boolean(since=8, default=False)


class MetadataResponseBroker(Struct):
    node_id: int = int32()
    host: str = string()
    port: int = int32()
    rack: str | None = string(since=1, null_since=1, default=None)


class MetadataResponsePartition(Struct):
    error_code: int = int16()
    partition_index: int = int32()
    leader_id: int = int32()
    leader_epoch: int = int32(since=7, default=-1)
    replica_nodes: list[int] = array(int32)
    isr_nodes: list[int] = array(int32)
    offline_replicas: list[int] = array(int32, since=5, default=[])


class MetadataResponseTopic(Struct):
    error_code: int = int16()
    name: str | None = string(null_since=12)
    topic_id: bytes = uuid(since=10, default=ZERO_UUID)
    is_internal: bool = boolean(since=1, default=False)
    partitions: list[MetadataResponsePartition] = array(MetadataResponsePartition)
    topic_authorized_operations: int = int32(since=8, default=-2147483648)


class MetadataResponse(Message, api=ApiKey.METADATA):
    throttle_time_ms: int = int32(since=3, default=0)
    brokers: list[MetadataResponseBroker] = array(MetadataResponseBroker)
    cluster_id: str | None = string(since=2, null_since=2, default=None)
    controller_id: int = int32(since=1, default=-1)
    topics: list[MetadataResponseTopic] = array(MetadataResponseTopic)
    cluster_authorized_operations: int = int32(since=8, until=10, default=-2147483648)
    error_code: int = int16(since=13, default=0)
