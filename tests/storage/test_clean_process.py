"""A cleaning in a process of its own."""

from __future__ import annotations

import threading

import pytest

from storage import CleanProcess, CorruptBatch, LogDir, OsFilesystem, StorageError
from storage.clean_process import _Throttle
from storage.cleaning_job import CleaningJob
from tests.storage.compaction import NO_LIMIT, newest, prepared, records
from tests.storage.conftest import IDENTITY, NOW, TOPIC_ID
from tests.storage.test_cleaning import CONFIG, complete, filled


def job(folder: str) -> CleaningJob:
    return CleaningJob(folder, [], 0, 0, [], {}, CONFIG, NOW, 100)


def test_it_cleans_as_the_broker_itself_would(tmp_path_factory: pytest.TempPathFactory) -> None:
    kept = []
    for clean in (None, CleanProcess().run):
        path = str(tmp_path_factory.mktemp("data"))
        log_dir = LogDir(path, OsFilesystem(), clean=clean)
        log_dir.open(IDENTITY)
        log = filled(log_dir.open_log("t", 0, TOPIC_ID, CONFIG, NOW))
        before = newest(records(log))
        cleaning = prepared(log)
        assert cleaning is not None
        cleaning.run(NO_LIMIT)
        complete(log, cleaning)
        assert newest(records(log)) == before
        assert log.problems() == []
        kept.append(records(log))
        log_dir.close({}, clean=True)

    assert kept[0] == kept[1]


def test_what_it_raises_is_raised_here(tmp_path_factory: pytest.TempPathFactory) -> None:
    log_dir = LogDir(str(tmp_path_factory.mktemp("data")), OsFilesystem(), clean=CleanProcess().run)
    log_dir.open(IDENTITY)
    log = filled(log_dir.open_log("t", 0, TOPIC_ID, CONFIG, NOW))
    cleaning = prepared(log)
    assert cleaning is not None
    file = OsFilesystem().open(f"{log_dir.path}/t-0/{0:020d}.log")
    file.write(80, (b"\xff" * 8,))

    cleaning.run(NO_LIMIT)

    assert isinstance(cleaning.error, CorruptBatch)
    log_dir.close({}, clean=False)


def test_a_stopped_one_runs_no_more(tmp_path_factory: pytest.TempPathFactory) -> None:
    process = CleanProcess()
    process.stop()

    with pytest.raises(StorageError, match="has died"):
        process.run(job(str(tmp_path_factory.mktemp("data"))), NO_LIMIT)


def test_a_stop_ends_the_cleaning_that_runs(tmp_path_factory: pytest.TempPathFactory) -> None:
    """It would take for ever at this rate."""
    process = CleanProcess()
    log_dir = LogDir(str(tmp_path_factory.mktemp("data")), OsFilesystem(), clean=process.run)
    log_dir.open(IDENTITY)
    log = filled(log_dir.open_log("t", 0, TOPIC_ID, CONFIG, NOW))
    cleaning = prepared(log)
    assert cleaning is not None
    thread = threading.Thread(target=cleaning.run, args=[0.001])
    thread.start()

    process.stop()

    thread.join(30)
    assert isinstance(cleaning.error, StorageError)
    log_dir.close({}, clean=False)


def test_it_keeps_to_the_rate() -> None:
    slept: list[float] = []
    throttle = _Throttle(100, lambda: 5.0, slept.append)

    throttle(50)
    throttle(100)

    assert slept == [0.5, 1.5]


def test_without_a_limit_it_never_sleeps() -> None:
    slept: list[float] = []

    _Throttle(NO_LIMIT, lambda: 5.0, slept.append)(1 << 40)

    assert slept == []
