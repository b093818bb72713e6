"""A cleaning step by step: what changes meanwhile, and what a death at each operation leaves."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from random import Random

import pytest

from storage import (
    Cleaning,
    DiskFull,
    Log,
    LogDir,
    LogDirFailed,
    MemoryFilesystem,
    StorageError,
)
from storage.cleaning_job import Cleaned, CleaningJob
from tests.faulty_filesystem import Killed
from tests.log_configs import log_config
from tests.power_loss import PowerLossFilesystem
from tests.storage.compaction import NO_LIMIT, committed, newest, prepared, records, stored
from tests.storage.conftest import IDENTITY, NOW, TOPIC_ID, Workbench, folder_of
from tests.storage.log_steps import append
from tests.storage.test_cleaner import abort, batch, transactional
from wire.records import Record

CONFIG = log_config(
    cleanup_policy=frozenset({"compact"}), segment_bytes=170, index_interval_bytes=0
)
FILES = (".cleaned", ".swap", ".deleted")


def filled(log: Log, rounds: int = 3) -> Log:
    """Several segments, most of whose records are replaced; an aborted transaction."""
    append(log, transactional(7, ("a", "aborted")))
    abort(log, 7)
    for number in range(rounds):
        for key in "abcd":
            append(log, batch((key, f"{number}" * 20)))
    log.roll(NOW)
    return log


@pytest.fixture
def log(bench: Workbench) -> Log:
    return filled(bench.log(CONFIG))


def begun(log: Log) -> Cleaning:
    cleaning = prepared(log)
    assert cleaning is not None
    cleaning.run(NO_LIMIT)
    return cleaning


def names(bench: Workbench, log: Log) -> list[str]:
    """Of files that are there for a while only."""
    found = bench.filesystem.list(folder_of(log))
    return sorted(name for name in found if name.endswith(FILES))


def test_the_steps(bench: Workbench, log: Log) -> None:
    before = records(log)
    cleaning = begun(log)
    assert records(log) == before
    assert all(name.endswith(".swap") for name in names(bench, log))

    assert log.swap_in(cleaning, NOW)
    after = records(log)
    assert len(after) < len(before)
    cleaning.sync_names()
    log.complete_cleaning(cleaning)

    assert records(log) == after
    assert newest(after) == newest(before)
    assert all(name.endswith(".deleted") for name in names(bench, log))
    bench.log_dir.purge()
    assert names(bench, log) == []
    assert log.size_bytes == sum(one.size for one in stored(log))


def test_how_far_it_is_clean_outlives_a_restart(bench: Workbench, log: Log) -> None:
    complete(log, begun(log))
    end = log.first_dirty_offset
    bench.log_dir.checkpoint_cleaning()

    again = bench.reopen(log, clean=False)

    assert again.first_dirty_offset == end
    assert prepared(again) is None


def complete(log: Log, cleaning: Cleaning) -> None:
    assert log.swap_in(cleaning, NOW)
    cleaning.sync_names()
    log.complete_cleaning(cleaning)


@pytest.mark.parametrize("clean", [False, True])
def test_a_restart_between_the_swap_and_the_names(bench: Workbench, log: Log, clean: bool) -> None:
    cleaning = begun(log)
    assert log.swap_in(cleaning, NOW)
    expected = records(log)

    again = bench.reopen(log, clean=clean)

    assert records(again) == expected
    assert [name for name in names(bench, again) if not name.endswith(".deleted")] == []


@pytest.mark.parametrize(
    "change",
    [
        lambda log: log.truncate_to(5, NOW),
        lambda log: log.truncate_fully_and_start_at(20, NOW),
        lambda log: log.delete_before(log.log_end_offset - 1),
        lambda log: setattr(log, "config", log_config(cleanup_policy=frozenset({"delete"}))),
    ],
    ids=["truncated", "emptied", "deleted before", "another policy"],
)
def test_a_log_that_changed_meanwhile_is_left_as_it_is(
    bench: Workbench, log: Log, change: Callable[[Log], None]
) -> None:
    cleaning = begun(log)
    change(log)
    expected = records(log)

    assert not log.swap_in(cleaning, NOW)

    assert records(log) == expected
    assert [name for name in names(bench, log) if not name.endswith(".deleted")] == []
    assert log.first_dirty_offset is None


def test_appends_and_rolls_go_on_meanwhile(log: Log) -> None:
    cleaning = begun(log)
    append(log, batch(("a", "new")))
    log.roll(NOW)
    append(log, batch(("b", "new")))

    complete(log, cleaning)

    assert newest(records(log)) == {
        b"a": b"new", b"b": b"new", b"c": b"2" * 20, b"d": b"2" * 20,
    }  # fmt: skip


def test_segments_deleted_between_the_swap_and_the_names_stay_deleted(
    bench: Workbench, log: Log
) -> None:
    cleaning = begun(log)
    assert log.swap_in(cleaning, NOW)
    log.delete_before(log.log_end_offset)
    cleaning.sync_names()

    log.complete_cleaning(cleaning)

    assert records(log) == []
    again = bench.reopen(log, clean=False)
    assert records(again) == []


def test_a_truncation_takes_the_clean_part_with_it(log: Log) -> None:
    complete(log, begun(log))

    last = records(log)[-1].offset

    log.truncate_to(last, NOW)

    assert log.first_dirty_offset == last


def test_a_new_topic_of_that_name_is_dirty(bench: Workbench, log: Log) -> None:
    complete(log, begun(log))
    bench.log_dir.checkpoint_cleaning()
    bench.log_dir.delete_log(log)
    bench.logs.remove(log)
    bench.stop(clean=False)
    bench.start()

    assert bench.log(CONFIG).first_dirty_offset is None


def test_a_first_dirty_offset_beyond_the_log_counts_for_nothing(log: Log) -> None:
    log.first_dirty_offset = log.log_end_offset + 1

    found = log.cleanable(log.log_end_offset, NOW)

    assert found is not None
    assert found.first_dirty_offset == 0


# -- failures ------------------------------------------------------------------------------------


def failing(bench: Workbench, error: Exception) -> Log:
    """A log whose cleanings fail."""

    def clean(_job: CleaningJob, _bytes_per_second: float) -> Cleaned:
        raise error

    bench.log_dir._clean = clean
    return filled(bench.log(CONFIG, topic="other"))


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (OSError(errno.ENOSPC, "no room"), DiskFull),
        (StorageError("died"), StorageError),
    ],
)
def test_after_these_it_can_be_tried_again(
    bench: Workbench, error: Exception, raised: type[Exception]
) -> None:
    log = failing(bench, error)
    expected = records(log)
    cleaning = begun(log)

    with pytest.raises(raised):
        log.swap_in(cleaning, NOW)

    assert records(log) == expected
    assert bench.log_dir.failed is None


def test_a_disk_that_fails_ends_the_log_directory(bench: Workbench) -> None:
    log = failing(bench, OSError(errno.EIO, "broken"))
    cleaning = begun(log)

    with pytest.raises(LogDirFailed):
        log.swap_in(cleaning, NOW)

    assert bench.log_dir.failed is not None


def test_segments_that_went_meanwhile_are_no_failure(bench: Workbench) -> None:
    log = failing(bench, FileNotFoundError("a segment"))

    assert not log.swap_in(begun(log), NOW)

    assert bench.log_dir.failed is None


def test_a_failed_sync_of_the_names_ends_the_log_directory(bench: Workbench, log: Log) -> None:
    cleaning = begun(log)
    assert log.swap_in(cleaning, NOW)
    cleaning.error = OSError(errno.EIO, "broken")

    with pytest.raises(LogDirFailed):
        log.complete_cleaning(cleaning)

    assert log.first_dirty_offset is None
    log._store.settle_swap()  # so that the files can be checked


def test_between_the_swap_and_the_names_no_other_cleaning_begins(log: Log) -> None:
    """It would write over files that are read."""
    cleaning = begun(log)
    assert log.swap_in(cleaning, NOW)

    assert log.cleanable(log.log_end_offset, NOW) is None

    cleaning.sync_names()
    log.complete_cleaning(cleaning)
    assert log.cleanable(log.log_end_offset, NOW) is not None


def test_what_another_cleaning_left_is_not_in_the_way(bench: Workbench, log: Log) -> None:
    """A start after a crash takes any file that is still called cleaned for an unfinished swap."""
    folder = folder_of(log)
    for offset in (0, 5, 1000):
        bench.filesystem.open(f"{folder}/{offset:020d}.timeindex.cleaned").write(0, (b"x" * 12,))
    cleaning = begun(log)

    assert [name for name in names(bench, log) if name.endswith(".cleaned")] == []
    assert log.swap_in(cleaning, NOW)
    expected = records(log)
    again = bench.reopen(log, clean=False)
    assert records(again) == expected


def test_an_abandoned_cleaning_is_not_swapped_in_by_the_next_start(
    bench: Workbench, log: Log
) -> None:
    """What was deleted since would come back."""
    begun(log)
    log.delete_before(log.log_end_offset - 1)
    log.abandon_cleaning()

    again = bench.reopen(log)

    assert again.log_start_offset == log.log_end_offset - 1


def test_a_cleaning_that_was_swapped_in_is_not_abandoned(bench: Workbench, log: Log) -> None:
    assert log.swap_in(begun(log), NOW)
    expected = records(log)

    log.abandon_cleaning()

    assert records(log) == expected
    assert records(bench.reopen(log)) == expected


@pytest.mark.parametrize("renames", range(0, 60, 3))
def test_a_rename_that_fails_ends_the_log_directory(
    bench: Workbench, log: Log, monkeypatch: pytest.MonkeyPatch, renames: int
) -> None:
    """Also where there is no room for a name: memory and files do not agree any more. The next
    start finishes the swap."""
    expected = newest(committed(log))
    cleaning = begun(log)
    left = [renames]
    rename = MemoryFilesystem.rename

    def rename_some(self: MemoryFilesystem, path: str, new_path: str) -> None:
        if not left[0]:
            raise OSError(errno.ENOSPC, "no room")
        left[0] -= 1
        rename(self, path, new_path)

    monkeypatch.setattr(MemoryFilesystem, "rename", rename_some)
    with pytest.raises(LogDirFailed):  # noqa: PT012  # one of the two
        log.swap_in(cleaning, NOW)
        log.complete_cleaning(cleaning)
    monkeypatch.undo()

    assert bench.log_dir.failed is not None
    bench.logs.remove(log)
    bench.stop(clean=False)
    bench.start()
    assert newest(committed(bench.log(CONFIG))) == expected


# -- deaths --------------------------------------------------------------------------------------


def lives(filesystem: PowerLossFilesystem) -> Iterator[Log]:
    """Cleans a log; yields it before, and when it is open again after each death."""
    log_dir = LogDir("/data", filesystem)
    log_dir.open(IDENTITY)
    log = log_dir.open_log("t", 0, TOPIC_ID, CONFIG, NOW)
    yield log
    cleaning = prepared(log)
    if cleaning is not None:
        cleaning.run(NO_LIMIT)
        complete(log, cleaning)
        log_dir.checkpoint_cleaning()
        log_dir.purge()
    yield log


def prepared_disk(seed: int) -> tuple[PowerLossFilesystem, list[Record]]:
    filesystem = PowerLossFilesystem(Random(seed))
    log_dir = LogDir("/data", filesystem)
    log_dir.open(IDENTITY)
    log = filled(log_dir.open_log("t", 0, TOPIC_ID, CONFIG, NOW))
    expected = committed(log)
    log_dir.close({}, clean=True)
    filesystem.power_failure()
    return filesystem, expected


def operations() -> int:
    filesystem, _ = prepared_disk(0)
    before = filesystem.operations
    list(lives(filesystem))
    return filesystem.operations - before


@pytest.mark.parametrize("loses_power", [False, True], ids=["killed", "power"])
@pytest.mark.parametrize("part", range(4))
def test_a_death_at_each_operation(part: int, loses_power: bool) -> None:
    """And once more at one of those of the start that follows."""
    for operation in range(part, operations(), 4):
        filesystem, expected = prepared_disk(operation)
        random = Random(operation)
        kill_at = filesystem.operations + operation
        for _ in range(2):
            filesystem.kill_at = kill_at
            try:
                list(lives(filesystem))
            except Killed:
                pass
            if loses_power:
                filesystem.power_failure()
            filesystem.kill_at = None
            filesystem._locked.clear()
            kill_at = filesystem.operations + random.randint(1, 60)
        life = lives(filesystem)
        log = next(life)
        assert log.problems() == []
        assert newest(committed(log)) == newest(expected)
        assert log.log_end_offset == len(expected) + 2
        log = next(life)
        assert log.problems() == []
        assert newest(committed(log)) == newest(expected)
        assert len(committed(log)) == 4
