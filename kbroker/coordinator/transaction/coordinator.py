"""The transaction coordinator: the requests of producers and administrators.

The decision to commit or abort is written first. Then every partition of the transaction gets its
marker, and then the transaction is complete. After a crash the next start goes on with decided
transactions (KIP-98), so that a transaction ends in all of its partitions or in none.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from enum import IntEnum

from kbroker.background import Background
from kbroker.clock import Clock
from kbroker.coordinator.runtime import CoordinatorLog, CoordinatorRuntime
from kbroker.coordinator.shard import Settings
from kbroker.coordinator.transaction.ending import MarkerWriter, TransactionEnding
from kbroker.coordinator.transaction.states import PREPARE_ABORT
from kbroker.coordinator.transaction.transaction import (
    RECORD_TYPES,
    RISING_EPOCHS,
    TopicPartition,
    Transaction,
)
from kbroker.coordinator.transaction.transaction_shard import (
    Producer,
    TransactionShard,
)
from kbroker.timers import Timers
from wire.errors import ErrorCode, KafkaError

log = logging.getLogger("kbroker")


class Support(IntEnum):
    """What a client's version of Produce or TxnOffsetCommit can do in transactions (KIP-890)."""

    PARTITIONS_ADDED_BEFORE = 0
    ABORTABLE_ERRORS = 1
    PARTITIONS_ADDED_BY_WRITING = 2


