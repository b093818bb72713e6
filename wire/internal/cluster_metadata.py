"""The records of __cluster_metadata that the catalog writes and replays (KIP-631).

A stored record is a frame version (1), the record type and its version as unsigned varints, then
the record's fields; its key is null (stored.py)."""

from __future__ import annotations

from wire.schema import (
    Message,
    Struct,
    array,
    boolean,
    float64,
    int8,
    int16,
    int32,
    int64,
    string,
    uint16,
    uuid,
)


class TopicRecord(Message, record_type=2, versions=(0, 0), flexible=0):
    name: str = string()
    topic_id: bytes = uuid()


class PartitionRecord(Message, record_type=3, versions=(0, 2), flexible=0):
    partition_id: int = int32(default=-1)
    topic_id: bytes = uuid()
    replicas: list[int] = array(int32)
    isr: list[int] = array(int32)
    removing_replicas: list[int] = array(int32)
    adding_replicas: list[int] = array(int32)
    leader: int = int32(default=-1)
    leader_recovery_state: int = int8(tag=0, default=0)
    leader_epoch: int = int32(default=-1)
    partition_epoch: int = int32(default=-1)
    directories: list[bytes] = array(uuid, since=1, default=[])
    eligible_leader_replicas: list[int] | None = array(
        int32, since=2, null_since=2, tag=1, default=None
    )
    last_known_elr: list[int] | None = array(int32, since=2, null_since=2, tag=2, default=None)


class ConfigRecord(Message, record_type=4, versions=(0, 0), flexible=0):
    resource_type: int = int8()
    resource_name: str = string()
    name: str = string()
    value: str | None = string(null_since=0)


class RemoveTopicRecord(Message, record_type=9, versions=(0, 0), flexible=0):
    topic_id: bytes = uuid()


class FeatureLevelRecord(Message, record_type=12, versions=(0, 0), flexible=0):
    name: str = string()
    feature_level: int = int16()


class ClientQuotaEntity(Struct):
    entity_type: str = string()
    entity_name: str | None = string(null_since=0)


class ClientQuotaRecord(Message, record_type=14, versions=(0, 0), flexible=0):
    entity: list[ClientQuotaEntity] = array(ClientQuotaEntity)
    key: str = string()
    value: float = float64()
    remove: bool = boolean()


class ProducerIdsRecord(Message, record_type=15, versions=(0, 0), flexible=0):
    broker_id: int = int32()
    broker_epoch: int = int64(default=-1)
    next_producer_id: int = int64()


class BrokerEndpoint(Struct):
    name: str = string()
    host: str = string()
    port: int = uint16()
    security_protocol: int = int16()


class BrokerFeature(Struct):
    name: str = string()
    min_supported_version: int = int16()
    max_supported_version: int = int16()


class RegisterBrokerRecord(Message, record_type=27, versions=(0, 3), flexible=0):
    broker_id: int = int32()
    is_migrating_zk_broker: bool = boolean(since=2, default=False)
    incarnation_id: bytes = uuid()
    broker_epoch: int = int64()
    end_points: list[BrokerEndpoint] = array(BrokerEndpoint)
    features: list[BrokerFeature] = array(BrokerFeature)
    rack: str | None = string(null_since=0)
    fenced: bool = boolean(default=True)
    in_controlled_shutdown: bool = boolean(since=1, default=False)
    log_dirs: list[bytes] = array(uuid, since=3, tag=0, default=[])
