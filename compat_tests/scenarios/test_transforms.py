"""Exactly once through kills: programs of other languages read and write in transactions."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Callable, Iterator

import pytest

from compat_tests.brokers import Broker, NotRunError, wait_until
from compat_tests.clients import client_classes
from compat_tests.clients.base import Client, Rec, RefusedError
from compat_tests.conftest import NOT_RUN
from compat_tests.transforms import PROGRAMS
from kbroker.cli.raw_client import RawClient
from wire.messages.update_features import FeatureUpdateKey, UpdateFeaturesRequest

PARTITIONS = (0, 1)
PATIENCE_S = 60  # a JVM starts, and a killed member is given up

# The transactional clients of one broker speak the protocol of its transaction.version (KIP-890).
PROTOCOLS = {"KIP-98": 1, "KIP-890": 2}
SAFE_DOWNGRADE = 2

Start = Callable[[], "subprocess.Popen[bytes]"]


@pytest.fixture(params=PROTOCOLS)
def mine(request: pytest.FixtureRequest, own_broker: Callable[..., Broker]) -> Broker:
    """A broker that may be killed."""
    started = own_broker()
    level = PROTOCOLS[request.param]
    if level < max(PROTOCOLS.values()):
        key = FeatureUpdateKey(
            feature="transaction.version", max_version_level=level, upgrade_type=SAFE_DOWNGRADE
        )
        client = RawClient(started.bootstrap)
        assert client.ask(UpdateFeaturesRequest(feature_updates=[key]), 2).error_code == 0
        client.close()
    return started


@pytest.fixture(params=PROGRAMS)
def start(request: pytest.FixtureRequest, mine: Broker, name: str) -> Iterator[Start]:
    try:
        command = PROGRAMS[request.param]()
    except NotRunError as reason:
        pytest.skip(f"{NOT_RUN}{reason}")
    running: list[subprocess.Popen[bytes]] = []

    def one_more() -> subprocess.Popen[bytes]:
        running.append(subprocess.Popen([*command, mine.bootstrap, name]))
        return running[-1]

    yield one_more
    for program in running:
        program.kill()
        program.wait()


@pytest.fixture
def writer(mine: Broker) -> Iterator[Client]:
    one = client_classes()["kafka-python"](mine.bootstrap)
    yield one
    one.close()


@pytest.fixture
def reader(mine: Broker) -> Iterator[Client]:
    one = client_classes()["confluent-kafka"](mine.bootstrap)
    yield one
    one.close()


def values(numbers: range, text: str) -> list[Rec]:
    return [
        Rec(f"{text}{number}-{partition}".encode(), partition=partition)
        for number in numbers
        for partition in PARTITIONS
    ]


def test_each_record_once_through_kills(
    mine: Broker, start: Start, writer: Client, reader: Client, name: str
) -> None:
    """Of the program, and of the broker."""
    for topic in ("in", "out"):
        writer.create_topic(f"{name}-{topic}", len(PARTITIONS))

    def read() -> int:
        """How many records the group is done with."""
        try:
            committed = reader.committed(name, f"{name}-in", PARTITIONS)
        except RefusedError:
            return 0  # the coordinator is not there yet
        return sum(offset or 0 for offset in committed.values())

    def wait_for_some() -> None:
        some = min(read() + random.randrange(1, 20), 60)
        wait_until(lambda: read() >= some, PATIENCE_S, "some are read")

    def has_read(count: int) -> bool:
        """A program that ended because its broker was gone gets another life, as from whoever
        supervises it."""
        nonlocal program
        if program.poll() is not None:
            program = start()
        return read() == count

    program = start()
    writer.produce(f"{name}-in", values(range(30), "v"))
    wait_for_some()
    program.kill()
    program.wait()
    program = start()
    writer.produce(f"{name}-in", values(range(30, 60), "v"))
    wait_for_some()
    mine.kill()
    mine.restart()
    wait_until(lambda: has_read(120), PATIENCE_S, "everything is read")

    for partition in PARTITIONS:
        got = reader.consume(
            f"{name}-out", partition, 0, 60, auto_reset="earliest", read_committed=True
        )
        assert [record.value for record in got] == [
            f"V{number}-{partition}".encode() for number in range(60)
        ]
