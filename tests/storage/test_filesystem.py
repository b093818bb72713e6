"""All filesystems behave alike."""

from __future__ import annotations

import os
from pathlib import Path
from random import Random
from types import SimpleNamespace

import pytest

from storage import FileRegion, MemoryFilesystem, OsFilesystem
from storage.filesystem import Filesystem, replace_durably
from storage.read_only import ReadOnlyFilesystem
from tests.power_loss import PowerLossFilesystem


@pytest.fixture(params=["os", "memory", "power loss"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Filesystem, str]:
    if request.param == "os":
        return OsFilesystem(), str(tmp_path)
    memory = request.param == "memory"
    filesystem = MemoryFilesystem() if memory else PowerLossFilesystem(Random(0))
    filesystem.make_folders("/files")
    return filesystem, "/files"


Root = tuple[Filesystem, str]


def test_files(root: Root) -> None:
    filesystem, path = root
    file = filesystem.open(f"{path}/a")
    assert file.write(0, (b"abc", memoryview(b"defg"))) == 7
    assert file.write(5, (b"XYZ",)) == 3
    assert (file.read(3, 99), file.read(2, 2), file.read(20, 5)) == (b"deXYZ", b"cd", b"")
    file.truncate(4)
    file.sync()
    assert (file.size(), filesystem.size(f"{path}/a"), filesystem.read(f"{path}/a")) == (
        4,
        4,
        b"abcd",
    )
    assert filesystem.open(f"{path}/a").read(0, 4) == b"abcd"


def test_what_is_not_there(root: Root) -> None:
    filesystem, path = root
    for call in (filesystem.read, filesystem.size, filesystem.remove, filesystem.list):
        with pytest.raises(FileNotFoundError):
            call(f"{path}/none")
    with pytest.raises(FileNotFoundError):
        filesystem.open(f"{path}/none/file")
    with pytest.raises(FileNotFoundError):
        filesystem.rename(f"{path}/none", f"{path}/other")
    assert not filesystem.exists(f"{path}/none")


def test_replace(root: Root) -> None:
    filesystem, path = root
    filesystem.replace(f"{path}/a", b"one")
    filesystem.replace(f"{path}/a", b"2")
    assert filesystem.read(f"{path}/a") == b"2"
    assert filesystem.list(path) == ["a"]


@pytest.mark.parametrize("data", [b"new", b""])
def test_replace_after_one_that_was_cut_short(root: Root, data: bytes) -> None:
    """Nothing of the file that it left becomes part of the new one."""
    filesystem, path = root
    for replace in (filesystem.replace, lambda *one: replace_durably(filesystem, *one)):
        filesystem.open(f"{path}/a.tmp").write(0, (b"left behind",))
        replace(f"{path}/a", data)
        assert filesystem.read(f"{path}/a") == data


@pytest.mark.parametrize("filesystem", [OsFilesystem(), ReadOnlyFilesystem()])
def test_times_are_milliseconds(filesystem: Filesystem, tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    os.utime(tmp_path / "a", ns=(0, 1_760_000_000_123_999_999))
    assert filesystem.modified_ms(str(tmp_path / "a")) == 1_760_000_000_123


@pytest.mark.parametrize("filesystem", [OsFilesystem(), ReadOnlyFilesystem()])
def test_the_size_of_a_volume(filesystem: Filesystem, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is free is what others than root may use; memory has no volume."""
    volume = SimpleNamespace(f_blocks=10, f_bfree=4, f_bavail=3, f_frsize=4096, f_bsize=8192)
    monkeypatch.setattr(os, "statvfs", lambda _path: volume)
    assert filesystem.volume_bytes("/") == (40_960, 12_288)
    assert MemoryFilesystem().volume_bytes("/") == (-1, -1)


def test_folders(root: Root) -> None:
    filesystem, path = root
    filesystem.make_folders(f"{path}/x/y")
    filesystem.make_folders(f"{path}/x/y")
    filesystem.replace(f"{path}/x/y/a", b"1")
    filesystem.replace(f"{path}/x/b", b"2")
    assert sorted(filesystem.list(f"{path}/x")) == ["b", "y"]
    filesystem.rename(f"{path}/x", f"{path}/z")
    filesystem.sync_folder(f"{path}/z")
    assert filesystem.read(f"{path}/z/y/a") == b"1"
    assert not filesystem.exists(f"{path}/x")
    filesystem.remove(f"{path}/z/b")
    filesystem.remove_tree(f"{path}/z")
    assert filesystem.list(path) == []
    assert not filesystem.exists(f"{path}/z/y/a")


def test_locks(root: Root) -> None:
    filesystem, path = root
    lock = filesystem.lock(f"{path}/.lock")
    with pytest.raises(BlockingIOError):
        filesystem.lock(f"{path}/.lock")
    lock.close()
    filesystem.lock(f"{path}/.lock").close()


def test_an_open_file_outlives_its_name(root: Root) -> None:
    filesystem, path = root
    file = filesystem.open(f"{path}/a")
    file.write(0, (b"abc",))
    filesystem.remove(f"{path}/a")
    region = FileRegion(file, 1, 2)
    assert (len(region), region.read()) == (2, b"bc")


def test_a_read_that_the_system_shortens_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = OsFilesystem().open(str(tmp_path / "a"))
    file.write(0, (b"abcdefgh",))
    pread = os.pread
    monkeypatch.setattr(os, "pread", lambda fd, length, at: pread(fd, min(length, 3), at))
    assert (file.read(0, 8), file.read(1, 5), file.read(6, 9)) == (b"abcdefgh", b"bcdef", b"gh")


def test_a_descriptor_closes_with_its_last_reference(tmp_path: Path) -> None:
    file = OsFilesystem().open(str(tmp_path / "a"))
    fd = file.fileno()
    region = FileRegion(file, 0, 0)
    del file
    os.fstat(fd)
    del region
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(fd)


def test_memory_has_no_descriptors() -> None:
    filesystem = MemoryFilesystem()
    filesystem.make_folders("/d")
    with pytest.raises(OSError, match="no descriptor"):
        filesystem.open("/d/a").fileno()
