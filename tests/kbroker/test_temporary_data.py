from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from kbroker import temporary_data
from storage import OsFilesystem


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_new_folder_is_empty_and_can_be_removed(root: Path) -> None:
    folder = Path(temporary_data.new_folder())
    assert list(root.iterdir()) == [folder]
    assert list(folder.iterdir()) == []

    temporary_data.remove(str(folder))

    assert list(root.iterdir()) == []


def test_folders_of_killed_brokers_are_removed_and_no_others(root: Path) -> None:
    """A living broker holds the lock of its folder."""
    killed, living = Path(temporary_data.new_folder()), root / "kbroker-data-living"
    (killed / "left").touch()
    living.mkdir()
    lock = OsFilesystem().lock(str(living / ".lock"))
    (root / "of somebody else").mkdir()

    new = Path(temporary_data.new_folder())
    lock.close()

    assert set(root.iterdir()) == {new, living, root / "of somebody else"}


def test_every_folder_of_a_killed_broker_is_removed(root: Path) -> None:
    """What only looks like one stays, and what is no folder does not matter."""
    killed = [root / f"kbroker-data-{number}" for number in range(3)]
    for folder in killed:
        folder.mkdir()
    others = [root / "my-kbroker-data-1", root / "kbroker-datum"]
    for folder in others:
        folder.mkdir()
    (root / "kbroker-data-file").touch()

    new = Path(temporary_data.new_folder())

    assert new.name.startswith("kbroker-data-")
    assert set(root.iterdir()) == {new, *others, root / "kbroker-data-file"}


def test_a_folder_that_is_gone_is_removed(root: Path) -> None:
    temporary_data.remove(str(root / "gone"))


def test_a_folder_is_held_until_it_is_gone(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody begins to use it meanwhile."""
    folder = root / "kbroker-data-killed"
    folder.mkdir()
    locked: list[bool] = []
    remove = temporary_data.remove

    def note(path: str) -> None:
        try:
            OsFilesystem().lock(f"{path}/.lock").close()
        except OSError:
            locked.append(True)
        remove(path)

    monkeypatch.setattr(temporary_data, "remove", note)
    temporary_data.new_folder()
    assert locked == [True]
