"""When a log directory fails, and what it tolerates."""

from __future__ import annotations

import errno

import pytest

from storage.errors import DiskFull, LogDirFailed, StorageError
from storage.log_dir_status import LogDirStatus, tolerates_full_disk

NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


@pytest.mark.parametrize("code", NO_ROOM)
def test_a_full_disk_is_tolerated(code: int) -> None:
    with tolerates_full_disk():
        raise OSError(code, "no room")


def test_no_other_error_is() -> None:
    with pytest.raises(OSError, match="broken"), tolerates_full_disk():
        raise OSError(errno.EIO, "broken")


def test_the_first_failure_is_told_once() -> None:
    told: list[StorageError] = []
    status = LogDirStatus()
    status.on_failure = told.append
    first = StorageError("first")
    status.fail(first)
    status.fail(StorageError("second"))

    assert told == [first]
    assert status.failed is first
    with pytest.raises(LogDirFailed, match="first"):
        status.check()


@pytest.mark.parametrize("code", NO_ROOM)
def test_a_full_disk_is_no_failure(code: int) -> None:
    status = LogDirStatus()

    assert isinstance(status.refusal("writing", OSError(code, "no room")), DiskFull)
    assert status.failed is None


def test_any_other_error_is_one() -> None:
    status = LogDirStatus()
    refusal = status.refusal("writing", OSError(errno.EIO, "broken"))

    assert not isinstance(refusal, DiskFull)
    assert status.failed is refusal
