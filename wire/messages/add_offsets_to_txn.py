"""AddOffsetsToTxn: the offsets partition of a group joins a transaction (KIP-98).

v2 answers PRODUCER_FENCED (KIP-588), v4 TRANSACTION_ABORTABLE. Producers of transaction version 2
no longer send it (KIP-890)."""

from __future__ import annotations

from wire.api_keys import ApiKey
from wire.schema import Message, int16, int32, int64, string


class AddOffsetsToTxnRequest(Message, api=ApiKey.ADD_OFFSETS_TO_TXN):
    transactional_id: str = string()
    producer_id: int = int64()
    producer_epoch: int = int16()
    group_id: str = string()


class AddOffsetsToTxnResponse(Message, api=ApiKey.ADD_OFFSETS_TO_TXN):
    throttle_time_ms: int = int32(default=0)
    error_code: int = int16()
