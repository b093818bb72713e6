"""The catalog on disk: ``__cluster_metadata-0``, a log of Kafka's metadata records (KIP-631)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from kbroker.metadata.topic_names import CLUSTER_METADATA
from storage import AppendInfo, AppendOrigin, PartitionLog, StorageError
from storage.read_batches import read_batches
from wire.errors import CorruptBatch, ErrorCode, MalformedRequest
from wire.internal.cluster_metadata import (
    ClientQuotaRecord,
    ConfigRecord,
    FeatureLevelRecord,
    PartitionRecord,
    ProducerIdsRecord,
    RegisterBrokerRecord,
    RemoveTopicRecord,
    TopicRecord,
)
from wire.internal.stored import decode_metadata, encode_metadata
from wire.records import BatchBuilder
from wire.schema import Message

LEADER_EPOCH = 1  # of a quorum that never had another leader

CLASSES: dict[int, type[Message]] = {
    cls.__facts__.record_type: cls
    for cls in (
        TopicRecord,
        PartitionRecord,
        ConfigRecord,
        RemoveTopicRecord,
        FeatureLevelRecord,
        ClientQuotaRecord,
        ProducerIdsRecord,
        RegisterBrokerRecord,
    )
    if cls.__facts__.record_type is not None
}
# PartitionRecord v1 adds the log directory of each replica; here there is only one.
VERSION = 0


class MetadataPartition(Protocol):
    """The one partition of ``__cluster_metadata``."""

    log: PartitionLog

    def append(self, records: bytes, now_ms: int, origin: AppendOrigin) -> AppendInfo: ...

    def when_committed(self, end_offset: int, done: Callable[[ErrorCode], None]) -> None: ...


class CatalogDamaged(StorageError):
    """The metadata log cannot be read to its end.

    A crash leaves no such log, since recovery cuts it after the last whole batch: it was damaged
    later. Starting without the rest would lose topics.
    """

    def __init__(self, offset: int, reason: str) -> None:
        super().__init__(
            f"the metadata log {CLUSTER_METADATA}-0 is damaged from offset {offset} on ({reason}); "
            "restore the data folder from a copy"
        )


class MetadataLog:
    """Appends groups of records; a group is one batch, so it is stored as a whole or not at all.

    ``note_uncommitted()`` lets the current answer wait for everything appended so far.
    """

    __slots__ = ("_partition", "note_uncommitted")

    def __init__(self, partition: MetadataPartition, note_uncommitted: Callable[[], None]) -> None:
        self._partition = partition
        self.note_uncommitted = note_uncommitted

    def append(self, records: Iterable[Message], now_ms: int) -> int:
        """The offset of the last record. Raises what ``PartitionLog.append`` raises."""
        builder = BatchBuilder(partition_leader_epoch=LEADER_EPOCH)
        for record in records:
            builder.append(timestamp=now_ms, key=None, value=encode_metadata(record, VERSION))
        info = self._partition.append(builder.build(), now_ms, AppendOrigin.COORDINATOR)
        self.note_uncommitted()
        return info.last_offset

    def when_committed(self, publish: Callable[[], None]) -> None:
        """Calls ``publish`` when everything appended so far is committed: at once if it is."""

        def done(code: ErrorCode) -> None:
            assert code is ErrorCode.NONE, "the metadata log is never deleted"
            publish()

        self._partition.when_committed(self._partition.log.log_end_offset, done)

    def replay(self) -> Iterator[tuple[int, Message]]:
        """(offset, record) of all stored records of known types. Raises CatalogDamaged."""
        log = self._partition.log
        if log.lost_records:
            raise CatalogDamaged(log.log_end_offset, f"{log.lost_records} records are missing")
        offset = log.log_start_offset
        try:
            for batch in read_batches(log):
                batch.verify_crc()
                if batch.base_offset != offset:
                    break
                for record in batch:
                    if record.value is None:
                        raise MalformedRequest("a metadata record without a value")
                    message = decode_metadata(CLASSES, record.value)
                    if message is not None:
                        yield record.offset, message
                offset = batch.next_offset
        except (CorruptBatch, MalformedRequest) as error:
            raise CatalogDamaged(offset, str(error)) from error
        if offset != log.log_end_offset:
            raise CatalogDamaged(offset, f"it should go on to offset {log.log_end_offset}")
