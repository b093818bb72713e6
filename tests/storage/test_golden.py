"""The folders of a real Kafka open, and hold what they should."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from storage import Log, LogDir, OsFilesystem
from tests.log_configs import log_config
from tests.storage.conftest import (
    IDENTITY,
    NOW,
    producers_of,
)
from wire.records import Batch, batches
from wire.records.control import ControlRecordType, EndTransactionMarker

GOLDEN = Path(__file__).parent / "golden" / "data"


class Golden:
    """A private copy of the directory, opened as after a clean stop or a crash."""

    def __init__(self, path: Path) -> None:
        self.path = path
        shutil.copytree(GOLDEN, path)

    def open(self) -> LogDir:
        log_dir = LogDir(str(self.path), OsFilesystem())
        log_dir.open(IDENTITY)
        return log_dir

    def forget_everything_derived(self) -> None:
        for path in self.path.rglob("*"):
            if path.suffix in (".index", ".timeindex", ".txnindex", ".snapshot"):
                path.unlink()
            if path.name in (".kafka_cleanshutdown", "leader-epoch-checkpoint"):
                path.unlink()


@pytest.fixture
def golden(tmp_path: Path) -> Golden:
    return Golden(tmp_path / "data")


@pytest.fixture(params=["clean", "crashed", "bare"])
def opened(golden: Golden, request: pytest.FixtureRequest) -> LogDir:
    if request.param == "crashed":
        (golden.path / ".kafka_cleanshutdown").unlink()
    elif request.param == "bare":
        golden.forget_everything_derived()
    log_dir = golden.open()
    yield log_dir
    log_dir.close({}, clean=True)


def open_log(log_dir: LogDir, topic: str) -> Log:
    topic_id = next(i for name, _, i in log_dir.topic_partitions() if name == topic)
    log = log_dir.open_log(topic, 0, topic_id, log_config(), NOW)
    assert not log.problems(), log.problems()
    return log


def read_all(log: Log) -> list[Batch]:
    found: list[Batch] = []
    offset = log.log_start_offset
    while offset < log.log_end_offset:
        region = log.read(
            offset, 1 << 20, end_offset=log.log_end_offset, min_one_batch=True
        ).records
        found += batches(region.read())
        offset = found[-1].next_offset
    return found


def test_the_directory(golden: Golden) -> None:
    log_dir = golden.open()
    assert log_dir.was_clean
    assert log_dir.meta.cluster_id == "bt4NFHPqR3qOFiCFdEmjpw"
    assert log_dir.meta.node_id == 1
    assert log_dir.high_watermarks["codecs", 0] == 50
    found = {(topic, partition) for topic, partition, _ in log_dir.topic_partitions()}
    names = ["appendtime", "codecs", "compacted", "empty", "idempotent", "trimmed", "txn"]
    assert found == {(name, 0) for name in names}
    assert all(len(topic_id) == 16 for _, _, topic_id in log_dir.topic_partitions())


def test_every_codec(opened: LogDir) -> None:
    log = open_log(opened, "codecs")
    found = read_all(log)
    assert {batch.compression for batch in found} == {0, 1, 2, 3, 4}
    records = [record for batch in found for record in batch]
    assert [record.offset for record in records] == list(range(50))
    for index, record in enumerate(records):
        assert record.key == f"key-{index % 10}".encode()
        assert record.value == (f"value-{index % 10}-".encode() * 10)[:60]
        assert record.headers == (("h", b"1"), ("null", None))


def test_log_append_time(opened: LogDir) -> None:
    log = open_log(opened, "appendtime")
    (batch,) = read_all(log)
    assert {record.timestamp for record in batch} == {batch.max_timestamp}
    assert log.offset_of_max_timestamp() == (0, batch.max_timestamp, 0)


def test_idempotent_producers(opened: LogDir) -> None:
    log = open_log(opened, "idempotent")
    producers = producers_of(log).producers.values()
    assert len(producers) == 8
    assert {producer.last_sequence for producer in producers} == {2}
    assert sorted(producer.batches[-1].last_offset for producer in producers) == list(
        range(2, 24, 3)
    )


def test_transactions(opened: LogDir) -> None:
    log = open_log(opened, "txn")
    markers = [EndTransactionMarker.from_batch(b) for b in read_all(log) if b.is_control]
    abort, commit = ControlRecordType.ABORT, ControlRecordType.COMMIT
    assert [marker.control_type for marker in markers] == [commit, abort, commit, abort]
    aborted = log.aborted_transactions(0, log.log_end_offset)
    assert [(txn.first_offset, txn.last_offset) for txn in aborted] == [(4, 7), (12, 15)]
    assert log.last_stable_offset(17) == 16


def test_a_compacted_log(opened: LogDir) -> None:
    log = open_log(opened, "compacted")
    assert (log.log_start_offset, log.log_end_offset) == (0, 30)
    records = [record for batch in read_all(log) for record in batch]
    assert [record.offset for record in records if record.offset < 25] == [20, 21, 22, 23, 24]
    found = log.read(3, 1 << 20, end_offset=30, min_one_batch=True)
    assert found.records is not None


def test_a_trimmed_log(opened: LogDir) -> None:
    log = open_log(opened, "trimmed")
    assert (log.log_start_offset, log.log_end_offset) == (7, 20)


def test_an_empty_log(opened: LogDir) -> None:
    assert open_log(opened, "empty").log_end_offset == 0


@pytest.mark.parametrize("topic", ["codecs", "idempotent", "txn", "compacted", "appendtime"])
def test_what_is_rebuilt_is_what_kafka_wrote(golden: Golden, topic: str) -> None:
    golden.forget_everything_derived()
    log_dir = golden.open()
    open_log(log_dir, topic)
    log_dir.close({}, clean=True)
    for theirs in (GOLDEN / f"{topic}-0").iterdir():
        ours = golden.path / f"{topic}-0" / theirs.name
        if topic == "compacted" and theirs.name == "leader-epoch-checkpoint":
            continue  # the batches that started the epoch are gone
        if theirs.suffix == ".snapshot":
            # Order of producers differs; and Kafka leaves a snapshot at each segment's start.
            if ours.exists():
                assert sorted(ours.read_bytes()[6:]) == sorted(theirs.read_bytes()[6:])
        else:
            assert ours.read_bytes() == theirs.read_bytes(), theirs.name
