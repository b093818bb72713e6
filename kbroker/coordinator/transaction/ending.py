"""Ends decided transactions: a marker in every partition, then the record of completion (KIP-98).

Each step waits until the one before is committed. After a power failure a marker without its
decision would end the transaction in one partition only, and a completed transaction without a
marker would leave the transaction open in that partition for ever.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from functools import partial
from typing import Protocol

from kbroker.coordinator.runtime import CoordinatorRuntime
from kbroker.coordinator.transaction.states import PREPARE_COMMIT
from kbroker.coordinator.transaction.transaction import TopicPartition, Transaction
from kbroker.coordinator.transaction.transaction_shard import TransactionShard
from wire.errors import ErrorCode
from wire.records.control import ControlRecordType, EndTransactionMarker

log = logging.getLogger("kbroker")


class MarkerWriter(Protocol):
    """Writes the markers of a transaction to its partitions."""

    def write_all(
        self,
        partitions: Iterable[TopicPartition],
        marker: EndTransactionMarker,
        producer_id: int,
        producer_epoch: int,
        version: int,
        done: Callable[[ErrorCode], None],
    ) -> None:
        """Ends the producer's transaction in all partitions.

        ``done`` is called when every marker is committed, or with the code of one that is not.
        """


class TransactionEnding:
    """Ends decided transactions, each at most once at a time."""

    __slots__ = ("_in_progress", "_markers", "_runtime")

    def __init__(
        self, runtime: CoordinatorRuntime[TransactionShard], markers: MarkerWriter
    ) -> None:
        self._runtime = runtime
        self._markers = markers
        self._in_progress: set[str] = set()

    def begin(self, transactional_id: str, decided: Transaction) -> None:
        """Starts the steps; with immediate commits all are done on return. Where a step fails the
        transaction stays decided, and the next round tries again, as in Kafka."""
        if transactional_id not in self._in_progress:
            self._in_progress.add(transactional_id)
            write_markers = partial(self._write_markers, transactional_id, decided)
            self._runtime.when_committed(transactional_id, write_markers)

    def _write_markers(self, transactional_id: str, decided: Transaction, code: ErrorCode) -> None:
        if code is not ErrorCode.NONE:
            self._postpone(transactional_id, code)
            return
        is_commit = decided.state is PREPARE_COMMIT
        kind = ControlRecordType.COMMIT if is_commit else ControlRecordType.ABORT
        self._markers.write_all(
            sorted(decided.partitions),
            EndTransactionMarker(kind, self._runtime.leader_epoch(transactional_id)),
            decided.producer_id,
            decided.producer_epoch,
            decided.version,
            partial(self._complete, transactional_id),
        )

    def _complete(self, transactional_id: str, code: ErrorCode) -> None:
        if code is not ErrorCode.NONE:
            self._postpone(transactional_id, code)
            return
        self._in_progress.discard(transactional_id)
        self._runtime.write_unasked(
            transactional_id, lambda shard: shard.complete(transactional_id)
        )

    def _postpone(self, transactional_id: str, code: ErrorCode) -> None:
        self._in_progress.discard(transactional_id)
        log.warning("the end of transaction %s has to wait: %s", transactional_id, code.name)
