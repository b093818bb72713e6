"""The brokers under test, the clients, and the loud list of what could not run.

`--broker` says which broker: kbroker (the default), kafka (the real one), both, or HOST:PORT of one
that runs already.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from compat_tests.brokers import Broker, Elsewhere, NotRunError
from compat_tests.clients import client_classes
from compat_tests.clients.base import Client, MemberOptions
from compat_tests.clients.raw import KafkaPythonRequests
from compat_tests.clients.running import RunningMember, start_member
from compat_tests.kbroker_process import KbrokerProcess
from compat_tests.reference import RealKafka

HERE = Path(__file__).parent
SUITE_LIMIT_S = 3600
NOT_RUN = "not run: "
# Scenarios wait for members to be given up: that must not take the six seconds of the default.
SETTINGS = {"group.min.session.timeout.ms": "500"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--broker", default="kbroker", help="kbroker | kafka | both | HOST:PORT")
    parser.addoption("--record", metavar="FOLDER", help="keep the plays of the reference there")


def broker_names(config: pytest.Config) -> list[str]:
    chosen = config.getoption("--broker")
    return ["kbroker", "kafka"] if chosen == "both" else [chosen]


def pytest_configure(config: pytest.Config) -> None:
    # The libraries warn of their own affairs (deprecations, sockets of killed members): not ours.
    config.addinivalue_line("filterwarnings", "default")
    config.addinivalue_line("markers", "needs(*features): only clients that offer these take part")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A whole suite of somebody else is one test here, and starts brokers before it."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.timeout(SUITE_LIMIT_S))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every scenario for every chosen broker, and for every client that offers what it needs."""
    if "broker" in metafunc.fixturenames:
        names = broker_names(metafunc.config)
        metafunc.parametrize("broker", names, indirect=True, scope="session")
    if "client" in metafunc.fixturenames:
        marks = metafunc.definition.iter_markers("needs")
        needed = {feature for mark in marks for feature in mark.args}
        able = [name for name, one in client_classes().items() if needed <= one.features]
        metafunc.parametrize("client", able, indirect=True)


def start_broker(name: str, **options: Any) -> Broker:
    options.setdefault("settings", SETTINGS)
    if name == "kafka":
        return RealKafka(**options)
    if name == "kbroker":
        return KbrokerProcess(**options)
    return Elsewhere(name)


def fresh(name: str, **options: Any) -> Iterator[Broker]:
    """A broker of its own for a fixture, removed with it."""
    try:
        started = start_broker(name, **options)
    except NotRunError as reason:
        pytest.skip(f"{NOT_RUN}{reason}")
    yield started
    started.remove()


def candidate_name(config: pytest.Config) -> str:
    """The broker to be compared with a real Kafka, for checks that compare the two."""
    chosen: str = config.getoption("--broker")
    if chosen == "kbroker":
        pytest.skip(f"{NOT_RUN}a comparison with a real Kafka needs --broker both")
    return {"both": "kbroker"}.get(chosen, chosen)


@pytest.fixture(scope="session")
def broker(request: pytest.FixtureRequest) -> Iterator[Broker]:
    """One running broker for all scenarios of this worker."""
    yield from fresh(request.param)


@pytest.fixture
def own_broker(request: pytest.FixtureRequest, broker: Broker) -> Iterator[Callable[..., Broker]]:
    """Starts brokers of the same kind for one scenario: to be killed, or with other settings."""
    mine: list[Broker] = []

    def start(**options: Any) -> Broker:
        if isinstance(broker, Elsewhere):
            pytest.skip(f"{NOT_RUN}needs a broker that it may start and kill")
        mine.append(start_broker(broker.name, **options))
        return mine[-1]

    yield start
    for one in mine:
        one.remove()


@pytest.fixture
def client(request: pytest.FixtureRequest, broker: Broker) -> Iterator[Client]:
    try:
        one = client_classes()[request.param](broker.bootstrap)
    except NotRunError as reason:
        pytest.skip(f"{NOT_RUN}{reason}")
    yield one
    one.close()


@pytest.fixture
def admin(broker: Broker) -> Iterator[Client]:
    """A client that makes topics, for scenarios whose own client cannot."""
    one = client_classes()["kafka-python"](broker.bootstrap)
    yield one
    one.close()


@pytest.fixture
def members(client: Client, broker: Broker) -> Iterator[Callable[..., RunningMember]]:
    """Starts members that run by themselves, of the client of this scenario."""
    started: list[RunningMember] = []

    def start(group: str, topic: str, **options: Any) -> RunningMember:
        given = MemberOptions(**options)
        started.append(start_member(client.name, broker.bootstrap, group, topic, given))
        return started[-1]

    yield start
    for one in started:
        one.kill()


@pytest.fixture
def raw(broker: Broker) -> Iterator[KafkaPythonRequests]:
    one = KafkaPythonRequests(broker.bootstrap)
    yield one
    one.close()


@pytest.fixture
def name() -> str:
    """A name for topics and groups that nothing else uses."""
    return f"s-{uuid.uuid4().hex[:12]}"


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: Any) -> None:
    tell_parity(terminalreporter)
    tell_not_run(terminalreporter)


def tell_parity(terminalreporter: Any) -> None:
    """How much the comparison on the wire compared."""
    reports = terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
    counts = [
        value for report in reports for name, value in report.user_properties if name == "parity"
    ]
    if counts:
        steps, fields, accepted = (sum(column) for column in zip(*counts, strict=True))
        terminalreporter.section("comparison on the wire")
        terminalreporter.line(
            f"{len(counts)} stories, {steps} steps and {fields} fields compared, "
            f"{accepted} accepted differences (compat_tests/differences.py)"
        )


def tell_not_run(terminalreporter: Any) -> None:
    """What could not run, apart from what passed: it proves nothing."""
    reasons: dict[str, int] = {}
    for report in terminalreporter.getreports("skipped"):
        text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if NOT_RUN in text:
            reason = text.split(NOT_RUN, 1)[1]
            reasons[reason] = reasons.get(reason, 0) + 1
    if reasons:
        terminalreporter.section("NOT RUN (neither passed nor failed)", sep="!", red=True)
        for reason, count in reasons.items():
            terminalreporter.line(f"{count} not run: {reason}", red=True)
