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
    "log-start-offset-checkpoint: it is damaged": (
        "log-start-offset-checkpoint", lambda path: path.write_text("x"),
    ),
    f"t-0: {9:020d}.txnindex: does not fit its log": (
        f"t-0/{9:020d}.txnindex", lambda path: path.write_bytes(b"x"),
    ),
    "t-0: it cannot be read: invalid literal": ("t-0/x.log", Path.touch),
}  # fmt: skip


def test_whole(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All is well, and as it was."""
    before = contents(folder)
    assert run(["check", str(folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert run(["check", str(folder), "-o", "json"]) == 0
    facts = json.loads(capsys.readouterr().out)

    size = sum(path.stat().st_size for path in folder.rglob("*.log"))
    assert (facts["logs"], facts["bytes"]) == (2, size)
    assert lines == [f"2 logs, {size} bytes: all is well"]
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
    assert "t-0: t-0" not in out
    assert "problems: " in out.splitlines()[-1]
    assert contents(folder) == before


def test_after_a_crash(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Indexes may be behind, whole batches are fine."""
    broker = BrokerDriver(str(tmp_path))
    fill(broker)
    broker.node.close(clean=False)
    (tmp_path / INDEX).write_bytes(b"torn")
    before = contents(tmp_path)

    assert run(["check", str(tmp_path), "-o", "json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["clean_stop"], facts["problems"]) == (False, [])
    assert contents(tmp_path) == before


def test_many_problems_are_told_as_a_number(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """JSON has them all."""
    counts = {"t": 12, "__cluster_metadata": 10}
    monkeypatch.setattr("storage.Log.problems", lambda log: ["bad"] * counts[log.topic])
    assert run(["check", str(folder)]) == 1
    lines = capsys.readouterr().out.splitlines()

    assert lines.count("t-0: bad") == lines.count("__cluster_metadata-0: bad") == 10
    assert [line for line in lines if " more; " in line] == ["t-0: 2 more; -o json has them all"]
    assert lines[-1].endswith(" bytes: problems: 22")


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


def test_a_folder_beside_the_one_at_hand(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each problem is told with the log that it is in and what a start would do, once."""
    _append(folder / LOG)
    (folder / INDEX).unlink()
    (folder / "log-start-offset-checkpoint").write_text("x")
    monkeypatch.chdir(folder.parent)
    assert run(["check", folder.name, "-o", "json"]) == 1
    facts = json.loads(capsys.readouterr().out)

    size = (folder / LOG).stat().st_size
    assert facts["folder"] == str(folder)
    assert sorted((each["log"], each["problem"]) for each in facts["problems"]) == [
        ("log-start-offset-checkpoint", "it is damaged; a start does without it"),
        ("t-0", f"{0:020d}.log: no whole batch at {size - 1}; a start cuts 1 bytes off"),
        ("t-0", f"{0:020d}.timeindex: does not fit its log; a start makes it anew"),
    ]


def test_every_log_is_looked_at(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each by its own high watermark, and what is wrong is told of each."""
    broker = BrokerDriver(str(tmp_path))
    fill(broker)
    broker.create_topic("u", partitions=3)
    broker.node.close(clean=True)
    (tmp_path / "replication-offset-checkpoint").write_text("0\n3\nt 0 5\nu 0 1\nu 2 7\n")

    assert run(["check", str(tmp_path), "-o", "json"]) == 1
    told = [tuple(each.values()) for each in json.loads(capsys.readouterr().out)["problems"]]
    assert sorted(told) == [
        ("t-0", "the high watermark is 5, the log ends at 4"),
        ("u-0", "the high watermark is 1, the log ends at 0"),
        ("u-2", "the high watermark is 7, the log ends at 0"),
    ]


def test_a_broker_starts_again_after_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The folder is not held, and it counts as closed as it did before."""
    assert run(["check", str(folder)]) == 0
    broker = BrokerDriver(str(folder))
    broker.node.close(clean=True)
    assert run(["check", str(folder)]) == 0


def test_without_topics(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Checkpoints that say nothing are whole."""
    BrokerDriver(str(tmp_path)).node.close(clean=True)
    for name in ("recovery-point", "log-start", "replication"):
        (tmp_path / f"{name}-offset-checkpoint").write_text("0\n0\n")
    assert run(["check", str(tmp_path)]) == 0


def test_a_topic_whose_id_is_lost(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its records are there all the same."""
    (folder / "t-0" / "partition.metadata").unlink()
    assert run(["check", str(folder)]) == 0


def test_a_folder_of_another_format(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line."""
    path = folder / "meta.properties"
    path.write_text("version=9\n")
    assert run(["check", str(folder)]) == 1
    assert capsys.readouterr().err == (f"kbroker: {path} has version 9; this broker knows 1\n")
