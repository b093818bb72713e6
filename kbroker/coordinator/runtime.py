"""Runs a coordinator's operations: find the shard, append the records, replay them, answer.

Everything happens in the loop's thread, so an operation sees the state after all earlier ones.
Queues, locks and timeline snapshots, which Kafka's CoordinatorRuntime has, are not needed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Generic, Protocol, TypeVar

from kbroker.clock import Clock
from kbroker.coordinator.shard import (
    CoordinatorRecord,
    RecordType,
    Result,
    Settings,
    Shard,
    Writer,
)
from kbroker.java_hashing import partition_for_key
from kbroker.timers import Timers
from wire.errors import ErrorCode, KafkaError
from wire.internal.stored import decode_key, decode_value, encode_key, encode_value, record_type_of
from wire.records import BatchBuilder, Record, RecordBatch
from wire.records.batch import NO_PRODUCER_ID
from wire.records.control import EndTransactionMarker

R = TypeVar("R")
S = TypeVar("S", bound=Shard)

log = logging.getLogger(__name__)

# What a batch has beside its records: its header, and the framing of the last record.
_BATCH_MARGIN = 1024


class CoordinatorLog(Protocol):
    """The partitions of a coordinator's internal topic."""

    def partition_count(self) -> int:
        """0 while the topic does not exist."""

    def leader_epoch(self, partition: int) -> int:
        """Of a partition that exists."""

    def append(self, partition: int, batch: bytes) -> int:
        """Appends a complete v2 batch; the offset it got. Raises KafkaError."""

    def note_uncommitted(
        self, partition: int, timeout_ms: float, code_for: Callable[[ErrorCode], ErrorCode]
    ) -> None:
        """The current answer rests on everything the partition holds now, if that is not committed;
        ``code_for`` maps the code of a failed or late commit to that of the answer."""

    def when_committed(
        self, partition: int, timeout_ms: float, done: Callable[[ErrorCode], None]
    ) -> None:
        """Calls ``done`` when everything the partition holds now is committed, or with an error."""

    def read(self, partition: int) -> Iterator[RecordBatch]:
        """All batches of the partition, oldest first."""


