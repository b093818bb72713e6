"""Whether a log directory has failed: shared by its logs and by the flushes of the worker."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from storage.errors import DiskFull, LogDirFailed, StorageError

# What the operating system says when there is no room, or none for this user.
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def tolerates_full_disk() -> Iterator[None]:
    """Ignores a full disk: for writes that are useful but not necessary."""
    try:
        yield
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise


class LogDirStatus:
    """``failed`` is the error that made the directory fail, or None."""

    __slots__ = ("failed", "on_failure")

    def __init__(self, failed: StorageError | None = None) -> None:
        self.failed = failed
        self.on_failure: Callable[[StorageError], None] | None = None

    def fail(self, error: StorageError) -> None:
        """Marks the directory as failed: nothing is written any more. Any thread may call it."""
        if self.failed is None:
            self.failed = error
            if self.on_failure is not None:
                self.on_failure(error)

    def check(self) -> None:
        """Raises LogDirFailed when the directory has failed."""
        if self.failed is not None:
            raise LogDirFailed(str(self.failed)) from self.failed

    def refusal(self, doing: str, error: OSError) -> LogDirFailed:
        """What to raise for ``error``: DiskFull, or LogDirFailed, and the directory has failed."""
        if error.errno in _NO_ROOM:
            return DiskFull(f"{doing}: {error}")
        return self.failure(doing, error)

    def failure(self, doing: str, error: OSError) -> LogDirFailed:
        """What to raise for an ``error`` after which the files are not what they should be: the
        directory has failed, also where there was no room."""
        failure = LogDirFailed(f"{doing}: {error}")
        self.fail(failure)
        return failure


class HasStatus(Protocol):
    """What ``fails_log_dir`` works on: a log or a log directory."""

    _status: LogDirStatus

    @property
    def name(self) -> str: ...


_S = TypeVar("_S", bound=HasStatus)
_P = ParamSpec("_P")
_R = TypeVar("_R")


def fails_log_dir(method: Callable[Concatenate[_S, _P], _R]) -> Callable[Concatenate[_S, _P], _R]:
    """Turns an OSError of ``method`` into the error that ``LogDirStatus.refusal`` gives."""

    @wraps(method)
    def guarded(self: _S, /, *args: _P.args, **kwargs: _P.kwargs) -> _R:
        try:
            return method(self, *args, **kwargs)
        except OSError as error:
            doing = method.__name__.strip("_").replace("_", " ")
            raise self._status.refusal(f"{doing} of {self.name}", error) from error

    return guarded
