"""Brokers that do not start, and why."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from kbroker.cli import run
from kbroker.cli.serve import fsync_policy
from kbroker.replicas.durability import FsyncMode, FsyncPolicy
from tests.kbroker.cli.serving import serving


def test_settings_of_bytes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "server.properties"
    path.write_bytes(b"\xff\xfe")

    assert run(["serve", "--config", str(path)]) == 1
    told = capsys.readouterr().err
    assert told == f"kbroker: {path} is not UTF-8 text, so no properties file\n"


def test_the_settings_that_come_with_kafka(tmp_path: Path) -> None:
    """What of them concerns listeners; the separator of one is a blank."""
    path = tmp_path / "server.properties"
    path.write_text(
        "process.roles=broker,controller\n"
        "listeners=PLAINTEXT://127.0.0.1:0,CONTROLLER://:9093\n"
        "advertised.listeners=PLAINTEXT://localhost:0,CONTROLLER://localhost:9093\n"
        "controller.listener.names=CONTROLLER\n"
        f"log.dirs {tmp_path / 'data'}\n"
    )
    with serving(tmp_path, "--config", str(path)) as address:
        assert run(["topic", "list", "--bootstrap", address]) == 0
    assert (tmp_path / "data" / "meta.properties").exists()


def test_a_port_that_is_taken() -> None:
    """By whom, since that is what one has to stop."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "kbroker", "serve", "--host", "127.0.0.1", "--port", str(port)],
            capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip

    wrong = f"kbroker: cannot listen on 127.0.0.1:{port}: Address already in use by "
    assert (done.returncode, done.stderr[: len(wrong)]) == (1, wrong)
    assert done.stderr.endswith(f"(process {os.getpid()})\n")


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("num.partition=3", "unknown setting 'num.partition' (did you mean 'num.partitions'?)"),
        ("num.partitions", "-c num.partitions: it should look like -c key=value"),
        ("log.initial.task.delay.ms=x", "Not a number of type LONG"),
    ],
)
def test_a_setting_that_cannot_be(
    setting: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A typing mistake does not go unnoticed, and internal settings are checked, too."""
    assert run(["serve", "-c", setting]) == 1
    assert told in capsys.readouterr().err


def test_settings_that_kafka_does_not_describe(tmp_path: Path) -> None:
    """Those of the plug-ins that come with it, and its internal ones."""
    settings = (
        "super.users=User:a", "allow.everyone.if.no.acl.found=true", "log.initial.task.delay.ms=5",
        "listener.name.plaintext.max.connections=9",
    )  # fmt: skip
    words = [word for setting in settings for word in ("-c", setting)]
    with serving(tmp_path, *words) as address:
        assert run(["wait", "--bootstrap", address, "--timeout", "5"]) == 0


@pytest.mark.parametrize(
    ("text", "policy"),
    [
        ("none", FsyncPolicy(FsyncMode.NONE)),
        ("batch", FsyncPolicy(FsyncMode.BATCH, 2)),
        ("batch:20", FsyncPolicy(FsyncMode.BATCH, 20)),
        ("always", FsyncPolicy(FsyncMode.ALWAYS)),
    ],
)
def test_fsync(text: str, policy: FsyncPolicy) -> None:
    assert fsync_policy(text) == policy


@pytest.mark.parametrize("text", ["", "sometimes", "always:5", "none:", "batch:", "batch:-1"])
def test_no_fsync_policy(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run(["serve", "--fsync", text])
    assert "argument --fsync: " in capsys.readouterr().err


def test_a_broker_that_syncs_says_so(tmp_path: Path) -> None:
    """It acknowledges what is on the disk."""
    with serving(tmp_path, "--fsync", "batch:1") as address:
        assert run(["topic", "create", "t", "-b", address]) == 0


def test_the_command_line_is_stronger_than_the_environment_and_that_than_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The value that counts is refused."""
    path = tmp_path / "server.properties"
    path.write_text("num.partitions=file\n")
    words = ["serve", "--config", str(path)]
    assert run(words) == 1
    assert "Invalid value file " in capsys.readouterr().err
    monkeypatch.setenv("KAFKA_NUM_PARTITIONS", "environment")
    assert run(words) == 1
    assert "Invalid value environment " in capsys.readouterr().err
    assert run([*words, "-c", "num.partitions=words"]) == 1
    assert "Invalid value words " in capsys.readouterr().err


STARTS_THAT_FAIL = pytest.mark.parametrize(
    "words", [("--ready-file", "/nowhere/ready"), ("--topic", "a/b")]
)


def fail_to_start(folder: Path, *words: str) -> str:
    """What a broker says whose temporary files would be in ``folder``."""
    command = [sys.executable, "-m", "kbroker", "--port", "0", *words]
    environment = os.environ | {"TMPDIR": str(folder)}
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=30, check=False, env=environment
    )
    assert (done.returncode, done.stdout) == (1, "")
    return done.stderr


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--ready-file", "/nowhere/ready"), "/nowhere/ready.partial: No such file or directory"),
        (("--topic", "a", "--topic", "a/b"),
         "--topic a/b: Topic name is invalid: 'a/b' contains one or more characters other than "
         "ASCII alphanumerics, '.', '_' and '-'"),
        (("--topic", "a:1:compression.type=gzp"),
         "--topic a: Invalid value gzp for configuration compression.type: String must be one of: "
         "uncompressed, zstd, lz4, snappy, gzip, producer; did you mean 'gzip'?"),
    ],
)  # fmt: skip
def test_a_start_that_fails_says_why(words: tuple[str, ...], why: str, tmp_path: Path) -> None:
    """One line; which of several topics it is."""
    assert fail_to_start(tmp_path, *words) == f"kbroker: {why}\n"


@STARTS_THAT_FAIL
def test_a_start_that_fails_closes_its_data(words: tuple[str, str], tmp_path: Path) -> None:
    """The next start need not recover it."""
    fail_to_start(tmp_path, "--data-dir", str(tmp_path / "data"), *words)
    assert (tmp_path / "data" / ".kafka_cleanshutdown").exists()


@STARTS_THAT_FAIL
def test_a_start_that_fails_leaves_no_temporary_data(
    words: tuple[str, str], tmp_path: Path
) -> None:
    fail_to_start(tmp_path, *words)
    assert list(tmp_path.iterdir()) == []
