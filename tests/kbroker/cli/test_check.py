"""The data of stopped brokers, whole and damaged."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from kbroker.cli import run
from storage import AppendOrigin
from tests.drivers import NOW_MS, BrokerDriver, batch

LOG = f"t-0/{0:020d}.log"
INDEX = f"t-0/{0:020d}.index"


def fill(broker: BrokerDriver) -> None:
    """Two batches."""
    broker.create_topic("t", index_interval_bytes="0")
    found = broker.node.replicas.find("t", 0)
    assert found is not None
    for _ in range(2):
        found.append(batch(b"a", b"b"), NOW_MS, AppendOrigin.CLIENT)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A stopped broker's folder with a topic ``t``."""
    broker = BrokerDriver(str(tmp_path))
    fill(broker)
    broker.node.close(clean=True)
    return tmp_path


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _flip(path: Path, position: int) -> None:
    data = bytearray(path.read_bytes())
    data[position] ^= 1
    path.write_bytes(data)


def _append(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"x")


def _claim_more(path: Path) -> None:
    path.write_text("0\n1\nt 0 5\n")


DAMAGES: dict[str, tuple[str, Callable[[Path], object]]] = {
    "checksum of the batch at offset 0 does not match": (LOG, lambda path: _flip(path, 70)),
    f"{0:020d}.log: no whole batch at": (LOG, _append),
    f"{0:020d}.index is not in order": (INDEX, lambda path: _flip(path, 4)),
    f"{0:020d}.timeindex: does not fit its log": (INDEX, Path.unlink),
    "the high watermark is 5, the log ends at 4": (
        "replication-offset-checkpoint", _claim_more,
    ),
    "recovery-point-offset-checkpoint: it is damaged": (
        "recovery-point-offset-checkpoint", lambda path: path.write_text("0\n2\nt 0 1\n"),
    ),
}  # fmt: skip


def test_whole(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All is well, and as it was."""
    before = contents(folder)
    assert run(["check", str(folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert run(["check", str(folder), "-o", "json"]) == 0
    facts = json.loads(capsys.readouterr().out)

    assert lines == [f"{facts['logs']} logs, {facts['bytes']} bytes: all is well"]
    assert (facts["clean_stop"], facts["problems"]) == (True, [])
    assert contents(folder) == before


@pytest.mark.parametrize("problem", DAMAGES)
def test_damaged(problem: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Told, and left alone."""
    file, damage = DAMAGES[problem]
    damage(folder / file)
    before = contents(folder)

    assert run(["check", str(folder)]) == 1
    out = capsys.readouterr().out
    assert problem in out
    assert "problems: " in out.splitlines()[-1]
    assert contents(folder) == before


def test_after_a_crash(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Indexes may be behind, whole batches are fine."""
    broker = BrokerDriver(str(tmp_path))
    fill(broker)
    broker.node.close(clean=False)
    before = contents(tmp_path)

    assert run(["check", str(tmp_path), "-o", "json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["clean_stop"], facts["problems"]) == (False, [])
    assert contents(tmp_path) == before


def test_many_problems_are_told_as_a_number(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """JSON has them all."""
    monkeypatch.setattr("storage.Log.problems", lambda log: ["bad"] * 12)
    assert run(["check", str(folder)]) == 1
    lines = capsys.readouterr().out.splitlines()

    assert lines.count("t-0: bad") == 10
    assert "t-0: 2 more; -o json has them all" in lines


def test_nothing_to_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line."""
    assert run(["check", str(tmp_path)]) == 1
    assert capsys.readouterr().err.endswith("is no data directory: it has no meta.properties\n")


def test_a_running_broker(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Is not looked at."""
    broker = BrokerDriver(str(tmp_path))

    assert run(["check", str(tmp_path)]) == 1
    assert capsys.readouterr().err == f"kbroker: a broker runs on {tmp_path}; stop it first\n"
    broker.node.close(clean=True)
