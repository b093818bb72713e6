"""Exactly once through a kill: programs of other languages read and write in transactions."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator

import pytest

from compat_tests.brokers import Broker, NotRunError, wait_until
from compat_tests.clients import client_classes
from compat_tests.clients.base import Client, Rec, RefusedError
from compat_tests.conftest import NOT_RUN
from compat_tests.transforms import PROGRAMS

PARTITIONS = (0, 1)
PATIENCE_S = 60  # a JVM starts, and a killed member is given up

Start = Callable[[], "subprocess.Popen[bytes]"]


@pytest.fixture(params=PROGRAMS)
def start(request: pytest.FixtureRequest, broker: Broker, name: str) -> Iterator[Start]:
    try:
        command = PROGRAMS[request.param]()
    except NotRunError as reason:
        pytest.skip(f"{NOT_RUN}{reason}")
    running: list[subprocess.Popen[bytes]] = []

    def one_more() -> subprocess.Popen[bytes]:
        running.append(subprocess.Popen([*command, broker.bootstrap, name]))
        return running[-1]

    yield one_more
    for program in running:
        program.kill()
        program.wait()


@pytest.fixture
def reader(broker: Broker) -> Iterator[Client]:
    one = client_classes()["confluent-kafka"](broker.bootstrap)
    yield one
    one.close()


def values(numbers: range, text: str) -> list[Rec]:
    return [
        Rec(f"{text}{number}-{partition}".encode(), partition=partition)
        for number in numbers
        for partition in PARTITIONS
    ]


def test_each_record_once_through_a_kill(
    start: Start, admin: Client, reader: Client, name: str
) -> None:
    for topic in ("in", "out"):
        admin.create_topic(f"{name}-{topic}", len(PARTITIONS))
    admin.produce(f"{name}-in", values(range(20), "v"))

    def has_read(count: int) -> bool:
        try:
            committed = reader.committed(name, f"{name}-in", PARTITIONS)
        except RefusedError:
            return False  # the coordinator is not there yet
        return all(committed[partition] == count for partition in PARTITIONS)

    first = start()
    wait_until(lambda: has_read(20), PATIENCE_S, "the first half is read")
    admin.produce(f"{name}-in", values(range(20, 60), "v"))
    first.kill()  # in the middle of it, or not
    first.wait()
    start()
    wait_until(lambda: has_read(60), PATIENCE_S, "everything is read")

    for partition in PARTITIONS:
        got = reader.consume(
            f"{name}-out", partition, 0, 60, auto_reset="earliest", read_committed=True
        )
        assert [record.value for record in got] == [
            f"V{number}-{partition}".encode() for number in range(60)
        ]
