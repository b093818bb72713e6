"""Control records: transaction markers and the like, which consumers never see (KIP-98).

Key: version i16, type i16. The value of a transaction marker: version i16, coordinator epoch i32.
"""

from __future__ import annotations

from enum import IntEnum
from struct import Struct

from wire.errors import CorruptBatch
from wire.records.batch import Batch, Record
from wire.records.builder import BatchBuilder

_KEY = Struct(">hh")
_MARKER_VALUE = Struct(">hi")


class ControlRecordType(IntEnum):
    """The type field of a control record's key."""

    ABORT = 0
    COMMIT = 1
    LEADER_CHANGE = 2
    SNAPSHOT_HEADER = 3
    SNAPSHOT_FOOTER = 4
    KRAFT_VERSION = 5
    KRAFT_VOTERS = 6
    UNKNOWN = -1

    @classmethod
    def _missing_(cls, value: object) -> ControlRecordType:
        """Readers skip the types of a later version instead of failing on them."""
        return cls.UNKNOWN


def control_record_type(record: Record) -> ControlRecordType:
    """The type of a record from a control batch; raises CorruptBatch for a key that is none."""
    if record.key is None or len(record.key) < _KEY.size:
        raise CorruptBatch("a control record without a control record's key")
    version, kind = _KEY.unpack_from(record.key)
    if version < 0:
        raise CorruptBatch(f"control record key of version {version}")
    return ControlRecordType(kind)


class EndTransactionMarker:
    """The commit or abort marker that ends a producer's transaction in a partition."""

    __slots__ = ("control_type", "coordinator_epoch")

    def __init__(self, control_type: ControlRecordType, coordinator_epoch: int) -> None:
        self.control_type = control_type
        self.coordinator_epoch = coordinator_epoch

    @property
    def is_commit(self) -> bool:
        return self.control_type is ControlRecordType.COMMIT

    @classmethod
    def from_record(cls, record: Record) -> EndTransactionMarker:
        """Raises CorruptBatch when the record is no transaction marker."""
        control_type = control_record_type(record)
        if control_type not in (ControlRecordType.ABORT, ControlRecordType.COMMIT):
            raise CorruptBatch(f"{control_type.name} is no transaction marker")
        if record.value is None or len(record.value) < _MARKER_VALUE.size:
            raise CorruptBatch("a transaction marker without a coordinator epoch")
        version, coordinator_epoch = _MARKER_VALUE.unpack_from(record.value)
        if version < 0:
            raise CorruptBatch(f"transaction marker of version {version}")
        return cls(control_type, coordinator_epoch)

    @classmethod
    def from_batch(cls, batch: Batch) -> EndTransactionMarker:
        """The marker in a control batch; raises CorruptBatch when there is none."""
        for record in batch:
            return cls.from_record(record)
        raise CorruptBatch("a control batch without a record")

    def batch(self, producer_id: int, producer_epoch: int, timestamp: int) -> bytes:
        """The control batch that is appended to end the transaction; ``timestamp`` in ms."""
        builder = BatchBuilder(
            producer_id=producer_id,
            producer_epoch=producer_epoch,
            is_transactional=True,
            is_control=True,
        )
        key = _KEY.pack(0, self.control_type)
        builder.append(timestamp, key, _MARKER_VALUE.pack(0, self.coordinator_epoch))
        return builder.build()
