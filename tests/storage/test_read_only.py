"""A filesystem that changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.read_only import ReadOnlyFilesystem


@pytest.fixture
def path(tmp_path: Path) -> str:
    (tmp_path / "file").write_bytes(b"0123456789")
    return str(tmp_path / "file")


def test_truncated(path: str) -> None:
    """For this object only, which tells what went."""
    filesystem = ReadOnlyFilesystem()
    filesystem.open(path).truncate(4)

    assert (filesystem.read(path), filesystem.size(path)) == (b"0123", 4)
    assert filesystem.open(path).read(2, 99) == b"23"
    assert list(filesystem.cuts()) == [(path, 4)]
    assert Path(path).read_bytes() == b"0123456789"


def test_written(path: str) -> None:
    """Over, behind, and after a cut."""
    filesystem = ReadOnlyFilesystem()
    file = filesystem.open(path)
    file.write(10, (b"ab", b"c"))
    assert list(filesystem.cuts()) == []
    file.write(8, (b"XY",))
    assert filesystem.read(path) == b"01234567XYabc"
    file.truncate(9)

    assert (filesystem.read(path), file.size()) == (b"01234567X", 9)
    file.write(2, (b"z",))
    assert filesystem.read(path) == b"01z34567X"
    assert list(filesystem.cuts()) == [(path, 2)]
    assert Path(path).read_bytes() == b"0123456789"


def test_new_and_replaced(path: str, tmp_path: Path) -> None:
    """Are in memory, and in the list."""
    filesystem = ReadOnlyFilesystem()
    filesystem.replace(path, b"new")
    filesystem.open(f"{tmp_path}/made").write(0, (b"m",))
    filesystem.open(f"{tmp_path}/empty")
    filesystem.make_folders(f"{tmp_path}/folder")

    assert filesystem.read(path) == b"new"
    assert list(filesystem.cuts()) == [(path, 0)]
    assert filesystem.list(str(tmp_path)) == ["empty", "file", "made"]
    assert filesystem.exists(f"{tmp_path}/made")
    assert [found.name for found in tmp_path.iterdir()] == ["file"]
    assert Path(path).read_bytes() == b"0123456789"


def test_removed_and_renamed(path: str, tmp_path: Path) -> None:
    """Gone from its place, and there as before."""
    filesystem = ReadOnlyFilesystem()
    filesystem.rename(path, f"{tmp_path}/other")

    assert filesystem.list(str(tmp_path)) == ["other"]
    assert filesystem.read(f"{tmp_path}/other") == b"0123456789"
    with pytest.raises(FileNotFoundError):
        filesystem.read(path)
    filesystem.remove(f"{tmp_path}/other")
    assert filesystem.list(str(tmp_path)) == []
    assert list(filesystem.cuts()) == [(path, 0)]
    with pytest.raises(OSError, match="stays"):
        filesystem.remove_tree(str(tmp_path))


def test_written_in_the_middle(path: str) -> None:
    """What lies behind it is still there, though no longer as it was in the file."""
    filesystem = ReadOnlyFilesystem()
    filesystem.open(path).write(3, (b"X",))
    assert filesystem.read(path) == b"012X456789"
    assert list(filesystem.cuts()) == [(path, 3)]


def test_a_folder_is_not_another_whose_name_begins_like_its_own(tmp_path: Path) -> None:
    filesystem = ReadOnlyFilesystem()
    for name in ("t-1", "t-10"):
        (tmp_path / name).mkdir()
        filesystem.replace(f"{tmp_path}/{name}/file of {name}", b"")
    assert filesystem.list(f"{tmp_path}/t-1") == ["file of t-1"]


def test_locked(path: str, tmp_path: Path) -> None:
    """By one; a lock that nobody ever took is not made."""
    holder = ReadOnlyFilesystem().lock(path)
    with pytest.raises(BlockingIOError):
        ReadOnlyFilesystem().lock(path)
    holder.close()
    ReadOnlyFilesystem().lock(path).close()

    ReadOnlyFilesystem().lock(f"{tmp_path}/.lock")
    assert not (tmp_path / ".lock").exists()
