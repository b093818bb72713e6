"""What is wrong from a client's place."""

from __future__ import annotations

import json
import os
import resource
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import MagicMock

import pytest

from kbroker.cli import Failure, doctor, run
from tests.kbroker.cli.serving import serving

Examine = Callable[..., dict[str, str]]


@pytest.fixture
def examine(capsys: pytest.CaptureFixture[str]) -> Examine:
    """Each check that was made, and "ok" or what to do."""

    def command(*words: str) -> dict[str, str]:
        code = run(["doctor", *words, "-o", "json"])
        told = json.loads(capsys.readouterr().out)
        assert (code, told["ok"]) == ((0, True) if told["ok"] else (1, False))
        return {check["check"]: check["advice"] or "ok" for check in told["checks"]}

    return command


def test_well(bootstrap: str, examine: Examine, capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each check; a broker of this machine has more."""
    found = examine(bootstrap)
    assert run(["doctor", bootstrap]) == 0
    lines = capsys.readouterr().out.splitlines()

    assert list(found) == ["name", "connection", "protocol", "metadata", "advertised", "clock",
                           "file descriptors", "data", "disk"]  # fmt: skip
    assert set(found.values()) == {"ok"}
    assert len(lines) == len(found)
    assert lines[0].split() == ["ok", "name", "127.0.0.1", "is", "127.0.0.1"]


def test_nobody(examine: Examine) -> None:
    """The machine is looked at all the same."""
    found = examine("127.0.0.1:1")

    assert found["connection"].startswith("nothing listens there: start kbroker serve")
    assert "protocol" not in found
    assert found["file descriptors"] == "ok"


def test_no_such_name(examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing else can be said."""
    monkeypatch.setattr(doctor, "_resolved", lambda host: [])

    assert examine("nowhere:9092") == {
        "name": "use an IP address, or put it into /etc/hosts", "clock": "ok",
    }  # fmt: skip


def test_another_program(examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    """It listens, and says nothing that is Kafka's."""
    monkeypatch.setattr(doctor, "TIMEOUT_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as server:
        found = examine(f"127.0.0.1:{server.getsockname()[1]}")

    assert found["connection"] == "ok"
    assert found["protocol"] == "is the port another program's, or does it ask for TLS or SASL?"


def test_an_address_that_leads_nowhere(tmp_path: Path, examine: Examine) -> None:
    """The classic: the bootstrap works, and nothing else does."""
    with serving(tmp_path, "--advertise", "127.0.0.1:1") as address:
        found = examine(address)

    assert found["metadata"] == "ok"
    assert found["advertised"].startswith(f"tell them another: kbroker serve --advertise {address}")


def test_an_address_that_leads_to_another_cluster(
    tmp_path: Path, bootstrap: str, examine: Examine
) -> None:
    """Whatever a client asks, somebody else answers."""
    with serving(tmp_path, "--advertise", bootstrap) as address:
        found = examine(address)

    assert found["advertised"].startswith("tell them another")


@pytest.mark.parametrize(
    ("finding", "advice"),
    [
        (lambda folder: doctor._descriptors(1024), "raise it: ulimit -Hn 4096"),
        (lambda folder: doctor._descriptors(4096), None),
        (lambda folder: doctor._descriptors(resource.RLIM_INFINITY), None),
        (lambda folder: doctor._room(folder, 5 << 20),
         "make room, or keep less: log.retention.bytes, log.segment.bytes"),
        (lambda folder: doctor._room(folder, 1 << 30), None),
        (lambda folder: doctor._writable(folder / "file"), "choose another folder with --data-dir"),
        (lambda folder: doctor._writable(doctor._existing(folder / "a" / "b")), None),
        (lambda folder: doctor._clock(0), "set it: timestamps and retention go by it"),
        (lambda folder: doctor._clock(os.path.getmtime(doctor.__file__) - 3600), None),
    ],
)  # fmt: skip
def test_the_machine(
    finding: Callable[[Path], doctor.Finding], advice: str | None, tmp_path: Path
) -> None:
    """What to do, where there is something to do."""
    (tmp_path / "file").touch()

    assert finding(tmp_path).advice == advice


def test_no_address(capsys: pytest.CaptureFixture[str]) -> None:
    """One line."""
    assert run(["doctor", "localhost"]) == 1
    assert capsys.readouterr().err.endswith("it should look like localhost:9092\n")


def test_what_people_are_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is wrong is marked, and has what to do behind it."""
    monkeypatch.setattr(doctor, "_resolved", lambda host: [])
    assert run(["doctor", "nowhere:9092"]) == 1
    told = capsys.readouterr()
    wrong, well = told.out.splitlines()

    advice = "use an IP address, or put it into /etc/hosts"
    assert wrong == f"wrong  {'name':16}  nowhere has no address here; {advice}"
    assert well.startswith(f"ok     {'clock':16}  20")
    assert told.err == ""


def test_what_is_found(tmp_path: Path) -> None:
    """Sizes in units that a person reads."""
    assert doctor._room(tmp_path, 5 << 20).found == f"5 MiB are free at {tmp_path}"
    assert doctor._room(tmp_path, 5 << 30).found == f"5 GiB are free at {tmp_path}"
    assert doctor._descriptors(1024).found == "at most 1024, of which each connection takes one"
    assert doctor._clock(4e9).found == "2096-10-02 07:06:40+00:00"


def test_the_machine_that_is_looked_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """How much it could give a broker in the folder that serve would be given."""
    monkeypatch.setattr(resource, "getrlimit", lambda _: (100, 5000))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=7 << 30))
    monkeypatch.chdir(tmp_path)
    run(["doctor", "127.0.0.1:1", "--data-dir", "a/b", "-o", "json"])
    checks = {
        each["check"]: each["found"] for each in json.loads(capsys.readouterr().out)["checks"]
    }

    assert checks["file descriptors"] == "up to 5000"
    assert checks["data"] == f"{tmp_path} can be written to"
    assert checks["disk"] == f"7 GiB are free at {tmp_path}"


def test_another_machine(examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the way to it can be looked at; who listens on a port here is none of its matters."""
    monkeypatch.setattr(doctor, "_is_here", lambda address: False)
    monkeypatch.setattr(doctor, "port_holder", MagicMock(side_effect=AssertionError))

    assert list(examine("127.0.0.1:1")) == ["name", "connection", "clock"]


@pytest.mark.parametrize(
    "addresses", [["192.0.2.1", "127.0.0.1"], ["127.0.0.1", "192.0.2.1"], ["127.0.0.1"]]
)
def test_a_name_of_this_machine(
    addresses: list[str], bootstrap: str, examine: Examine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """May have others, too."""
    monkeypatch.setattr(doctor, "_resolved", lambda host: addresses)
    assert "disk" in examine(bootstrap)


@pytest.mark.parametrize(
    ("address", "family"), [("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)]
)
def test_an_address_of_this_machine(
    address: str, family: socket.AddressFamily, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is one that a socket of its kind can be bound to."""
    made = MagicMock()
    monkeypatch.setattr(socket, "socket", made)
    assert doctor._is_here(address)
    made.assert_called_once_with(family, socket.SOCK_STREAM)


def test_all_addresses_of_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each once."""
    found = [(0, 0, 0, "", (address, 0)) for address in ("127.0.0.1", "::1", "127.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    assert doctor._resolved("localhost") == ["127.0.0.1", "::1"]


@pytest.mark.parametrize(
    ("error", "why", "advice"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "Connection refused", "nothing"),
        (TimeoutError("timed out"), "no answer within 3 seconds", "look for a firewall"),
        (OSError(113, "No route to host"), "No route to host", "look for a firewall"),
    ],
)
def test_no_way_to_connect(
    error: OSError, why: str, advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "create_connection", MagicMock(side_effect=error))
    (finding,) = doctor._broker("a", 1, None)

    assert finding.found == f"a:1: {why}"
    assert (finding.advice or "").startswith(advice)


def test_who_listens_is_told(bootstrap: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker on the port of another program is often what is wrong."""
    host, _, port = bootstrap.partition(":")
    clock = SimpleNamespace(perf_counter=iter((1.0, 1.25)).__next__)
    monkeypatch.setattr(doctor, "time", clock)
    connection = next(doctor._broker(host, int(port), "java (process 7)"))
    assert connection.found == f"{bootstrap} is accepted after 250.0 ms by java (process 7)"


class Cluster:
    """A cluster of a broker at ``b`` and one at ``c``, in place of Conversation. ``brokers`` are
    those that answer, with the clusters that they say they are of; None for one that does not."""

    brokers: dict[str, str | None]

    def __init__(self, address: str, _timeout_s: float) -> None:
        self._host = address.partition(":")[0]
        if self._host not in self.brokers:
            raise ConnectionRefusedError(111, "Connection refused")

    def ask(self, _request: object) -> object:
        if self.brokers[self._host] is None:
            raise Failure("the broker did not answer METADATA")
        nodes = [SimpleNamespace(node_id=number, host=host, port=9)
                 for number, host in enumerate("bc")]  # fmt: skip
        topics = ["s", "t", "u"]
        return SimpleNamespace(cluster_id=self.brokers[self._host], brokers=nodes, topics=topics)

    def __enter__(self) -> object:
        return self

    def __exit__(self, *_: object) -> None:
        pass


@pytest.mark.parametrize(
    ("brokers", "found"),
    [
        ({"b": "id", "c": "id"}, "clients of broker 1 are told c:9, and get there"),
        ({"b": "id"},
         "clients of broker 1 are told c:9, which does not work here: Connection refused"),
        ({"b": "id", "c": None},
         "clients of broker 1 are told c:9, which does not work here: the broker did not answer "
         "METADATA"),
        ({"b": "id", "c": "other"},
         "clients of broker 1 are told c:9, where another cluster is: other"),
    ],
)  # fmt: skip
def test_every_broker_is_tried(
    brokers: dict[str, str | None], found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "Conversation", Cluster)
    monkeypatch.setattr(Cluster, "brokers", brokers, raising=False)
    metadata, first, second = doctor._cluster(Cluster("b:9", 1), "b:9")  # type: ignore[arg-type]

    assert metadata.found == "cluster id, topics: 3"
    assert first == ("advertised", "clients of broker 0 are told b:9, and get there", None)
    assert (second.found, second.advice is None) == (found, found.endswith("get there"))


def test_a_broker_that_does_not_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Cluster, "brokers", {"b": None}, raising=False)
    assert list(doctor._cluster(Cluster("b:9", 1), "b:9")) == [  # type: ignore[arg-type]
        ("metadata", "the broker did not answer METADATA", "look into the broker's log")
    ]
