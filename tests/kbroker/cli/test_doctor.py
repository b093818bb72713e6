"""What is wrong from a client's place."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from kbroker.cli import doctor, run
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
        (lambda folder: doctor._descriptors(5000), None),
        (lambda folder: doctor._room(folder, 5 << 20),
         "make room, or keep less: log.retention.bytes, log.segment.bytes"),
        (lambda folder: doctor._room(folder, 5 << 30), None),
        (lambda folder: doctor._writable(folder / "file"), "choose another folder with --data-dir"),
        (lambda folder: doctor._writable(doctor._existing(folder / "a" / "b")), None),
        (lambda folder: doctor._clock(0), "set it: timestamps and retention go by it"),
        (lambda folder: doctor._clock(os.path.getmtime(doctor.__file__)), None),
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