class TransactionCoordinator:
    """All transactional ids. Methods raise KafkaError with the code of the answer."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        timers: Timers,
        coordinator_log: CoordinatorLog,
        markers: MarkerWriter,
        next_producer_id: Callable[[], int],
        cluster_version: Callable[[], int],
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._background = Background(clock, timers)
        self._runtime = CoordinatorRuntime(
            settings,
            clock,
            timers,
            coordinator_log,
            RECORD_TYPES,
            lambda _timers: TransactionShard(settings, clock, next_producer_id, cluster_version),
            "transaction.state.log.num.partitions",
        )
        self._ending = TransactionEnding(self._runtime, markers)

    def load(self) -> None:
        """Replays the log and ends decided transactions. Called once, after ``groups.load``."""
        self._runtime.load()
        self._resume_decided()
        self._every(
            "transaction.abort.timed.out.transaction.cleanup.interval.ms", self._abort_timed_out
        )
        self._every(
            "transaction.remove.expired.transaction.cleanup.interval.ms",
            lambda: self._runtime.write_all(lambda shard: shard.forget_expired()),
        )

    def _every(self, interval_setting: str, task: Callable[[], None]) -> None:
        self._background.every(
            lambda: self._settings.integer(interval_setting), interval_setting, task
        )

    def unload(self) -> None:
        """Forgets all transactional ids: ``__transaction_state`` has been deleted."""
        self._runtime.unload()

    # --- producers

    def init_producer_id(
        self,
        transactional_id: str,
        timeout_ms: int,
        expected: Producer | None,
    ) -> Transaction:
        """The new producer id and epoch of the transactional id; the producer before is fenced.

        Raises CONCURRENT_TRANSACTIONS where a transaction was open: it is aborted, and the client
        asks again.
        """
        if transactional_id == "":
            raise KafkaError(ErrorCode.INVALID_REQUEST)
        if not 0 < timeout_ms <= self._settings.integer("transaction.max.timeout.ms"):
            raise KafkaError(ErrorCode.INVALID_TRANSACTION_TIMEOUT)
        new = self._runtime.write(
            transactional_id,
            lambda shard: shard.initialise(transactional_id, timeout_ms, expected),
        )
        if new.state is PREPARE_ABORT:
            self._ending.begin(transactional_id, new)
            raise KafkaError(ErrorCode.CONCURRENT_TRANSACTIONS)
        return new

    def add_partitions(
        self,
        transactional_id: str,
        producer: Producer,
        partitions: Iterable[TopicPartition],
        version: int,
    ) -> None:
        _require_id(transactional_id)
        added = frozenset(partitions)
        self._runtime.write(
            transactional_id,
            lambda shard: shard.add_partitions(transactional_id, producer, added, version),
        )

    def missing_partitions(
        self, transactional_id: str, producer: Producer, partitions: Iterable[TopicPartition]
    ) -> frozenset[TopicPartition]:
        """The partitions that are not in the producer's transaction."""
        _require_id(transactional_id)
        shard = self._runtime.read(transactional_id)
        return shard.missing_partitions(transactional_id, producer, frozenset(partitions))

    def admit(
        self,
        transactional_id: str,
        producer: Producer,
        partitions: Iterable[TopicPartition],
        support: Support,
    ) -> dict[TopicPartition, ErrorCode]:
        """The partitions in which the producer may not write in its transaction, with the code.

        Called for partitions in which the producer has no open transaction (Kafka's
        AddPartitionsToTxnManager).
        """
        wanted = frozenset(partitions)
        try:
            self._runtime.read(transactional_id)
        except KafkaError:  # nobody has looked for a coordinator yet, so there is none to ask
            return dict.fromkeys(wanted, ErrorCode.COORDINATOR_NOT_AVAILABLE)
        try:
            if support is Support.PARTITIONS_ADDED_BY_WRITING:
                self.add_partitions(transactional_id, producer, wanted, RISING_EPOCHS)
                return {}
            missing = self.missing_partitions(transactional_id, producer, wanted)
        except KafkaError as error:
            code = error.code
            if code is ErrorCode.PRODUCER_FENCED:
                code = ErrorCode.INVALID_PRODUCER_EPOCH
            return dict.fromkeys(wanted, code)
        code = ErrorCode.TRANSACTION_ABORTABLE
        if support is Support.PARTITIONS_ADDED_BEFORE:
            code = ErrorCode.INVALID_TXN_STATE
        return dict.fromkeys(missing, code)

    def end(
        self, transactional_id: str, producer: Producer, commit: bool, version: int
    ) -> Transaction:
        """Commits or aborts; the producer goes on with the id and epoch of the answer.

        The answer waits until the decision is committed. With immediate commits the transaction
        is complete by then; otherwise markers follow, as in Kafka.
        """
        _require_id(transactional_id)
        new = self._runtime.write(
            transactional_id,
            lambda shard: shard.end(transactional_id, producer, commit, version),
        )
        if new.state.is_prepared:
            self._ending.begin(transactional_id, new)
            new = new.completed(self._clock.now_ms())
        return new

    # --- time

    def _resume_decided(self) -> None:
        for shard in self._runtime.shards():
            for transactional_id in shard.prepared_ids():
                self._ending.begin(transactional_id, shard.transactions[transactional_id])

    def _abort_timed_out(self) -> None:
        self._resume_decided()
        for shard in self._runtime.shards():
            for transactional_id in shard.timed_out_ids():
                self._abort(transactional_id)

    def _abort(self, transactional_id: str) -> None:
        fenced = self._runtime.write_unasked(
            transactional_id, lambda shard: shard.fence(transactional_id)
        )
        if fenced is not None:
            log.info("transaction %s took too long and is aborted", transactional_id)
            self._ending.begin(transactional_id, fenced)

    # --- administration

    def describe(self, transactional_id: str) -> Transaction:
        if transactional_id == "":
            raise KafkaError(ErrorCode.INVALID_REQUEST)
        found = self._runtime.read(transactional_id).transactions.get(transactional_id)
        if found is None:
            raise KafkaError(ErrorCode.TRANSACTIONAL_ID_NOT_FOUND)
        return found

    def all(self) -> Iterator[tuple[str, Transaction]]:
        for shard in self._runtime.read_all():
            yield from shard.transactions.items()


def _require_id(transactional_id: str) -> None:
    if transactional_id == "":
        raise KafkaError(ErrorCode.INVALID_REQUEST)
