"""What was flushed survives a power failure at any moment, however often it comes."""

from __future__ import annotations

from random import Random

import pytest

from storage import AppendOrigin, Log, LogDir, only_batch
from tests.faulty_filesystem import Killed
from tests.log_configs import log_config
from tests.power_loss import PowerLossFilesystem
from tests.storage.conftest import IDENTITY, NOW
from wire.records import BatchBuilder, batches
from wire.records.control import ControlRecordType, EndTransactionMarker

CONFIG = log_config(segment_bytes=700, index_interval_bytes=150, retention_bytes=1500)
PARTITIONS = 2
ABORT = EndTransactionMarker(ControlRecordType.ABORT, 0)
MARKER_VALUE = bytes(6)


class Expected:
    """What is known of a log: values that were ever written at an offset, those that are there now,
    and those that are durable; ``aborted`` are pairs of first offset and marker's."""

    def __init__(self, topic_id: bytes) -> None:
        self.topic_id = topic_id
        self.written: set[tuple[int, bytes]] = set()
        self.values: dict[int, bytes] = {}
        self.durable: dict[int, bytes] = {}
        self.start = 0
        self.aborted: set[tuple[int, int]] = set()


class Lives:
    """A log directory that loses power in the middle of whatever ``random`` has it do."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.filesystem = PowerLossFilesystem(Random(seed))
        self.expected = [self.new_topic() for _ in range(PARTITIONS)]
        self.written = 0
        self.plans: list[tuple[int, Expected, object]] = []

    def new_topic(self) -> Expected:
        return Expected(self.random.randbytes(16))

    def live(self) -> None:
        """From a start to a power failure, or to a clean stop with one behind it."""
        self.filesystem.kill_at = self.filesystem.operations + self.random.randint(0, 250)
        self.plans = []
        try:
            self.start()
            for _ in range(self.random.randint(0, 60)):
                self.do_something()
            self.log_dir.close({}, clean=self.random.random() < 0.7)
        except Killed:
            pass
        self.filesystem.power_failure()

    def start(self) -> None:
        self.log_dir = LogDir("/data", self.filesystem)
        self.log_dir.open(IDENTITY)
        wanted = {expected.topic_id for expected in self.expected}
        for topic, partition, topic_id in list(self.log_dir.topic_partitions()):
            # A folder whose topic was not flushed with it holds nothing that was.
            if topic_id not in wanted:
                self.log_dir.set_aside(topic, partition)
        self.logs = [self.open(partition) for partition in range(PARTITIONS)]
        for log, expected in zip(self.logs, self.expected, strict=True):
            self.check(log, expected)

    def open(self, partition: int) -> Log:
        topic_id = self.expected[partition].topic_id
        return self.log_dir.open_log("t", partition, topic_id, CONFIG, NOW)

    def check(self, log: Log, expected: Expected) -> None:
        assert not log.problems(), log.problems()
        end = log.log_end_offset
        found = contents(log)
        assert found.items() <= expected.written
        for offset, value in expected.durable.items():
            assert offset < expected.start or found[offset] == value
        aborted = {
            (txn.first_offset, txn.last_offset)
            for txn in log.aborted_transactions(log.log_start_offset, end)
        }
        assert aborted <= expected.aborted
        for txn in expected.aborted - aborted:
            # The marker of a transaction whose records are gone may be forgotten.
            is_deleted = txn[0] < max(expected.start, log.log_start_offset)
            is_durable = txn[0] in found and expected.durable.get(txn[1]) == MARKER_VALUE
            assert is_deleted or not is_durable
        # What was not flushed and survived is part of the log from now on.
        expected.values = found

    # -- what happens ----------------------------------------------------------------------------

    def do_something(self) -> None:
        partition = self.random.randrange(PARTITIONS)
        actions = [self.append] * 6 + [self.abort, self.prepare, self.prepare, self.finish]
        actions += [self.finish, self.checkpoint, self.delete_before, self.retain, self.roll]
        if self.random.random() < 0.05:
            actions = [self.recreate, self.truncate]
        self.random.choice(actions)(partition)

    def _append(self, partition: int, batch: bytes, values: list[bytes], origin: int) -> None:
        end = self.logs[partition].log_end_offset
        # It may come into the file without returning.
        expected = self.expected[partition]
        expected.values |= dict(enumerate(values, end))
        expected.written |= set(enumerate(values, end))
        self.logs[partition].append(
            only_batch(batch), leader_epoch=partition, now_ms=NOW, origin=AppendOrigin(origin)
        )

    def append(self, partition: int) -> None:
        self.written += 1
        values = [
            b"%d|" % (self.written * 10 + index) + bytes(self.random.randint(0, 90))
            for index in range(self.random.randint(1, 3))
        ]
        builder = BatchBuilder()
        for value in values:
            builder.append(NOW + self.written, None, value)
        self._append(partition, builder.build(), values, 0)

    def abort(self, partition: int) -> None:
        """A transaction of one record, and its end."""
        expected = self.expected[partition]
        first = self.logs[partition].log_end_offset
        self.written += 1
        fields = {"producer_id": self.written, "producer_epoch": 0, "base_sequence": 0}
        builder = BatchBuilder(is_transactional=True, **fields)
        builder.append(NOW, None, b"to be aborted")
        self._append(partition, builder.build(), [b"to be aborted"], 0)
        marker = ABORT.batch(self.written, 0, NOW)
        expected.aborted.add((first, first + 1))
        self._append(partition, marker, [MARKER_VALUE], 1)

    def prepare(self, partition: int) -> None:
        plan = self.logs[partition].prepare_flush(snapshot=self.random.random() < 0.3)
        if plan is not None:
            self.plans.append((partition, self.expected[partition], plan))

    def finish(self, _partition: int) -> None:
        if self.plans:
            partition, expected, plan = self.plans.pop(0)
            plan.run()
            if self.expected[partition] is expected:
                self.logs[partition].complete_flush(plan)
                self.note_durable(partition)

    def note_durable(self, partition: int) -> None:
        expected, end = self.expected[partition], self.logs[partition].recovery_point
        expected.durable = {at: value for at, value in expected.values.items() if at < end}

    def checkpoint(self, _partition: int) -> None:
        self.log_dir.checkpoint({("t", 0): 0})

    def delete_before(self, partition: int) -> None:
        log = self.logs[partition]
        offset = self.random.randint(log.log_start_offset, log.log_end_offset)
        self.deleted_before(partition, offset)
        log.delete_before(offset)

    def deleted_before(self, partition: int, offset: int) -> None:
        """What was deleted may come back, or not, or in parts."""
        expected = self.expected[partition]
        expected.start = max(expected.start, offset)

    def retain(self, partition: int) -> None:
        log = self.logs[partition]
        self.deleted_before(partition, log.log_end_offset)
        log.apply_retention(NOW, log.log_end_offset)

    def roll(self, partition: int) -> None:
        self.logs[partition].roll(NOW)

    def recreate(self, partition: int) -> None:
        """The catalog says first what is deleted and what is made."""
        self.expected[partition] = self.new_topic()
        self.log_dir.delete_log(self.logs[partition])
        self.logs[partition] = self.open(partition)
        self.log_dir.purge()

    def truncate(self, partition: int) -> None:
        log, expected = self.logs[partition], self.expected[partition]
        ends = [log.log_end_offset, *batch_starts(log)]
        offset = self.random.choice(ends)
        expected.durable = {at: value for at, value in expected.durable.items() if at < offset}
        expected.start = min(expected.start, offset)
        log.truncate_to(offset, NOW)
        expected.values = {at: value for at, value in expected.values.items() if at < offset}
        self.plans.clear()


def batch_starts(log: Log) -> list[int]:
    starts, offset = [], log.log_start_offset
    while offset < log.log_end_offset:
        found = log.read(offset, 1 << 20, end_offset=log.log_end_offset, min_one_batch=True)
        if found.records is None:
            break
        for batch in batches(found.records.read()):
            starts.append(batch.base_offset)
            offset = batch.next_offset
    return [start for start in starts if start >= log.log_start_offset]


def contents(log: Log) -> dict[int, bytes]:
    found = {}
    offset = log.log_start_offset
    while offset < log.log_end_offset:
        read = log.read(offset, 1 << 20, end_offset=log.log_end_offset, min_one_batch=True)
        if read.records is None:
            break  # there is a hole up to an empty last segment
        for batch in batches(read.records.read()):
            for record in batch:
                if record.offset >= log.log_start_offset:
                    found[record.offset] = record.value
            offset = batch.next_offset
    return found


@pytest.mark.parametrize("seed", range(100))
def test_nothing_that_was_flushed_is_lost(seed: int) -> None:
    lives = Lives(seed)
    for _ in range(8):
        lives.live()
    lives.filesystem.kill_at = None
    lives.start()
