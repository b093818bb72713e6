"""EndTxn: a producer commits or aborts its transaction (KIP-98).

v2 answers PRODUCER_FENCED (KIP-588), v4 TRANSACTION_ABORTABLE, and v5, transaction version 2, hands
out the epoch (at its end also a new id) of the next transaction (KIP-890)."""

from __future__ import annotations

from wire.api_keys import ApiKey
from wire.schema import Message, boolean, int16, int32, int64, string


class EndTxnRequest(Message, api=ApiKey.END_TXN):
    transactional_id: str = string()
    producer_id: int = int64()
    producer_epoch: int = int16()
    committed: bool = boolean()


class EndTxnResponse(Message, api=ApiKey.END_TXN):
    throttle_time_ms: int = int32(default=0)
    error_code: int = int16()
    producer_id: int = int64(since=5, default=-1)
    producer_epoch: int = int16(since=5, default=-1)
