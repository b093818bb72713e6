"""What a broker is given of the words, the environment and the file."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from kbroker.cli import run
from kbroker.cli.serve import parse_topic
from kbroker.replicas.durability import NO_FSYNC, FsyncMode, FsyncPolicy
from kbroker.settings.broker_settings import BrokerSettings
from kbroker.settings.listeners import ListenerSettings
from kbroker.settings.setting import SettingError
from wire.integers import MAX_INT32


class Given(NamedTuple):
    """What the broker is made of."""

    settings: BrokerSettings
    data_dir: str | None
    listeners: Sequence[ListenerSettings]
    fsync: FsyncPolicy


Start = Callable[..., Given]


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Start:
    """Of a broker that is not started."""
    given: list[Given] = []

    def broker(*facts: object) -> None:
        given.append(Given._make(facts))
        raise SettingError("that is enough")

    monkeypatch.setattr("kbroker.cli.serve.Broker", broker)
    monkeypatch.chdir(tmp_path)

    def command(*words: str) -> Given:
        assert run(["serve", *words]) == 1
        return given.pop()

    return command


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str], tuple[str, str]]:
    """The words that name a file of these lines."""

    def written(lines: str) -> tuple[str, str]:
        path = tmp_path / "server.properties"
        path.write_text(lines)
        return "--config", str(path)

    return written


@pytest.fixture
def warnings(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    caplog.set_level(logging.WARNING, "kbroker")
    return lambda: [record.getMessage() for record in caplog.records]


@pytest.mark.parametrize(
    ("words", "folder"),
    [
        ("", None),
        ("--data-dir a", "a"),
        ("-c log.dir=a", "a"),
        ("-c log.dirs=a", "a"),
        ("-c log.dir=a -c log.dirs=b", "b"),
        ("-c log.dirs=a --data-dir b", "b"),
    ],
)
def test_the_folder_of_the_data(words: str, folder: str | None, start: Start) -> None:
    """The most particular one, and where it is whatever becomes of the working directory."""
    assert start(*words.split()).data_dir == (None if folder is None else str(Path.cwd() / folder))


@pytest.mark.parametrize(
    ("folders", "told"),
    [("a", []), ("a,b", ["one folder is enough: of log.dirs only a is used"])],
)
def test_one_folder_is_used(
    folders: str, told: list[str], start: Start, warnings: Callable[[], list[str]]
) -> None:
    assert start("-c", f"log.dirs={folders}").data_dir == str(Path.cwd() / "a")
    assert warnings() == told


def test_when_records_are_synced(start: Start) -> None:
    """Not before they are acknowledged, unless that is asked for."""
    assert start().fsync == NO_FSYNC
    assert start("--fsync", "batch:0").fsync == FsyncPolicy(FsyncMode.BATCH, 0)


def test_where_it_listens(start: Start) -> None:
    (listener,) = start("--host", "0.0.0.0", "--port", "1234").listeners

    assert (listener.hosts, listener.port) == (("0.0.0.0",), 1234)
    assert start().listeners == start("--host", "localhost", "--port", "9092").listeners


def test_every_listener_may_have_an_address_of_its_own(start: Start) -> None:
    given = start(
        "-c", "listeners=IN://:1,OUT://:2", "-c", "listener.security.protocol.map="
        "IN:PLAINTEXT,OUT:PLAINTEXT", "--advertise", "IN=inside:3", "--advertise", "OUT=outside:4",
    )  # fmt: skip

    assert [listener.advertised for listener in given.listeners] == [("inside", 3), ("outside", 4)]


def test_the_last_of_several_values_counts(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """And what is typed counts above a variable."""
    monkeypatch.setenv("KAFKA_NUM_PARTITIONS", "2")
    given = start("-c", "num.partitions=3", "-c", " num.partitions =4", "-c", "log.roll.ms=5")

    assert given.settings.integer("num.partitions") == 4
    assert given.settings.integer("log.roll.ms") == 5


def test_settings_that_nobody_knows(
    start: Start,
    file: Callable[[str], tuple[str, str]],
    warnings: Callable[[], list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """May be a plug-in's: they are told, and do no harm."""
    monkeypatch.setenv("KAFKA_OF_A_PLUGIN", "1")
    start(*file("of.a.plugin=1\nnum.partitions=3\n"))
    monkeypatch.delenv("KAFKA_OF_A_PLUGIN")
    start(*file("of.a.plugin=1\n"))
    start(*file("num.partitions=3\n"))

    ignored = "no broker settings, so ignored: of.a.plugin"
    assert warnings() == [f"{ignored} KAFKA_OF_A_PLUGIN", ignored]


@pytest.mark.parametrize(
    ("text", "name", "count", "configs"),
    [
        ("t", "t", -1, {}),
        ("t:3", "t", 3, {}),
        (f"t:{MAX_INT32}", "t", MAX_INT32, {}),
        ("t:retention.ms=5", "t", -1, {"retention.ms": "5"}),
        ("t:2:retention.ms=5:a=b=c", "t", 2, {"retention.ms": "5", "a": "b=c"}),
        ("t:cleanup.policy=", "t", -1, {"cleanup.policy": ""}),
    ],
)
def test_topics(text: str, name: str, count: int, configs: dict[str, str]) -> None:
    """The number of partitions may be left to the broker."""
    topic = parse_topic(text)

    assert (topic.name, topic.partition_count, dict(topic.configs)) == (name, count, configs)


@pytest.mark.parametrize("text", ["t:", "t:x", "t:-1", "t:2:3", f"t:{MAX_INT32 + 1}"])
def test_no_topics(text: str) -> None:
    with pytest.raises(SettingError, match=f"--topic {text}: "):
        parse_topic(text)
