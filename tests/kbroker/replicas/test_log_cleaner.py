"""Which logs are compacted, when, and what a failure leaves."""

from __future__ import annotations

import errno
import logging
from collections.abc import Callable

import pytest

from kbroker.replicas.partition import Partition
from storage import AppendOrigin, CorruptBatch, DiskFull, Log, LogDir, StorageError
from storage.cleaner import clean
from storage.cleaning_job import Cleaned, CleaningJob
from tests.drivers import COMMITS_AT_ONCE, BrokerDriver, HeldWorker
from wire.messages.delete_topics import DeleteTopicsRequest
from wire.records import BatchBuilder

BACKOFF_MS = 15_000
DIRTY = {
    "cleanup_policy": "compact",
    "internal_segment_bytes": "200",
    "min_cleanable_dirty_ratio": "0.4",
}


def first(broker: BrokerDriver, topic: str = "t") -> Partition:
    found = broker.node.replicas.find(topic, 0)
    assert found is not None
    return found


def write(broker: BrokerDriver, topic: str, count: int) -> None:
    """Batches of one key; two fill a segment."""
    for _ in range(count):
        builder = BatchBuilder()
        builder.append(broker.clock.now_ms(), b"k", b"v" * 30)
        first(broker, topic).append(builder.build(), broker.clock.now_ms(), AppendOrigin.CLIENT)
        broker.settle()


def look(broker: BrokerDriver, ms: float = BACKOFF_MS) -> None:
    broker.advance(ms)
    broker.settle()


def clean_to(broker: BrokerDriver, *topics: str) -> list[int | None]:
    """The first dirty offset of each."""
    return [first(broker, topic).log.first_dirty_offset for topic in topics]  # type: ignore[attr-defined]


def cleaned_by(broker: BrokerDriver, call: Callable[[CleaningJob], Cleaned]) -> list[CleaningJob]:
    """Lets ``call`` do the cleanings; the jobs that there are."""
    jobs: list[CleaningJob] = []

    def run(job: CleaningJob, _bytes_per_second: float) -> Cleaned:
        jobs.append(job)
        return call(job)

    log_dir = broker.node.replicas.log_dir
    assert isinstance(log_dir, LogDir)
    for log in log_dir._logs.values():
        log._clean = run
    return jobs


def test_a_dirty_log_is_compacted_with_the_next_look(broker: BrokerDriver) -> None:
    broker.create_topic("t", **DIRTY)
    write(broker, "t", 7)
    look(broker, BACKOFF_MS - 1)
    look(broker, 1)

    assert clean_to(broker, "t") == [6]
    assert first(broker).log.size_bytes < 250
    assert broker.filesystem.read(f"{broker.path}/cleaner-offset-checkpoint") == b"0\n1\nt 0 6\n"


def test_a_log_that_is_not_dirty_enough_waits(broker: BrokerDriver) -> None:
    broker.create_topic("t", **DIRTY)
    write(broker, "t", 21)
    look(broker)
    assert clean_to(broker, "t") == [20]
    write(broker, "t", 2)
    look(broker)
    assert clean_to(broker, "t") == [22]  # little was left, so little is much


def test_other_logs_are_not_compacted(broker: BrokerDriver) -> None:
    broker.create_topic("t", **DIRTY | {"cleanup_policy": "delete"})
    write(broker, "t", 7)
    look(broker)

    assert clean_to(broker, "t") == [None]
    assert first(broker).log.size_bytes > 500


def test_the_dirtiest_comes_first_and_the_others_at_once_after_it(broker: BrokerDriver) -> None:
    for topic in ("a", "b"):
        broker.create_topic(topic, **DIRTY)
        write(broker, topic, 3)
    look(broker)
    look(broker)
    assert clean_to(broker, "a", "b") == [2, 2]
    write(broker, "a", 2)
    write(broker, "b", 20)
    jobs = cleaned_by(broker, lambda job: clean(job, broker.filesystem))

    look(broker)
    look(broker, 0)

    assert [job.folder.rpartition("/")[2] for job in jobs] == ["b-0", "a-0"]