class CoordinatorRuntime(Generic[S]):
    """The shards of one coordinator, one for each partition that has been used."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        timers: Timers,
        coordinator_log: CoordinatorLog,
        record_types: Mapping[int, RecordType],
        make_shard: Callable[[PartitionTimers], S],
        partitions_setting: str,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._timers = timers
        self._log = coordinator_log
        self._record_types = record_types
        self._make_shard = make_shard
        self._partitions_setting = partitions_setting
        self._partition_count = 0
        self._shards: dict[int, S] = {}
        self._shard_timers: dict[int, PartitionTimers] = {}

    def write(
        self, key: str, operation: Callable[[S], Result[R]], writer: Writer | None = None
    ) -> R:
        """Runs an operation on the shard of ``key`` and writes the records that it returns, in the
        transaction of ``writer`` if there is one. The answer to the client waits for the commit.

        Raises KafkaError: the operation's own, NOT_COORDINATOR while the topic does not exist, or
        the coordinator's form of a failed append.
        """
        partition = self.partition_for(key)
        shard = self._hosted_shard(partition)
        # An answer without records may show uncommitted state, so it waits too.
        try:
            return self._write(partition, operation(shard), writer)
        finally:
            self._note_uncommitted(partition)

    def read(self, key: str) -> S:
        """The shard of ``key``, to read only. Raises NOT_COORDINATOR as ``write`` does."""
        partition = self.partition_for(key)
        shard = self._hosted_shard(partition)
        self._note_uncommitted(partition)
        return shard

    def read_all(self) -> list[S]:
        """All shards, to read only."""
        for partition in self._shards:
            self._note_uncommitted(partition)
        return list(self._shards.values())

    def write_all(self, operation: Callable[[S], Result[None]]) -> None:
        """Runs an operation of the broker's own on every shard; failures are logged."""
        for partition, shard in list(self._shards.items()):
            self._write_unasked(partition, operation(shard))

    def write_unasked(self, key: str, operation: Callable[[S], Result[R]]) -> R | None:
        """``write`` for an operation of the broker's own: a failure is logged."""
        partition = self.partition_for(key)
        shard = self._shards.get(partition)
        return None if shard is None else self._write_unasked(partition, operation(shard))

    def when_committed(self, key: str, done: Callable[[ErrorCode], None]) -> None:
        """Calls ``done`` when everything written for ``key`` is committed: at once if it is."""
        self._log.when_committed(self.partition_for(key), self._timeout_ms, done)

    def leader_epoch(self, key: str) -> int:
        """The epoch of this coordinator: the leader epoch of the partition of ``key``."""
        return self._log.leader_epoch(self.partition_for(key))

    def shards(self) -> list[S]:
        return list(self._shards.values())

    def load(self) -> None:
        """Replays what the partitions hold. Called once, before the first operation.

        The number of partitions is read here, as in Kafka. Partitions that are added later are
        used from the next start on, so that no key changes its shard while the broker runs.
        """
        there = self._log.partition_count()
        self._partition_count = there or self._settings.integer(self._partitions_setting)
        for partition in range(there):
            for batch in self._log.read(partition):
                if batch.is_control and batch.record_count:  # else compaction emptied it
                    marker = EndTransactionMarker.from_batch(batch)
                    self.transaction_ended(partition, batch.producer_id, marker.is_commit)
                else:
                    for record in batch:
                        self._replay_stored(partition, record, batch.producer_id)
        for shard in self.shards():
            shard.on_loaded()

    def unload(self) -> None:
        """Forgets everything, since the topic has been deleted. It may be created again."""
        for timers in self._shard_timers.values():
            timers.cancel_all()
        for shard in self._shards.values():
            shard.on_unloaded()
        self._shard_timers.clear()
        self._shards.clear()

    def transaction_ended(self, partition: int, producer_id: int, is_commit: bool) -> None:
        """A marker was appended to the partition: it ends the producer's transaction there."""
        self._shard(partition).replay_end(producer_id, is_commit)

    def partition_for(self, key: str) -> int:
        """The partition of the key, whether or not it exists."""
        return partition_for_key(key, self._partition_count)

    def _hosted_shard(self, partition: int) -> S:
        if partition >= self._log.partition_count():
            raise KafkaError(ErrorCode.NOT_COORDINATOR)
        return self._shard(partition)

    def _shard(self, partition: int) -> S:
        shard = self._shards.get(partition)
        if shard is None:
            timers = PartitionTimers(
                self._clock, self._timers, lambda result: self._write_unasked(partition, result)
            )
            shard = self._shards[partition] = self._make_shard(timers)
            self._shard_timers[partition] = timers
        return shard

    @property
    def _timeout_ms(self) -> int:
        return self._settings.integer("offsets.commit.timeout.ms")

    def _note_uncommitted(self, partition: int) -> None:
        self._log.note_uncommitted(partition, self._timeout_ms, coordinator_code)

    def _write(self, partition: int, result: Result[R], writer: Writer | None = None) -> R:
        after = result.after
        if result.records:
            try:
                self._append(partition, result, writer)
            except KafkaError as failure:
                error = KafkaError(coordinator_code(failure.code))
                if after is None:
                    raise error from failure
                log.warning("partition=%d append failed: %s", partition, failure)
                after(error)
                return result.response
            if result.replayed is not None:
                result.replayed()
        if after is not None:
            self._log.when_committed(partition, self._timeout_ms, _with_error(after))
        return result.response

    def _write_unasked(self, partition: int, result: Result[R]) -> R | None:
        try:
            return self._write(partition, result)
        except KafkaError as error:
            log.warning("partition=%d records could not be written: %s", partition, error)
            return None

    def _append(self, partition: int, result: Result[R], writer: Writer | None) -> None:
        shard = self._shard(partition)
        producer_id = NO_PRODUCER_ID if writer is None else writer.producer_id
        for records in [result.records] if result.atomic else self._split(result.records):
            self._log.append(partition, self._batch(records, writer))
            for record in records:
                shard.replay(record, producer_id)

    def _split(self, records: list[CoordinatorRecord]) -> Iterator[list[CoordinatorRecord]]:
        """Runs of records that stay below the size limit of one batch."""
        limit = self._settings.integer("message.max.bytes") - _BATCH_MARGIN
        run: list[CoordinatorRecord] = []
        size = 0
        for record in records:
            encoded = len(encode_key(record.key)) + len(_encode_value(record) or b"") + 16
            if run and size + encoded > limit:
                yield run
                run, size = [], 0
            run.append(record)
            size += encoded
        yield run

    def _batch(self, records: list[CoordinatorRecord], writer: Writer | None) -> bytes:
        now_ms = self._clock.now_ms()
        builder = (
            BatchBuilder()
            if writer is None
            else BatchBuilder(
                producer_id=writer.producer_id,
                producer_epoch=writer.producer_epoch,
                is_transactional=True,
            )
        )
        for record in records:
            builder.append(now_ms, encode_key(record.key), _encode_value(record))
        return builder.build()

    def _replay_stored(self, partition: int, stored: Record, producer_id: int) -> None:
        assert stored.key is not None, "every record of a coordinator has a key"
        number = record_type_of(stored.key)
        record_type = self._record_types.get(number)
        if record_type is None:
            # A record of a newer broker; Kafka skips it too.
            log.warning(
                "partition=%d offset=%d unknown record type %d", partition, stored.offset, number
            )
            return
        key = decode_key(record_type.key, stored.key)
        value = None if stored.value is None else decode_value(record_type.value, stored.value)
        self._shard(partition).replay(CoordinatorRecord(key, value), producer_id)


