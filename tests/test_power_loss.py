"""The model of a power failure: synced changes survive, any part of the others may."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from tests.faulty_filesystem import Killed
from tests.power_loss import SECTOR_BYTES, PowerLossFilesystem

SEEDS = range(200)


def outcomes(
    prepare: Callable[[PowerLossFilesystem], None], read: Callable[[PowerLossFilesystem], object]
) -> set[object]:
    """What ``read`` finds after power failures that follow ``prepare``."""
    found = set()
    for seed in SEEDS:
        filesystem = PowerLossFilesystem(Random(seed))
        filesystem.make_folders("/d")
        filesystem.sync_folder("")
        prepare(filesystem)
        filesystem.power_failure()
        found.add(read(filesystem))
    return found


def content(filesystem: PowerLossFilesystem) -> object:
    return filesystem.read("/d/a") if filesystem.exists("/d/a") else None


def names(filesystem: PowerLossFilesystem) -> object:
    return tuple(sorted(filesystem.list("/d")))


def test_synced_contents_under_a_synced_name_survive() -> None:
    def prepare(filesystem: PowerLossFilesystem) -> None:
        file = filesystem.open("/d/a")
        file.write(0, (b"sync", b"ed"))
        file.sync()
        filesystem.sync_folder("/d")
        file.write(6, (b"!",))

    assert outcomes(prepare, content) == {b"synced", b"synced!", b"synced\0"}


def test_a_synced_file_may_have_no_name() -> None:
    def prepare(filesystem: PowerLossFilesystem) -> None:
        file = filesystem.open("/d/a")
        file.write(0, (b"x",))
        file.sync()

    assert outcomes(prepare, content) == {None, b"x"}


def test_a_synced_name_may_have_no_contents() -> None:
    def prepare(filesystem: PowerLossFilesystem) -> None:
        filesystem.open("/d/a").write(0, (b"x",))
        filesystem.sync_folder("/d")

    assert outcomes(prepare, content) == {b"", b"x", b"\0"}


def test_a_replacement_that_was_not_synced_may_be_empty() -> None:
    def prepare(filesystem: PowerLossFilesystem) -> None:
        file = filesystem.open("/d/a")
        file.write(0, (b"old",))
        file.sync()
        filesystem.sync_folder("/d")
        filesystem.replace("/d/a", b"new")

    assert {b"old", b"new", b""} <= outcomes(prepare, content)


def test_names_come_and_go_in_any_order() -> None:
    def prepare(filesystem: PowerLossFilesystem) -> None:
        filesystem.open("/d/a")
        filesystem.open("/d/b")
        filesystem.sync_folder("/d")
        filesystem.remove("/d/a")
        filesystem.rename("/d/b", "/d/c")

    assert outcomes(prepare, names) == {("a", "b"), ("b",), ("a", "c"), ("c",)}


def test_a_rename_is_one_change() -> None:
    def prepare(filesystem: PowerLossFilesystem) -> None:
        filesystem.make_folders("/d/a")
        filesystem.sync_folder("/d")
        filesystem.rename("/d/a", "/d/b")

    assert outcomes(prepare, names) == {("a",), ("b",)}


def test_a_folder_that_goes_takes_its_files_with_it() -> None:
    def prepare(filesystem: PowerLossFilesystem) -> None:
        filesystem.make_folders("/d/e")
        filesystem.open("/d/e/a")
        filesystem.sync_folder("/d")
        filesystem.sync_folder("/d/e")
        filesystem.remove_tree("/d/e")

    assert outcomes(prepare, lambda fs: fs.exists("/d/e/a")) == {True, False}


def test_sectors_are_whole_and_independent() -> None:
    def prepare(filesystem: PowerLossFilesystem) -> None:
        file = filesystem.open("/d/a")
        filesystem.sync_folder("/d")
        file.write(SECTOR_BYTES - 1, (b"xy" + b"z" * SECTOR_BYTES,))

    found = outcomes(prepare, content)
    halves = {(data[SECTOR_BYTES - 1 : SECTOR_BYTES], data[SECTOR_BYTES:][:1]) for data in found}
    assert {(b"x", b""), (b"\0", b"y"), (b"x", b"y"), (b"x", b"\0")} <= halves


def test_a_truncation_may_be_undone() -> None:
    def prepare(filesystem: PowerLossFilesystem) -> None:
        file = filesystem.open("/d/a")
        file.write(0, (b"abc",))
        file.sync()
        filesystem.sync_folder("/d")
        file.truncate(1)

    assert outcomes(prepare, content) == {b"a", b"abc"}


def test_the_process_is_killed_before_an_operation() -> None:
    filesystem = PowerLossFilesystem(Random(0))
    filesystem.make_folders("/d")
    file = filesystem.open("/d/a")
    lock = filesystem.lock("/d/.lock")
    filesystem.kill_at = filesystem.operations + 1
    file.write(0, (b"a",))
    with pytest.raises(Killed):
        file.write(1, (b"b",))
    assert filesystem.read("/d/a") == b"a"
    filesystem.power_failure()
    filesystem.make_folders("/d")
    filesystem.lock("/d/.lock").close()
    lock.close()


def test_the_same_seed_leaves_the_same() -> None:
    def survivors(seed: int) -> list[tuple[str, bytes]]:
        filesystem = PowerLossFilesystem(Random(seed))
        filesystem.make_folders("/d")
        filesystem.sync_folder("")
        for name in "abcdef":
            filesystem.open(f"/d/{name}").write(0, (name.encode() * 2000,))
        filesystem.power_failure()
        return [(name, filesystem.read(f"/d/{name}")) for name in filesystem.list("/d")]

    assert survivors(7) == survivors(7)
    assert len({str(survivors(seed)) for seed in range(10)}) > 5
