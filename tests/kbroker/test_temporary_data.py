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