class PartitionTimers:
    """The ShardTimers of one partition, over the broker's Timers."""

    __slots__ = ("_clock", "_keys", "_timers", "_write")

    def __init__(self, clock: Clock, timers: Timers, write: Callable[[Result[None]], None]) -> None:
        self._clock = clock
        self._timers = timers
        self._write = write
        self._keys: set[tuple[str, ...]] = set()

    def schedule(
        self, key: tuple[str, ...], delay_ms: float, operation: Callable[[], Result[None]]
    ) -> None:
        deadline = self._clock.monotonic_ms() + delay_ms
        self._keys.add(key)
        self._timers.schedule(key, deadline, lambda: self._fire(key, operation))

    def cancel(self, key: tuple[str, ...]) -> None:
        self._keys.discard(key)
        self._timers.cancel(key)

    def cancel_all(self) -> None:
        for key in self._keys:
            self._timers.cancel(key)
        self._keys.clear()

    def _fire(self, key: tuple[str, ...], operation: Callable[[], Result[None]]) -> None:
        self._keys.discard(key)
        self._write(operation())


# The code that a coordinator's client gets when an append fails (Kafka's
# CoordinatorOperationExceptionHelper): the log's own codes would mislead it.
_CLIENT_CODES = {
    ErrorCode.UNKNOWN_TOPIC_OR_PARTITION: ErrorCode.COORDINATOR_NOT_AVAILABLE,
    ErrorCode.NOT_ENOUGH_REPLICAS: ErrorCode.COORDINATOR_NOT_AVAILABLE,
    ErrorCode.REQUEST_TIMED_OUT: ErrorCode.COORDINATOR_NOT_AVAILABLE,
    ErrorCode.NOT_LEADER_OR_FOLLOWER: ErrorCode.NOT_COORDINATOR,
    ErrorCode.KAFKA_STORAGE_ERROR: ErrorCode.NOT_COORDINATOR,
    ErrorCode.MESSAGE_TOO_LARGE: ErrorCode.UNKNOWN_SERVER_ERROR,
    ErrorCode.RECORD_LIST_TOO_LARGE: ErrorCode.UNKNOWN_SERVER_ERROR,
    ErrorCode.INVALID_FETCH_SIZE: ErrorCode.UNKNOWN_SERVER_ERROR,
}


def coordinator_code(code: ErrorCode) -> ErrorCode:
    """The code of the answer for an error code of the log."""
    return _CLIENT_CODES.get(code, code)


def _with_error(after: Callable[[KafkaError | None], None]) -> Callable[[ErrorCode], None]:
    def done(code: ErrorCode) -> None:
        after(None if code is ErrorCode.NONE else KafkaError(coordinator_code(code)))

    return done


def _encode_value(record: CoordinatorRecord) -> bytes | None:
    return None if record.value is None else encode_value(record.value, record.version)
