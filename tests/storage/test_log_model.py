"""Random lives of a log, compared with a list."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from storage import AppendOrigin, Log, MemoryFilesystem, only_batch
from tests.log_configs import log_config
from tests.storage.conftest import (
    NOW,
    Workbench,
    segments_of,
)
from wire.records import BatchBuilder, batches

LIST_OF_SIZES = st.lists(st.integers(0, 60), min_size=1, max_size=4)


class LogMachine(RuleBasedStateMachine):
    """The model: batches of (offset, timestamp, value), the start offset, epoch starts."""

    @initialize(
        segment_bytes=st.integers(400, 900),
        interval=st.sampled_from([0, 100, 400]),
        time=st.just(0),
    )
    def start(self, segment_bytes: int, interval: int, time: int) -> None:
        self.bench = Workbench(MemoryFilesystem(), "/data", open_files=2)
        self.config = log_config(
            segment_bytes=segment_bytes, index_interval_bytes=interval, segment_ms=50
        )
        self.log: Log = self.bench.log(self.config)
        self.batches: list[list[tuple[int, int, bytes]]] = []
        self.start_offset = 0
        self.end_offset = 0
        self.epoch = 0
        self.time = time

    def records(self) -> list[tuple[int, int, bytes]]:
        return [record for batch in self.batches for record in batch]

    @rule(sizes=LIST_OF_SIZES, step=st.integers(-20, 40), compression=st.sampled_from([0, 0, 1]))
    def append(self, sizes: list[int], step: int, compression: int) -> None:
        self.time += step
        builder = BatchBuilder(compression=compression)
        batch = []
        for index, size in enumerate(sizes):
            timestamp = NOW + self.time + index * step
            value = bytes([index]) * size
            builder.append(timestamp, None, value)
            batch.append((self.end_offset + index, timestamp, value))
        info = self.log.append(
            only_batch(builder.build()),
            leader_epoch=self.epoch,
            now_ms=NOW,
            origin=AppendOrigin.CLIENT,
        )
        assert (info.first_offset, info.last_offset) == (batch[0][0], batch[-1][0])
        self.batches.append(batch)
        self.end_offset += len(sizes)

    @rule()
    def next_epoch(self) -> None:
        self.epoch += 1

    @precondition(lambda self: self.end_offset > self.start_offset)
    @rule(data=st.data(), max_bytes=st.integers(0, 700))
    def read(self, data: st.DataObject, max_bytes: int) -> None:
        offset = data.draw(st.integers(self.start_offset, self.end_offset - 1))
        end = data.draw(st.integers(offset + 1, self.end_offset))
        found = self.log.read(offset, max_bytes, end_offset=end, min_one_batch=True)
        got = [
            (record.offset, record.timestamp, record.value)
            for batch in (batches(found.records.read()) if found.records else ())
            for record in batch
        ]
        expected = [b for b in self.batches if b[-1][0] >= offset and b[-1][0] < end]
        flat = [record for batch in expected for record in batch]
        assert got == flat[: len(got)]
        assert bool(got) == bool(expected)

    @rule(data=st.data())
    def truncate(self, data: st.DataObject) -> None:
        boundaries = [batch[0][0] for batch in self.batches if batch[0][0] >= self.start_offset]
        offset = data.draw(st.sampled_from([*boundaries, self.end_offset]))
        self.log.truncate_to(offset, NOW)
        self.batches = [batch for batch in self.batches if batch[0][0] < offset]
        self.end_offset = offset
        self.epoch += 1

    @rule(data=st.data())
    def delete_before(self, data: st.DataObject) -> None:
        self.start_offset = data.draw(st.integers(self.start_offset, self.end_offset))
        self.log.delete_before(self.start_offset)
        self.bench.log_dir.checkpoint({})

    @rule()
    def flush(self) -> None:
        plan = self.log.prepare_flush()
        if plan is not None:
            plan.run()
            self.log.complete_flush(plan)
            self.bench.log_dir.checkpoint({})

    @rule(clean=st.booleans())
    def restart(self, clean: bool) -> None:
        self.log = self.bench.reopen(self.log, clean=clean)
        self.start_offset = self.log.log_start_offset if not clean else self.start_offset

    @rule(timestamp=st.integers(-60, 400))
    def look_up_by_time(self, timestamp: int) -> None:
        wanted = NOW + timestamp
        found = self.log.offset_for_timestamp(wanted, self.end_offset)
        expected = [r for r in self.records() if r[0] >= self.start_offset and r[1] >= wanted]
        if found is not None:
            assert found == expected[0][:2]
        else:
            # Kafka looks only into the first segment with a late enough timestamp, which may
            # have it only before the start offset.
            first = next(iter(segments_of(self.log)), None)
            assert not expected or self.start_offset > first.base_offset

    @invariant()
    def agrees(self) -> None:
        assert self.log.log_end_offset == self.end_offset
        assert self.log.log_start_offset == self.start_offset
        kept = (
            [r for r in self.records() if r[0] >= min(s.base_offset for s in segments_of(self.log))]
            if len(segments_of(self.log))
            else []
        )
        if kept:
            greatest = max(timestamp for _, timestamp, _ in kept)
            first = next(offset for offset, timestamp, _ in kept if timestamp == greatest)
            found = self.log.offset_of_max_timestamp()
            assert found is not None
            assert found[:2] == (first, greatest)

    def teardown(self) -> None:
        if hasattr(self, "bench"):
            self.bench.check()


LogMachine.TestCase.settings = settings(
    max_examples=150, stateful_step_count=30, deadline=None, derandomize=True
)
TestLogModel = LogMachine.TestCase
