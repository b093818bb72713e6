"""ListTransactions: the transactions that this broker coordinates (KIP-664).

v1 filters by how long they last (KIP-994), v2 by a pattern of the id (KIP-1152)."""

from __future__ import annotations

from wire.api_keys import ApiKey
from wire.schema import Message, Struct, array, int16, int32, int64, string


class ListTransactionsRequest(Message, api=ApiKey.LIST_TRANSACTIONS):
    state_filters: list[str] = array(string)
    producer_id_filters: list[int] = array(int64)
    duration_filter: int = int64(since=1, default=-1)
    transactional_id_pattern: str | None = string(since=2, null_since=2, default=None)


class TransactionState(Struct):
    transactional_id: str = string()
    producer_id: int = int64()
    transaction_state: str = string()


class ListTransactionsResponse(Message, api=ApiKey.LIST_TRANSACTIONS):
    throttle_time_ms: int = int32(default=0)
    error_code: int = int16()
    unknown_state_filters: list[str] = array(string)
    transaction_states: list[TransactionState] = array(TransactionState)
