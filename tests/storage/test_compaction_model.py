"""Random lives of a compacted log, compared with all that was ever written to it."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from storage import AppendOrigin, Log, MemoryFilesystem, only_batch
from storage.results import AppendInfo
from tests.log_configs import log_config
from tests.storage.compaction import committed, compact, newest, records
from tests.storage.conftest import NOW, Workbench, producers_of
from wire.records import BatchBuilder, Record
from wire.records.control import ControlRecordType, EndTransactionMarker

KEYS = st.sampled_from([b"a", b"b", b"c", b"d"])
VALUES = st.one_of(st.none(), st.binary(max_size=40))
RECORDS = st.lists(st.tuples(KEYS, VALUES), min_size=1, max_size=4)
PRODUCERS = st.sampled_from([1, 2, 3])
RETENTION_MS = 100


class CompactionMachine(RuleBasedStateMachine):
    """The model: every record that was written, and those of aborted transactions."""

    @initialize(segment_bytes=st.integers(300, 900), most_keys=st.sampled_from([5, 8, 1000]))
    def start(self, segment_bytes: int, most_keys: int) -> None:
        self.bench = Workbench(MemoryFilesystem(), "/data", open_files=2)
        self.config = log_config(
            cleanup_policy=frozenset({"compact"}),
            segment_bytes=segment_bytes,
            index_interval_bytes=100,
            delete_retention_ms=RETENTION_MS,
        )
        self.log: Log = self.bench.log(self.config)
        self.most_keys = most_keys
        self.now_ms = NOW
        self.written: dict[int, Record] = {}
        self.open: dict[int, list[int]] = {}  # offsets in the open transaction of each producer
        self.aborted: set[int] = set()
        self.sequences: dict[int, int] = {}

    def append(self, batch: bytes, origin: AppendOrigin = AppendOrigin.CLIENT) -> AppendInfo:
        return self.log.append(only_batch(batch), leader_epoch=0, now_ms=self.now_ms, origin=origin)

    def write(self, builder: BatchBuilder, added: list[tuple[bytes, bytes | None]]) -> list[int]:
        for key, value in added:
            builder.append(self.now_ms, key, value)
        first = self.append(builder.build()).first_offset
        for offset, (key, value) in enumerate(added, first):
            self.written[offset] = Record(offset, self.now_ms, key, value)
        return list(range(first, first + len(added)))

    @rule(added=RECORDS, compression=st.sampled_from([0, 0, 1, 3]))
    def produce(self, added: list[tuple[bytes, bytes | None]], compression: int) -> None:
        self.write(BatchBuilder(compression=compression), added)

    @rule(added=RECORDS, producer_id=PRODUCERS)
    def produce_in_transaction(
        self, added: list[tuple[bytes, bytes | None]], producer_id: int
    ) -> None:
        sequence = self.sequences.get(producer_id, 0)
        builder = BatchBuilder(
            producer_id=producer_id,
            producer_epoch=0,
            base_sequence=sequence,
            is_transactional=True,
        )
        self.open.setdefault(producer_id, []).extend(self.write(builder, added))
        self.sequences[producer_id] = sequence + len(added)

    @rule(producer_id=PRODUCERS, commits=st.booleans())
    def end_transaction(self, producer_id: int, commits: bool) -> None:
        """Also where none is open, as a coordinator does that repeats a marker."""
        kind = ControlRecordType.COMMIT if commits else ControlRecordType.ABORT
        marker = EndTransactionMarker(kind, 0).batch(producer_id, 0, self.now_ms)
        self.append(marker, AppendOrigin.COORDINATOR)
        ended = self.open.pop(producer_id, [])
        if not commits:
            self.aborted |= set(ended)

    @rule(ms=st.sampled_from([1, RETENTION_MS, 10 * RETENTION_MS]))
    def wait(self, ms: int) -> None:
        self.now_ms += ms

    @rule()
    def roll(self) -> None:
        self.log.roll(self.now_ms)

    @rule()
    def clean(self) -> None:
        end_offset = self.log.log_end_offset
        compact(self.log, self.now_ms, self.most_keys)
        assert self.log.log_end_offset == end_offset
        self.bench.log_dir.checkpoint_cleaning()

    @rule(clean=st.booleans())
    def restart(self, clean: bool) -> None:
        known = {
            producer.producer_id: producer.last_sequence
            for producer in producers_of(self.log).producers.values()
            if producer.batches  # of a marker alone its epoch is forgotten, as in Kafka
        }
        self.log = self.bench.reopen(self.log, clean=clean)
        found = producers_of(self.log).producers
        for producer_id, sequence in known.items():
            assert found[producer_id].last_sequence == sequence

    def stable(self) -> int:
        return self.log.last_stable_offset(self.log.log_end_offset)

    @invariant()
    def nothing_is_changed_or_invented(self) -> None:
        for record in records(self.log):
            assert record == self.written[record.offset]

    @invariant()
    def every_key_has_its_value(self) -> None:
        stable = self.stable()
        found = [record for record in committed(self.log) if record.offset < stable]
        expected = [
            record
            for offset, record in self.written.items()
            if offset < stable and offset not in self.aborted
        ]
        assert newest(found) == newest(expected)

    @invariant()
    def the_clean_part_has_each_key_once(self) -> None:
        """And nothing of aborted transactions."""
        clean = [
            record
            for record in records(self.log)
            if record.offset < (self.log.first_dirty_offset or 0)
        ]
        assert len({record.key for record in clean}) == len(clean)
        assert not {record.offset for record in clean} & self.aborted

    def teardown(self) -> None:
        if hasattr(self, "bench"):
            self.bench.check()


CompactionMachine.TestCase.settings = settings(
    max_examples=150, stateful_step_count=30, deadline=None, derandomize=True
)
TestCompactionModel = CompactionMachine.TestCase