def test_what_the_settings_allow_is_told_to_the_cleaning(broker: BrokerDriver) -> None:
    broker.create_topic("t", **DIRTY)
    jobs = cleaned_by(broker, lambda job: clean(job, broker.filesystem))
    write(broker, "t", 7)

    look(broker)

    assert [job.most_keys for job in jobs] == [int((128 << 20) // 24 * 0.9)]


@COMMITS_AT_ONCE
@pytest.mark.parametrize(
    ("settings", "most_keys"),
    [
        ({"log_cleaner_dedupe_buffer_size": str(4 << 20)}, int((4 << 20) // 24 * 0.9)),
        ({"log_cleaner_io_buffer_load_factor": "0.5"}, int((128 << 20) // 24 * 0.5)),
        ({"log_cleaner_threads": "4"}, int((32 << 20) // 24 * 0.9)),
        ({"log_cleaner_dedupe_buffer_size": str(1 << 40)}, int(((1 << 31) - 1) // 24 * 0.9)),
    ],
)
def test_how_many_keys_it_may_look_at(
    settings: dict[str, str], most_keys: int, commits_late: bool
) -> None:
    broker = BrokerDriver(**settings)  # type: ignore[arg-type]
    broker.create_topic("t", **DIRTY)
    jobs = cleaned_by(broker, lambda job: clean(job, broker.filesystem))
    write(broker, "t", 7)

    look(broker)

    assert [job.most_keys for job in jobs] == [most_keys]


@COMMITS_AT_ONCE
def test_it_can_be_switched_off(commits_late: bool) -> None:
    broker = BrokerDriver(log_cleaner_enable="false")
    broker.create_topic("t", **DIRTY)
    write(broker, "t", 7)

    look(broker)

    assert clean_to(broker, "t") == [None]


def test_a_topic_that_is_deleted_meanwhile_harms_nothing(
    broker: BrokerDriver, caplog: pytest.LogCaptureFixture
) -> None:
    broker.create_topic("t", **DIRTY)
    broker.create_topic("other", **DIRTY)
    write(broker, "t", 21)
    write(broker, "other", 7)
    held = broker.node.replicas._cleaner._worker = HeldWorker()
    look(broker)
    request = DeleteTopicsRequest(topic_names=["t"], timeout_ms=1000)
    broker.connect().ask(request, 5)

    while held.step():
        look(broker, 0)

    assert clean_to(broker, "other") == [6]
    assert caplog.records == []


@pytest.mark.parametrize("error", [StorageError("died"), OSError(errno.ENOSPC, "no room")])
def test_what_may_pass_is_tried_again(
    broker: BrokerDriver, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    broker.create_topic("t", **DIRTY)
    fails = [True]

    def clean_at_the_second_time(job: CleaningJob) -> Cleaned:
        if fails:
            fails.pop()
            raise error
        return clean(job, broker.filesystem)

    cleaned_by(broker, clean_at_the_second_time)
    write(broker, "t", 7)
    with caplog.at_level(logging.WARNING, "kbroker"):
        look(broker)
    assert clean_to(broker, "t") == [None]
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "t-0 was not cleaned; it is tried again" in caplog.text

    look(broker)

    assert clean_to(broker, "t") == [6]


def test_a_damaged_log_is_left_alone_and_the_others_are_not(
    broker: BrokerDriver, caplog: pytest.LogCaptureFixture
) -> None:
    broker.create_topic("bad", **DIRTY)
    broker.create_topic("good", **DIRTY)

    def clean_good(job: CleaningJob) -> Cleaned:
        if job.folder.endswith("/bad-0"):
            raise CorruptBatch("damaged")
        return clean(job, broker.filesystem)

    jobs = cleaned_by(broker, clean_good)
    write(broker, "bad", 21)
    write(broker, "good", 7)
    for _ in range(4):
        look(broker)

    assert clean_to(broker, "bad", "good") == [None, 6]
    assert [job.folder.rpartition("/")[2] for job in jobs] == ["bad-0", "good-0"]
    assert "bad-0 cannot be cleaned, and is left as it is" in caplog.text


def test_a_batch_with_too_many_keys_does_not_keep_the_cleaner_busy(broker: BrokerDriver) -> None:
    broker.create_topic("t", **DIRTY)
    jobs = cleaned_by(broker, lambda job: Cleaned([], job.first_dirty_offset))
    write(broker, "t", 7)
    look(broker)
    for _ in range(5):
        look(broker, 0)

    assert len(jobs) == 1


def test_retention_of_compacted_logs_is_the_cleaners(broker: BrokerDriver) -> None:
    broker.create_topic("t", **DIRTY | {"cleanup_policy": "compact,delete", "retention_ms": "1000"})
    write(broker, "t", 3)
    look(broker)

    assert first(broker).log.log_start_offset == 3


@COMMITS_AT_ONCE
def test_without_the_cleaner_compacted_logs_keep_all(commits_late: bool) -> None:
    """The round of the others leaves them out, as in Kafka."""
    broker = BrokerDriver(log_cleaner_enable="false")
    for topic, policy in (("both", "compact,delete"), ("old", "delete")):
        broker.create_topic(topic, **DIRTY | {"cleanup_policy": policy, "retention_ms": "1000"})
        write(broker, topic, 3)
    for _ in range(3):
        look(broker, 300_000)

    starts = [first(broker, topic).log.log_start_offset for topic in ("both", "old")]
    assert starts == [0, 3]


def test_records_that_are_not_committed_are_not_compacted(
    broker: BrokerDriver, commits_late: bool
) -> None:
    broker.create_topic("t", **DIRTY)
    write(broker, "t", 7)
    first(broker).high_watermark = 2

    look(broker)

    assert clean_to(broker, "t") == [2]


@pytest.mark.parametrize("step", ["cleanable", "prepare_cleaning"])
@pytest.mark.parametrize("error", [CorruptBatch("damaged"), DiskFull("no room")])
def test_a_log_that_cannot_be_looked_at_keeps_no_other_waiting(
    broker: BrokerDriver,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    step: str,
    error: Exception,
) -> None:
    broker.create_topic("bad", **DIRTY)
    broker.create_topic("good", **DIRTY)
    write(broker, "bad", 21)
    write(broker, "good", 7)
    real = getattr(Log, step)

    def fail(log: Log, *arguments: object) -> object:
        if log.topic == "bad":
            raise error
        return real(log, *arguments)

    monkeypatch.setattr(Log, step, fail)
    for _ in range(3):
        look(broker)

    assert clean_to(broker, "bad", "good") == [None, 6]
    assert "bad-0" in caplog.text


def test_a_log_that_failed_is_tried_again_after_the_others(broker: BrokerDriver) -> None:
    broker.create_topic("bad", **DIRTY)
    broker.create_topic("good", **DIRTY)

    def clean_good(job: CleaningJob) -> Cleaned:
        if job.folder.endswith("/bad-0"):
            raise StorageError("died")
        return clean(job, broker.filesystem)

    jobs = cleaned_by(broker, clean_good)
    write(broker, "bad", 21)
    write(broker, "good", 7)
    look(broker)
    look(broker)
    look(broker)

    asked = [job.folder.rpartition("/")[2] for job in jobs]
    assert asked[:2] == ["bad-0", "good-0"]
    assert asked[2:]
    assert set(asked[2:]) == {"bad-0"}


def test_a_stop_forgets_the_cleaning_that_was_not_swapped_in(broker: BrokerDriver) -> None:
    """What was deleted since would come back with the next start."""
    broker.create_topic("t", **DIRTY)
    write(broker, "t", 7)
    held = broker.node.replicas._cleaner._worker = HeldWorker()
    look(broker)
    ((run, _then),) = held._tasks
    run()
    first(broker).log.delete_before(6)  # the base offset of a segment

    broker.restart()

    assert first(broker).log.log_start_offset == 6
