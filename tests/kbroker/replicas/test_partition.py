"""The high watermark of a partition, and who is told when it moves."""

from __future__ import annotations

import pytest

from kbroker.replicas.durability import Flushed
from kbroker.replicas.partition import Partition
from kbroker.replicas.purgatory import Purgatory
from kbroker.timers import Timers
from storage import AppendOrigin, LogDir, MemoryFilesystem, MetaProperties
from tests.drivers import CLUSTER_ID, NOW_MS, batch
from tests.log_configs import log_config
from wire.errors import ErrorCode, KafkaError


class NeverByItself:
    def appended(self, partition: Flushed, end_offset: int) -> None: ...

    def recovered(self, partition: Flushed) -> None: ...


@pytest.fixture
def partition() -> Partition:
    """Three records, none of them committed."""
    log_dir = LogDir("/data", MemoryFilesystem())
    log_dir.open(MetaProperties(CLUSTER_ID, 1, CLUSTER_ID))
    log = log_dir.open_log("t", 0, bytes(16), log_config(), NOW_MS)
    found = Partition(log, 0, Purgatory(Timers()), NeverByItself())
    for _ in range(3):
        found.append(batch(b"v"), NOW_MS, AppendOrigin.CLIENT)
    return found


def test_appended_is_not_committed(partition: Partition) -> None:
    assert (partition.log.log_end_offset, partition.high_watermark) == (3, 0)
    assert partition.last_stable_offset == 0


def test_it_only_goes_forward(partition: Partition) -> None:
    partition.advance_high_watermark(2)
    partition.advance_high_watermark(1)
    assert partition.high_watermark == 2


def test_who_waits_is_told_once(partition: Partition) -> None:
    told: list[tuple[str, ErrorCode]] = []
    for name, end_offset in (("a", 2), ("b", 3), ("now", 0)):
        partition.when_committed(end_offset, lambda code, name=name: told.append((name, code)))  # type: ignore[misc]
    partition.advance_high_watermark(2)
    partition.advance_high_watermark(3)

    assert told == [(name, ErrorCode.NONE) for name in ("now", "a", "b")]


def test_who_is_told_finds_it_moved(partition: Partition) -> None:
    seen: list[int] = []
    partition.when_committed(1, lambda _code: seen.append(partition.high_watermark))
    partition.advance_high_watermark(2)

    assert seen == [2]


def test_a_waiter_that_fails_harms_no_other(partition: Partition) -> None:
    told: list[ErrorCode] = []
    partition.when_committed(1, lambda _code: {}["missing"])
    partition.when_committed(1, told.append)
    partition.advance_high_watermark(1)

    assert told == [ErrorCode.NONE]


def test_a_deleted_one_commits_nothing(partition: Partition) -> None:
    told: list[ErrorCode] = []
    partition.advance_high_watermark(1)
    partition.when_committed(3, told.append)
    partition.delete()
    partition.when_committed(3, told.append)
    partition.when_committed(1, told.append)

    assert told == [*[ErrorCode.UNKNOWN_TOPIC_OR_PARTITION] * 2, ErrorCode.NONE]


def test_what_is_not_committed_cannot_be_deleted(partition: Partition) -> None:
    partition.advance_high_watermark(2)
    with pytest.raises(KafkaError, match="OFFSET_OUT_OF_RANGE"):
        partition.delete_records(3)

    assert partition.delete_records(-1) == 2
