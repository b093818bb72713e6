"""InitProducerId: an id and epoch for an idempotent or transactional producer.

v3 lets a producer renew its epoch (KIP-360), v4 answers PRODUCER_FENCED, v6 is for two-phase
commit (KIP-939) and not yet stable in Kafka."""

from __future__ import annotations

from wire.api_keys import ApiKey
from wire.schema import Message, boolean, int16, int32, int64, string


class InitProducerIdRequest(Message, api=ApiKey.INIT_PRODUCER_ID):
    transactional_id: str | None = string(null_since=0)
    transaction_timeout_ms: int = int32()
    producer_id: int = int64(since=3, default=-1)
    producer_epoch: int = int16(since=3, default=-1)
    enable2_pc: bool = boolean(since=6, default=False)
    keep_prepared_txn: bool = boolean(since=6, default=False)


class InitProducerIdResponse(Message, api=ApiKey.INIT_PRODUCER_ID):
    throttle_time_ms: int = int32(default=0)
    error_code: int = int16()
    producer_id: int = int64(default=-1)
    producer_epoch: int = int16()
    ongoing_txn_producer_id: int = int64(since=6, default=-1)
    ongoing_txn_producer_epoch: int = int16(since=6, default=-1)
