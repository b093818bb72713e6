"""Logs in memory or on disk, checked at teardown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from storage import Log, LogConfig, LogDir, MemoryFilesystem, MetaProperties, OsFilesystem
from storage.filesystem import Filesystem
from storage.leader_epochs import LeaderEpochs
from storage.producer_state import ProducerStates
from storage.segments import LogSegments
from tests.log_configs import log_config
from wire.records import BatchBuilder

NOW = 1_760_000_000_000
TOPIC_ID = bytes(range(16))
IDENTITY = MetaProperties("bt4NFHPqR3qOFiCFdEmjpw", 1, "AAAAAAAAAAAAAAAAAAAAAA")


def segments_of(log: Log) -> LogSegments:
    return log._store._segments  # type: ignore[attr-defined]


def folder_of(log: Log) -> str:
    return log._store._folder.path  # type: ignore[attr-defined]


def epochs_of(log: Log) -> LeaderEpochs:
    return log._epochs


def producers_of(log: Log) -> ProducerStates:
    return log._producers


class Workbench:
    """One log directory that can be stopped and started; it checks its logs when it stops."""

    def __init__(self, filesystem: Filesystem, path: str, open_files: int = 8) -> None:
        self.filesystem = filesystem
        self.path = path
        self.open_files = open_files
        self.start()

    def start(self) -> None:
        self.log_dir = LogDir(self.path, self.filesystem, self.open_files)
        self.log_dir.open(IDENTITY)
        self.logs: list[Log] = []

    def log(self, config: LogConfig | None = None, topic: str = "t", partition: int = 0) -> Log:
        config = config or log_config()
        log = self.log_dir.open_log(topic, partition, TOPIC_ID, config, NOW)
        self.logs.append(log)
        return log

    def check(self) -> None:
        problems = [problem for log in self.logs for problem in log.problems()]
        assert not problems, problems

    def stop(self, *, clean: bool = True) -> None:
        self.check()
        self.log_dir.close({}, clean=clean)
        self.logs = []

    def reopen(self, log: Log, *, clean: bool = True) -> Log:
        self.stop(clean=clean)
        self.start()
        return self.log(log.config, log.topic, log.partition)


@pytest.fixture
def bench() -> Iterator[Workbench]:
    workbench = Workbench(MemoryFilesystem(), "/data")
    yield workbench
    workbench.check()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Workbench]:
    workbench = Workbench(OsFilesystem(), str(tmp_path / "data"))
    yield workbench
    workbench.stop()


Build = Callable[..., bytes]


@pytest.fixture
def build() -> Build:
    """A batch of ``count`` records with values of ``size`` bytes, from ``timestamp`` on."""

    def build_batch(
        count: int = 1,
        size: int = 10,
        timestamp: int = NOW,
        key: bytes | None = b"k",
        **fields: int,
    ) -> bytes:
        builder = BatchBuilder(**fields)  # type: ignore[arg-type]
        for index in range(count):
            builder.append(timestamp + index, key, b"v" * size)
        return builder.build()

    return build_batch
