"""Runs cleanings in a child process, so that the broker's own thread goes on.

The child reads a ``CleaningJob`` from its standard input and answers with a ``Cleaned``, or with
the exception, both pickled. It ends with the broker: its input is closed then.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from storage.cleaning_job import Cleaned, CleaningJob
from storage.errors import StorageError
from storage.filesystem import OsFilesystem

if TYPE_CHECKING:
    import subprocess


class CleanProcess:
    """One cleaning at a time."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._is_stopped = False

    def run(self, job: CleaningJob, bytes_per_second: float) -> Cleaned:
        """Waits for the child. Raises OSError, CorruptBatch as ``clean``, and StorageError where
        the child has died."""
        import pickle  # most brokers never compact, and start sooner without
        import subprocess

        words = [sys.executable, "-P", "-c", f"from {__name__} import main; main()"]
        process = self._process = subprocess.Popen(  # noqa: S603  # this interpreter
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=_environment(),
            start_new_session=True,  # Ctrl-C is for the broker
        )
        assert process.stdin is not None
        assert process.stdout is not None
        if self._is_stopped:
            process.kill()
        with suppress(BrokenPipeError):  # it has died
            pickle.dump((job, bytes_per_second), process.stdin)
            process.stdin.flush()
        answer = process.stdout.read()
        with suppress(BrokenPipeError):
            process.stdin.close()
        process.stdout.close()
        process.wait()
        self._process = None
        if not answer:
            raise StorageError(f"the process that cleans {job.folder} has died; it is tried again")
        found = pickle.loads(answer)  # noqa: S301  # our own child wrote it
        if isinstance(found, Exception):
            raise found
        assert isinstance(found, Cleaned)
        return found

    def stop(self) -> None:
        """Ends the cleaning that runs, and all later ones. May be called on any thread."""
        self._is_stopped = True
        if self._process is not None:
            self._process.kill()


def _environment() -> dict[str, str]:
    """The child imports the same packages."""
    return os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


class _Throttle:
    """Sleeps so that no more than so many bytes are read and written in a second."""

    def __init__(
        self,
        bytes_per_second: float,
        now_s: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._bytes_per_second = bytes_per_second
        self._now_s, self._sleep = now_s, sleep
        self._bytes = 0
        self._began_s = now_s()

    def __call__(self, size: int) -> None:
        self._bytes += size
        due_s = self._began_s + self._bytes / self._bytes_per_second
        if (wait_s := due_s - self._now_s()) > 0:
            self._sleep(wait_s)


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(1)


def main() -> None:
    import pickle

    from storage.cleaner import clean

    job, bytes_per_second = pickle.load(sys.stdin.buffer)  # noqa: S301  # our own parent wrote it
    threading.Thread(target=_end_with_parent, daemon=True).start()
    answer: Cleaned | Exception
    try:
        answer = clean(job, OsFilesystem(), _Throttle(bytes_per_second))
    except Exception as error:
        answer = error
    sys.stdout.buffer.write(pickle.dumps(answer))
    sys.stdout.buffer.flush()
    os._exit(0)  # the thread waits for the parent
