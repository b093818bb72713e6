"""One partition of ``__transaction_state``: its transactional ids, and the operations on them.

Each operation is one step of Kafka's TransactionCoordinator, with its checks in their order. A step
is replayed before the next request is served, so there are no "pending" transitions as in Kafka.
CONCURRENT_TRANSACTIONS is answered only while a decided transaction has not got all its markers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kbroker.clock import Clock
from kbroker.coordinator.shard import CoordinatorRecord, Result, Settings
from kbroker.coordinator.transaction.states import (
    OUTCOMES,
    OUTCOMES_OF_RISING_EPOCHS,
    Outcome,
    TransactionState,
)
from kbroker.coordinator.transaction.transaction import (
    LAST_EPOCH,
    NO_ID,
    RISING_EPOCHS,
    TopicPartition,
    Transaction,
    forgotten_record,
    stored_transaction,
    transaction_record,
)
from wire.errors import ErrorCode, KafkaError
from wire.integers import MAX_INT32
from wire.internal.transaction_state import TransactionLogKey, TransactionLogValue

UNLIMITED_MS = MAX_INT32  # Kafka takes it for a transaction in two phases (KIP-939)


class Producer:
    """The producer id and epoch of a request."""

    __slots__ = ("epoch", "producer_id")

    def __init__(self, producer_id: int, epoch: int) -> None:
        self.producer_id = producer_id
        self.epoch = epoch


class TransactionShard:
    """``transactions`` by transactional id."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        next_producer_id: Callable[[], int],
        cluster_version: Callable[[], int],
    ) -> None:
        self.transactions: dict[str, Transaction] = {}
        self._settings = settings
        self._clock = clock
        self._next_producer_id = next_producer_id
        # The cluster's transaction version, for aborts that no client asked for.
        self._cluster_version = cluster_version

    # --- replay

    def replay(self, record: CoordinatorRecord, producer_id: int) -> None:
        assert isinstance(record.key, TransactionLogKey)
        transactional_id = record.key.transactional_id
        if record.value is None:
            self.transactions.pop(transactional_id, None)
        else:
            assert isinstance(record.value, TransactionLogValue)
            self.transactions[transactional_id] = stored_transaction(record.value)

    def replay_end(self, producer_id: int, is_commit: bool) -> None:
        """Not needed: no producer writes to this topic in transactions."""

    def on_loaded(self) -> None:
        """Not needed: the coordinator resumes decided transactions."""

    def on_unloaded(self) -> None:
        """Not needed: no answer waits in this shard."""

    def _write(self, transactional_id: str, new: Transaction) -> Result[Transaction]:
        def keep_last_epoch() -> None:
            self.transactions[transactional_id] = new  # the record has no last_producer_epoch

        record = transaction_record(transactional_id, new)
        return Result(new, [record], replayed=keep_last_epoch)

    # --- InitProducerId

    def initialise(
        self, transactional_id: str, timeout_ms: int, expected: Producer | None
    ) -> Result[Transaction]:
        """The id's next epoch. Where a transaction is open, it is fenced instead (PREPARE_ABORT).

        Raises KafkaError: CONCURRENT_TRANSACTIONS, PRODUCER_FENCED.
        """
        now_ms = self._clock.now_ms()
        old = self.transactions.get(transactional_id)
        if old is None:
            old = Transaction(self._next_producer_id(), timeout_ms, now_ms)
        if expected is not None and not _may_continue(old, expected):
            raise KafkaError(ErrorCode.PRODUCER_FENCED)
        if old.state.is_prepared:
            raise KafkaError(ErrorCode.CONCURRENT_TRANSACTIONS)
        if old.state is TransactionState.ONGOING:
            return self._write(transactional_id, old.fenced(self._cluster_version(), now_ms))
        epoch = None if expected is None else expected.epoch
        if not old.is_epoch_exhausted:
            new = old.with_next_epoch(timeout_ms, epoch, now_ms)
        elif epoch in (None, old.producer_epoch):
            new = old.with_new_id(self._next_producer_id(), timeout_ms, epoch is not None, now_ms)
        else:
            raise KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR)  # Kafka fails on this case
        return self._write(transactional_id, new)

    # --- partitions

    def add_partitions(
        self,
        transactional_id: str,
        producer: Producer,
        added: frozenset[TopicPartition],
        version: int,
    ) -> Result[Transaction]:
        """Opens a transaction, or adds partitions to it.

        Raises KafkaError: INVALID_PRODUCER_ID_MAPPING, PRODUCER_FENCED, CONCURRENT_TRANSACTIONS.
        """
        old = self._checked(transactional_id, producer)
        if old.state is TransactionState.ONGOING and added <= old.partitions:
            return Result(old)
        new = old.with_partitions(added, version, self._clock.now_ms())
        return self._write(transactional_id, new)

    def missing_partitions(
        self, transactional_id: str, producer: Producer, partitions: frozenset[TopicPartition]
    ) -> frozenset[TopicPartition]:
        """Those that are not in the producer's transaction. Raises as ``add_partitions``."""
        return partitions - self._checked(transactional_id, producer).partitions

    def _checked(self, transactional_id: str, producer: Producer) -> Transaction:
        found = self._find(transactional_id, producer.producer_id)
        if found.producer_epoch != producer.epoch:
            raise KafkaError(ErrorCode.PRODUCER_FENCED)
        if found.state.is_prepared:
            raise KafkaError(ErrorCode.CONCURRENT_TRANSACTIONS)
        return found

    def _find(self, transactional_id: str, producer_id: int) -> Transaction:
        found = self.transactions.get(transactional_id)
        if found is None or found.producer_id != producer_id:
            raise KafkaError(ErrorCode.INVALID_PRODUCER_ID_MAPPING)
        return found

    # --- the end

    def end(
        self, transactional_id: str, producer: Producer, commit: bool, version: int
    ) -> Result[Transaction]:
        """Decides a transaction; a repeated request leaves one that was completed so as it is.

        Raises KafkaError: INVALID_PRODUCER_ID_MAPPING, PRODUCER_FENCED, CONCURRENT_TRANSACTIONS,
        INVALID_TXN_STATE.
        """
        if version >= RISING_EPOCHS:
            old, outcome = self._outcome_of_rising_epochs(transactional_id, producer, commit)
        else:
            old = self._find(transactional_id, producer.producer_id)
            if old.producer_epoch != producer.epoch:
                raise KafkaError(ErrorCode.PRODUCER_FENCED)
            outcome = OUTCOMES.get((old.state, commit), ErrorCode.INVALID_TXN_STATE)
        if outcome is ErrorCode.NONE:
            return Result(old)
        if isinstance(outcome, ErrorCode):
            raise KafkaError(outcome)
        needs_id = version >= RISING_EPOCHS and old.is_epoch_exhausted
        next_id = self._next_producer_id() if needs_id else NO_ID
        return self._write(
            transactional_id, old.prepared(outcome, version, next_id, self._clock.now_ms())
        )

    def _outcome_of_rising_epochs(
        self, transactional_id: str, producer: Producer, commit: bool
    ) -> tuple[Transaction, Outcome]:
        """A repeated request carries the epoch, or the producer id, from before the last end."""
        found = self.transactions.get(transactional_id)
        if found is None:
            raise KafkaError(ErrorCode.INVALID_PRODUCER_ID_MAPPING)
        has_new_id = (
            found.previous_producer_id == producer.producer_id
            and producer.epoch == LAST_EPOCH
            and found.producer_epoch == 0
        )
        if found.producer_id != producer.producer_id and not has_new_id:
            raise KafkaError(ErrorCode.INVALID_PRODUCER_ID_MAPPING)
        repeats = has_new_id or found.producer_epoch == producer.epoch + 1
        is_current = found.producer_epoch == producer.epoch
        match found.state:
            case TransactionState.EMPTY | TransactionState.ONGOING:
                is_valid = is_current
            case TransactionState.PREPARE_COMMIT | TransactionState.PREPARE_ABORT:
                is_valid = repeats and not has_new_id
            case _:
                is_valid = repeats or is_current
        if not is_valid:
            raise KafkaError(ErrorCode.PRODUCER_FENCED)
        key = (found.state, commit, repeats)
        return found, OUTCOMES_OF_RISING_EPOCHS.get(key, ErrorCode.INVALID_TXN_STATE)

    def complete(self, transactional_id: str) -> Result[Transaction]:
        """Every partition of a decided transaction has its marker."""
        new = self.transactions[transactional_id].completed(self._clock.now_ms())
        return self._write(transactional_id, new)

    # --- time

    def prepared_ids(self) -> list[str]:
        """The ids of decided transactions that are not complete."""
        return [
            transactional_id
            for transactional_id, transaction in self.transactions.items()
            if transaction.state.is_prepared
        ]

    def timed_out_ids(self) -> list[str]:
        now_ms = self._clock.now_ms()
        return [
            transactional_id
            for transactional_id, transaction in self.transactions.items()
            if transaction.state is TransactionState.ONGOING
            and transaction.timeout_ms != UNLIMITED_MS
            and transaction.start_ms + transaction.timeout_ms < now_ms
        ]

    def fence(self, transactional_id: str) -> Result[Transaction]:
        """Decides to abort an open transaction, and fences its producer."""
        old = self.transactions[transactional_id]
        return self._write(
            transactional_id, old.fenced(self._cluster_version(), self._clock.now_ms())
        )

    def forget_expired(self) -> Result[None]:
        """Forgets ids that were not used for transactional.id.expiration.ms."""
        expiration_ms = self._settings.integer("transactional.id.expiration.ms")
        oldest_ms = self._clock.now_ms() - expiration_ms
        return Result(None, list(self._expired(oldest_ms)), atomic=False)

    def _expired(self, oldest_ms: int) -> Iterator[CoordinatorRecord]:
        for transactional_id, transaction in self.transactions.items():
            is_open = transaction.state is TransactionState.ONGOING or transaction.state.is_prepared
            if not is_open and transaction.last_update_ms <= oldest_ms:
                yield forgotten_record(transactional_id)


def _may_continue(known: Transaction, expected: Producer) -> bool:
    """Whether a producer that names its id and epoch may get the next ones (KIP-360)."""
    return (
        known.producer_epoch < 0
        or expected.producer_id == known.producer_id
        # It used up its epochs and did not receive its new id.
        or (expected.producer_id == known.previous_producer_id and expected.epoch >= LAST_EPOCH)
    )
