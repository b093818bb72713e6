"""A transactional producer for tests, over a broker without sockets."""

from __future__ import annotations

from typing import Any

from storage.read_batches import read_batches
from tests.drivers import BrokerDriver, batch
from wire.internal.stored import decode_value
from wire.internal.transaction_state import TransactionLogValue
from wire.messages.add_partitions_to_txn import (
    AddPartitionsToTxnRequest,
    AddPartitionsToTxnTopic,
)
from wire.messages.describe_transactions import DescribeTransactionsRequest
from wire.messages.end_txn import EndTxnRequest
from wire.messages.fetch import FetchPartition, FetchRequest, FetchTopic
from wire.messages.find_coordinator import FindCoordinatorRequest
from wire.messages.init_producer_id import InitProducerIdRequest
from wire.messages.produce import PartitionProduceData, ProduceRequest, TopicProduceData
from wire.messages.txn_offset_commit import (
    TxnOffsetCommitRequest,
    TxnOffsetCommitRequestPartition,
    TxnOffsetCommitRequestTopic,
)
from wire.records import batches

KEEPS_EPOCH, RISES = 4, 5  # versions of EndTxn


class TransactionalProducer:
    """A method for each request; they return error codes."""

    def __init__(self, broker: BrokerDriver, transactional_id: str = "t") -> None:
        self.transactional_id = transactional_id
        self.client = broker.connect()
        self.producer_id = self.epoch = -1
        self.sequence = 0
        wanted = FindCoordinatorRequest(key_type=1, coordinator_keys=[transactional_id])
        self.client.ask(wanted, 4)

    @property
    def _identity(self) -> dict[str, Any]:
        return {
            "transactional_id": self.transactional_id,
            "producer_id": self.producer_id,
            "producer_epoch": self.epoch,
        }

    def init(self, timeout_ms: int = 60_000, version: int = 4, **fields: Any) -> int:
        request = InitProducerIdRequest(
            transactional_id=self.transactional_id, transaction_timeout_ms=timeout_ms, **fields
        )
        answer = self.client.ask(request, version)
        if answer.error_code == 0:
            self.producer_id, self.epoch = answer.producer_id, answer.producer_epoch
            self.sequence = 0
        return int(answer.error_code)

    def add(self, *partitions: int, topic: str = "t", version: int = 3) -> list[int]:
        request = AddPartitionsToTxnRequest(
            v3_and_below_transactional_id=self.transactional_id,
            v3_and_below_producer_id=self.producer_id,
            v3_and_below_producer_epoch=self.epoch,
            v3_and_below_topics=[AddPartitionsToTxnTopic(name=topic, partitions=list(partitions))],
        )
        answer = self.client.ask(request, version)
        return [
            one.partition_error_code
            for found in answer.results_by_topic_v3_and_below
            for one in found.results_by_partition
        ]

    def write(self, value: bytes, partition: int = 0, version: int = 12, **fields: Any) -> int:
        """Produces one record; ``fields`` replace fields of the batch by wrong ones."""
        right = {
            "producer_id": self.producer_id,
            "producer_epoch": self.epoch,
            "base_sequence": self.sequence,
            "is_transactional": True,
        }
        data = PartitionProduceData(index=partition, records=batch(value, **right | fields))
        request = ProduceRequest(
            transactional_id=self.transactional_id,
            acks=-1,
            timeout_ms=1000,
            topic_data=[TopicProduceData(name="t", partition_data=[data])],
        )
        [answer] = self.client.ask(request, version).responses[0].partition_responses
        if answer.error_code == 0 and not fields:
            self.sequence += 1
        return int(answer.error_code)

    def commit_offset(self, offset: int, group: str = "g", version: int = 5) -> int:
        partition = TxnOffsetCommitRequestPartition(
            partition_index=0, committed_offset=offset, committed_metadata=None
        )
        topic = TxnOffsetCommitRequestTopic(name="t", partitions=[partition])
        request = TxnOffsetCommitRequest(group_id=group, topics=[topic], **self._identity)
        answer = self.client.ask(request, version)
        return int(answer.topics[0].partitions[0].error_code)

    def end_request(self, commit: bool) -> EndTxnRequest:
        return EndTxnRequest(committed=commit, **self._identity)

    def end(self, commit: bool, version: int = RISES) -> int:
        answer = self.client.ask(self.end_request(commit), version)
        if answer.error_code == 0 and version >= RISES:
            self.producer_id, self.epoch = answer.producer_id, answer.producer_epoch
            self.sequence = 0
        return int(answer.error_code)

    def state(self) -> str:
        request = DescribeTransactionsRequest(transactional_ids=[self.transactional_id])
        return str(self.client.ask(request, 0).transaction_states[0].transaction_state)


def stored(broker: BrokerDriver) -> list[TransactionLogValue]:
    """The records of transactions, partition by partition."""
    logs = [one.log for one in broker.node.replicas.partitions_of("__transaction_state")]
    records = [record for log in logs for batch in read_batches(log) for record in batch]
    return [decode_value(TransactionLogValue, record.value or b"") for record in records]


def fetch(broker: BrokerDriver, committed: bool, offset: int = 0, partition: int = 0) -> Any:
    """The answer to a Fetch of a partition of ``t``."""
    wanted = FetchPartition(partition=partition, fetch_offset=offset, partition_max_bytes=1 << 20)
    request = FetchRequest(
        max_wait_ms=0,
        min_bytes=0,
        isolation_level=int(committed),
        session_epoch=-1,
        topics=[FetchTopic(topic="t", partitions=[wanted])],
    )
    return broker.connect().ask(request, 12).responses[0].partitions[0]


def values(broker: BrokerDriver, partition: int = 0) -> list[bytes]:
    """What a read_committed consumer reads, filtered as clients do it."""
    answer = fetch(broker, committed=True, partition=partition)
    aborted = sorted((one.first_offset, one.producer_id) for one in answer.aborted_transactions)
    skipped: set[int] = set()
    found = []
    for one in batches(answer.records):
        while aborted and aborted[0][0] <= one.last_offset:
            skipped.add(aborted.pop(0)[1])
        if one.is_control:
            skipped.discard(one.producer_id)
        elif not (one.is_transactional and one.producer_id in skipped):
            found += [bytes(record.value or b"") for record in one]
    return found
