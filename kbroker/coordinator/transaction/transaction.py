"""The state of one transactional id, and the record that stores it.

Rules: Kafka's TransactionMetadata and TransactionLog.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from kbroker.coordinator.shard import CoordinatorRecord, RecordType
from kbroker.coordinator.transaction.states import ALLOWED_FROM, COMPLETED, TransactionState
from wire.errors import ErrorCode, KafkaError
from wire.internal.transaction_state import (
    TransactionLogKey,
    TransactionLogValue,
    TransactionPartitions,
)

RECORD_TYPES = {0: RecordType(TransactionLogKey, TransactionLogValue)}

NO_ID = NO_EPOCH = NEVER = -1
# The greatest epoch of a producer; the one after it is only for fencing.
LAST_EPOCH = 32766
RISING_EPOCHS = 2  # the transaction version since which every end raises the epoch (KIP-890)

TopicPartition = tuple[str, int]


class Transaction(NamedTuple):
    """An id's state, immutable. Times are in ms, ``version`` is KIP-890's transaction version.

    ``last_producer_epoch`` distinguishes a producer that repeats a request from a fenced one; as
    in Kafka it is not stored.
    """

    producer_id: int
    timeout_ms: int
    last_update_ms: int
    producer_epoch: int = NO_EPOCH
    state: TransactionState = TransactionState.EMPTY
    partitions: frozenset[TopicPartition] = frozenset()
    start_ms: int = NEVER
    version: int = 0
    previous_producer_id: int = NO_ID
    next_producer_id: int = NO_ID
    last_producer_epoch: int = NO_EPOCH

    @property
    def is_epoch_exhausted(self) -> bool:
        return self.producer_epoch >= LAST_EPOCH

    def to(self, state: TransactionState, now_ms: int, **changes: Any) -> Transaction:
        """The id in another state."""
        assert self.state in ALLOWED_FROM[state], f"a transaction goes {self.state} to {state}"
        return self._replace(
            state=state, last_update_ms=now_ms, previous_producer_id=self.producer_id, **changes
        )

    # --- InitProducerId

    def with_next_epoch(
        self, timeout_ms: int, expected_epoch: int | None, now_ms: int
    ) -> Transaction:
        """For a producer that starts, or that continues from ``expected_epoch`` (KIP-360).

        Raises KafkaError(PRODUCER_FENCED) when that is neither the newest epoch nor the one before.
        """
        epoch, last_epoch = self.producer_epoch + 1, NO_EPOCH
        if expected_epoch is not None:
            last_epoch = self.producer_epoch
            if self.producer_epoch not in (NO_EPOCH, expected_epoch):
                if expected_epoch != self.last_producer_epoch:
                    raise KafkaError(ErrorCode.PRODUCER_FENCED)
                epoch, last_epoch = self.producer_epoch, self.last_producer_epoch
        return self._emptied(
            timeout_ms, now_ms, producer_epoch=epoch, last_producer_epoch=last_epoch
        )

    def with_new_id(
        self, producer_id: int, timeout_ms: int, is_expected: bool, now_ms: int
    ) -> Transaction:
        """For a producer whose epochs are used up."""
        return self._emptied(
            timeout_ms,
            now_ms,
            producer_id=producer_id,
            producer_epoch=0,
            last_producer_epoch=self.producer_epoch if is_expected else NO_EPOCH,
        )

    def _emptied(self, timeout_ms: int, now_ms: int, **changes: Any) -> Transaction:
        return self.to(
            TransactionState.EMPTY,
            now_ms,
            timeout_ms=timeout_ms,
            partitions=frozenset(),
            start_ms=NEVER,
            **changes,
        )

    # --- a transaction's life

    def with_partitions(
        self, added: frozenset[TopicPartition], version: int, now_ms: int
    ) -> Transaction:
        is_open = self.state is TransactionState.ONGOING
        return self.to(
            TransactionState.ONGOING,
            now_ms,
            partitions=self.partitions | added,
            start_ms=self.start_ms if is_open else now_ms,
            version=version,
        )

    def prepared(
        self, state: TransactionState, version: int, next_producer_id: int, now_ms: int
    ) -> Transaction:
        """Decided; under KIP-890 with a raised epoch, which the markers carry."""
        is_open = self.state is TransactionState.ONGOING
        rises = version >= RISING_EPOCHS
        return self.to(
            state,
            now_ms,
            producer_epoch=self.producer_epoch + 1 if rises else self.producer_epoch,
            last_producer_epoch=self.producer_epoch if rises else self.last_producer_epoch,
            start_ms=self.start_ms if is_open else now_ms,
            next_producer_id=next_producer_id,
            version=version,
        )

    def fenced(self, version: int, now_ms: int) -> Transaction:
        """Aborted by the coordinator, with an epoch that the producer does not know."""
        return self.to(
            TransactionState.PREPARE_ABORT,
            now_ms,
            producer_epoch=self.producer_epoch + 1,
            last_producer_epoch=self.producer_epoch if version >= RISING_EPOCHS else NO_EPOCH,
            next_producer_id=NO_ID,
            version=version,
        )

    def completed(self, now_ms: int) -> Transaction:
        """Every marker is written; a producer whose epochs are used up goes on with its next id."""
        has_next = self.next_producer_id != NO_ID
        return self.to(
            COMPLETED[self.state],
            now_ms,
            producer_id=self.next_producer_id if has_next else self.producer_id,
            producer_epoch=0 if has_next else self.producer_epoch,
            next_producer_id=NO_ID,
            partitions=frozenset(),
        )


def transaction_record(transactional_id: str, transaction: Transaction) -> CoordinatorRecord:
    topics: dict[str, list[int]] = {}
    for topic, index in sorted(transaction.partitions):
        topics.setdefault(topic, []).append(index)
    value = TransactionLogValue(
        producer_id=transaction.producer_id,
        previous_producer_id=transaction.previous_producer_id,
        next_producer_id=transaction.next_producer_id,
        producer_epoch=transaction.producer_epoch,
        transaction_timeout_ms=transaction.timeout_ms,
        transaction_status=transaction.state,
        transaction_partitions=None
        if transaction.state is TransactionState.EMPTY
        else [
            TransactionPartitions(topic=topic, partition_ids=indexes)
            for topic, indexes in topics.items()
        ],
        transaction_last_update_timestamp_ms=transaction.last_update_ms,
        transaction_start_timestamp_ms=transaction.start_ms,
        client_transaction_version=transaction.version,
    )
    key = TransactionLogKey(transactional_id=transactional_id)
    return CoordinatorRecord(key, value, version=1)


def forgotten_record(transactional_id: str) -> CoordinatorRecord:
    return CoordinatorRecord(TransactionLogKey(transactional_id=transactional_id), None)


def stored_transaction(value: TransactionLogValue) -> Transaction:
    return Transaction(
        producer_id=value.producer_id,
        timeout_ms=value.transaction_timeout_ms,
        last_update_ms=value.transaction_last_update_timestamp_ms,
        producer_epoch=value.producer_epoch,
        state=TransactionState(value.transaction_status),
        partitions=frozenset(
            (topic.topic, index)
            for topic in value.transaction_partitions or ()
            for index in topic.partition_ids
        ),
        start_ms=value.transaction_start_timestamp_ms,
        version=value.client_transaction_version,
        previous_producer_id=value.previous_producer_id,
        next_producer_id=value.next_producer_id,
    )
