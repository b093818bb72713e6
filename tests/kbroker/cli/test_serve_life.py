"""How a broker starts, what it says, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from kbroker.cli import run, serve
from kbroker.network.endpoints import CannotListen
from tests.kbroker.cli.serving import first_line, serving


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Any:
    """One that ends as soon as it runs."""
    fake = SimpleNamespace(
        listeners=[SimpleNamespace(address=("0.0.0.0", 1)), SimpleNamespace(address=("::1", 2))],
        data_dir="/d", is_temporary=False, failure=None, open=lambda: None, run=lambda: None,
    )  # fmt: skip
    monkeypatch.setattr(serve, "Broker", lambda *_: fake)
    monkeypatch.setattr(serve, "_stop_on_signals", lambda _: None)
    monkeypatch.setattr(serve, "_settle_down", lambda: None)
    return fake


@pytest.mark.parametrize(
    ("words", "safe"),
    [
        ("", "against a killed process, not against power loss"),
        ("--fsync batch", "against a killed process and power loss"),
        ("--fsync always", "against a killed process and power loss"),
    ],
)
def test_what_it_says(
    words: str, safe: str, broker: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line: where, with which data, and what it survives."""
    told = []
    for broker.is_temporary in (False, True):
        assert run(["serve", *words.split()]) == 0
        told.append(capsys.readouterr().out.partition(" serves on ")[2])

    assert told == [
        f"0.0.0.0:1, [::1]:2; data in /d; safe {safe}\n",
        f"0.0.0.0:1, [::1]:2; data in /d, removed at the end; safe {safe}\n",
    ]


@pytest.mark.usefixtures("broker")
def test_the_file_that_says_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is whole as soon as it is there, and there before the line is; clients can use it."""
    ready = tmp_path / "ready"
    seen: list[str] = []
    line = SimpleNamespace(write=lambda _: seen.append(ready.read_text()), flush=lambda: None)
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", line)
        assert run(["serve", "--ready-file", str(ready)]) == 0

    assert set(seen) == {"localhost:1\n"}
    assert list(tmp_path.iterdir()) == [ready]


def test_a_disk_that_fails(broker: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever watches the process sees that it did not end by itself."""
    broker.failure = OSError("no such device")

    assert run(["serve"]) == 1
    assert capsys.readouterr().err.startswith(
        "kbroker: the data folder has failed, so the broker stopped: no such device. Look after"
    )


def test_sockets_that_fail(broker: Any, capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise OSError(24, "Too many open files")

    broker.run = fail
    assert run(["serve"]) == 1
    assert "Too many open files" in capsys.readouterr().err


def test_a_folder_on_which_a_broker_runs(tmp_path: Path) -> None:
    """One line that names it."""
    with serving(tmp_path, "--data-dir", str(tmp_path)):
        words = ["--port", "0", "--data-dir", str(tmp_path)]
        done = subprocess.run(
            [sys.executable, "-m", "kbroker", *words],
            capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert str(tmp_path) in done.stderr


def test_a_file_of_settings_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["serve", "--config", "/nowhere/server.properties"]) == 1
    told = capsys.readouterr().err
    assert told == "kbroker: /nowhere/server.properties: No such file or directory\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("kept", [True, False])
def test_a_signal_stops_it(number: signal.Signals, kept: bool, tmp_path: Path) -> None:
    """Also one that waits for clients. Data is closed, or removed if nobody asked for it."""
    data = tmp_path / "data"
    process = subprocess.Popen(
        [sys.executable, "-m", "kbroker", "--port", "0", *(["--data-dir", str(data)] * kept)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ | {"TMPDIR": str(tmp_path)},
    )  # fmt: skip
    first_line(process)
    process.send_signal(number)

    assert process.communicate(timeout=30) == (b"", b"")
    assert process.returncode == 0
    assert list(tmp_path.iterdir()) == [data] * kept
    assert (data / ".kafka_cleanshutdown").exists() == kept


def test_a_signal_ends_the_wait_for_clients() -> None:
    """Which may be long otherwise."""
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    stopped: list[bool] = []
    loop = SimpleNamespace(wake_fileno=theirs.fileno(), stop=lambda: stopped.append(True))
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(number) for number in numbers]
    try:
        serve._stop_on_signals(SimpleNamespace(loop=loop))  # type: ignore[arg-type]
        for number in numbers:
            signal.raise_signal(number)
            assert ours.recv(1) == bytes([number])
    finally:
        signal.set_wakeup_fd(-1)
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
        ours.close()
        theirs.close()
    assert stopped == [True, True]


@pytest.mark.parametrize(("holder", "by"), [("java", " by java"), (None, "")])
def test_who_holds_the_port_is_told_where_it_is_known(
    holder: str | None, by: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def taken(*_: object) -> None:
        raise CannotListen("a", 5, OSError(98, "Address already in use"))

    monkeypatch.setattr("kbroker.cli.port_holder.port_holder", lambda _: holder)
    monkeypatch.setattr(serve, "Broker", taken)
    assert run(["serve"]) == 1
    told = f"kbroker: cannot listen on a:5: Address already in use{by}"
    assert capsys.readouterr().err == f"{told}\n"


def test_topics_that_are_there_from_the_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Those of an earlier start stay as they were."""
    data = ("--data-dir", str(tmp_path / "data"))
    words = ("-c", "num.partitions=3", "--topic", "b:2:retention.ms=5:segment.bytes=2000000")
    with serving(tmp_path, *data, "--topic", "a:1"):
        pass
    with serving(tmp_path, *data, "--topic", "a:2", "--topic", "c", *words) as address:
        assert run(["topic", "describe", "-o", "json", "-b", address]) == 0
        topics = json.loads(capsys.readouterr().out)
        assert run(["config", "describe", "topic", "b", "-o", "json", "-b", address]) == 0
        settings = json.loads(capsys.readouterr().out)

    assert {each["topic"]: len(each["partitions"]) for each in topics} == {"a": 1, "b": 2, "c": 3}
    values = {each["name"]: each["value"] for each in settings}
    assert (values["retention.ms"], values["segment.bytes"]) == ("5", "2000000")


@pytest.mark.parametrize("words", [(), ("-v",)])
def test_requests_are_logged_when_asked_for(
    words: tuple[str, ...], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """To standard error, each with its time; the output is for whoever waits for the broker."""
    with serving(tmp_path, *words) as address:
        assert run(["topic", "list", "-b", address]) == 0
    told = capfd.readouterr()

    requests = [line for line in told.err.splitlines() if " METADATA v" in line]
    assert bool(requests) == bool(words)
    assert all(line[:2] == "20" and " INFO client=" in line for line in requests)
    assert "METADATA" not in told.out
