"""The files of one log: every change of a name has to be synced."""

from __future__ import annotations

import pytest

from storage import MemoryFilesystem
from storage.clock_cache import SegmentCaches
from storage.log_folder import LogFolder
from tests.log_configs import log_config


@pytest.fixture
def caches() -> SegmentCaches:
    return SegmentCaches(open_files=8)


@pytest.fixture
def folder(caches: SegmentCaches) -> LogFolder:
    filesystem = MemoryFilesystem()
    filesystem.make_folders("/d")
    return LogFolder("/d", filesystem, caches, [])


def test_every_change_of_a_name_is_counted(folder: LogFolder) -> None:
    segment = folder.new_segment(0, log_config(), 0)
    versions = [folder.names_version]
    folder.create_files(segment)
    versions.append(folder.names_version)
    folder.delete_segments([segment])
    versions.append(folder.names_version)
    folder.remove(min(folder.names()))
    versions.append(folder.names_version)

    assert len(set(versions)) == 4


def test_files_are_renamed_and_noted_for_deletion(folder: LogFolder) -> None:
    segment = folder.new_segment(0, log_config(), 0)
    folder.create_files(segment)
    before = folder.names()
    folder.delete_segments([segment])

    assert folder.names() == {f"{name}.deleted" for name in before}
    assert sorted(folder._deleted_files) == sorted(f"/d/{name}" for name in folder.names())


def test_what_is_deleted_takes_no_room_in_the_caches(
    folder: LogFolder, caches: SegmentCaches
) -> None:
    segment = folder.new_segment(0, log_config(), 0)
    folder.create_files(segment)
    segment.file()
    segment.offset_index.entries()
    assert (len(caches.files), len(caches.indexes)) == (1, 1)
    folder.delete_segments([segment])
    assert (len(caches.files), len(caches.indexes)) == (0, 0)
