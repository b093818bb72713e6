"""Key and value of the records in __transaction_state (KIP-98).

The newest value of a transactional id is all that a coordinator knows of it. v1 is flexible; its
tagged fields are the producer ids before and after this one and the last epoch that a client got,
for transactions of version 2 (KIP-890)."""

from __future__ import annotations

from wire.schema import Message, Struct, array, int8, int16, int32, int64, string


class TransactionLogKey(Message, record_type=0, versions=(0, 0)):
    transactional_id: str = string()


class TransactionPartitions(Struct):
    topic: str = string()
    partition_ids: list[int] = array(int32)


class TransactionLogValue(Message, versions=(0, 1), flexible=1):
    producer_id: int = int64()
    previous_producer_id: int = int64(since=1, tag=0, default=-1)
    next_producer_id: int = int64(since=1, tag=1, default=-1)
    producer_epoch: int = int16()
    next_producer_epoch: int = int16(since=1, tag=3, default=-1)
    transaction_timeout_ms: int = int32()
    transaction_status: int = int8()
    transaction_partitions: list[TransactionPartitions] | None = array(
        TransactionPartitions, null_since=0
    )
    transaction_last_update_timestamp_ms: int = int64()
    transaction_start_timestamp_ms: int = int64()
    client_transaction_version: int = int16(since=1, tag=2, default=0)
