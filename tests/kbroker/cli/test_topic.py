"""Topics: for people, for programs, and refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import MagicMock

import pytest
from kafka import KafkaProducer, TopicPartition

from kbroker.cli import run, topic


def fill(bootstrap: str, topic: str, *values: bytes, partition: int = 0) -> None:
    producer = KafkaProducer(bootstrap_servers=bootstrap)
    for value in values:
        producer.send(topic, value, partition=partition)
    producer.flush()
    producer.close()


def test_described(bootstrap: str, done: Callable[..., str], told: Callable[..., Any]) -> None:
    """The same for people and programs."""
    assert told("topic", "create", "shown:2") == [{"topic": "shown", "partitions": 2}]
    fill(bootstrap, "shown", b"a", b"b")
    (topic,) = told("topic", "describe", "shown")
    title, heading, first, second = done("topic", "describe", "shown").splitlines()

    assert title == f"shown  id={topic['topic_id']}  partitions=2"
    assert len(topic["topic_id"]) == len("AAAAAAAAAAAAAAAAAAAAAA")
    assert heading.split() == [
        "PARTITION", "LEADER", "LEADER-EPOCH", "REPLICAS", "ISR",
        "LOG-START-OFFSET", "LOG-END-OFFSET",
    ]  # fmt: skip
    assert [first.split(), second.split()] == [["0", "1", "0", "1", "1", "0", "2"],
                                               ["1", "1", "0", "1", "1", "0", "0"]]  # fmt: skip
    assert topic["partitions"][0] == {
        "partition": 0, "leader": 1, "leader_epoch": 0, "replicas": [1], "isr": [1],
        "log_start_offset": 0, "log_end_offset": 2,
    }  # fmt: skip
    assert "shown" in told("topic", "list")


def test_more_partitions(done: Callable[..., str], told: Callable[..., Any]) -> None:
    """As many as are asked for."""
    done("topic", "create", "grows")
    done("topic", "add-partitions", "grows", "3")

    assert len(told("topic", "describe", "grows")[0]["partitions"]) == 3


def test_records_are_deleted(
    bootstrap: str, done: Callable[..., str], told: Callable[..., Any]
) -> None:
    """Up to an offset, or all."""
    done("topic", "create", "emptied")
    fill(bootstrap, "emptied", b"a", b"b", b"c")

    assert told("topic", "delete-records", "emptied", "--before", "1") == [
        {"topic": "emptied", "partition": 0, "low_watermark": 1}
    ]
    assert told("topic", "delete-records", "emptied", "--before", "3")[0]["low_watermark"] == 3


def test_all_records_of_a_topic_are_deleted(
    done: Callable[..., str], told: Callable[..., Any], bootstrap: str
) -> None:
    done("topic", "create", "cleared")
    fill(bootstrap, "cleared", b"a", b"b")

    assert told("topic", "delete-records", "cleared")[0]["low_watermark"] == 2


def test_all_are_deleted_or_none(
    done: Callable[..., str], told: Callable[..., Any], refused: Callable[..., str]
) -> None:
    done("topic", "create", "stays")

    assert refused("topic", "delete", "stays", "zzz").startswith("there is no topic 'zzz'")
    assert "stays" in told("topic", "list")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("describe", "ordres"), "there is no topic 'ordres'; did you mean 'orders'?"),
        (("delete", "zzz"), "there is no topic 'zzz'; kbroker topic list names them"),
        (("add-partitions", "ordesr", "2"), "there is no topic 'ordesr'; did you mean 'orders'?"),
        (("create", "orders"), "orders: Topic 'orders' already exists."),
        (("delete-records", "orders", "--partition", "7"), "orders has no partition 7, but [0]"),
        (("delete-records", "orders", "--before", "7"),
         "--before 7: partition 0 ends at 0"),
        (("delete-records", "orders", "--partition", "-1"), "orders has no partition -1, but [0]"),
        (("describe", "bad name"), "'bad name' is no name for a topic"),
        (("describe", "orders", "ordres"), "there is no topic 'ordres'; did you mean 'orders'?"),
        (("create", "made", "orders"), "orders: Topic 'orders' already exists."),
        (("create", "x:y"), "x:y: 'y' is not a number of partitions"),
        (("create", "x:1:compression.type=gzp"),
         "x: Invalid value gzp for configuration compression.type: String must be one of: "
         "uncompressed, zstd, lz4, snappy, gzip, producer; did you mean 'gzip'?"),
    ],
)  # fmt: skip
def test_refused(words: tuple[str, ...], why: str, bootstrap: str, refused: Callable[..., str],
                 told: Callable[..., Any]) -> None:  # fmt: skip
    """One line that says what to do."""
    if "orders" not in told("topic", "list"):
        told("topic", "create", "orders:1")

    assert refused("topic", *words) == why


def test_several_are_created(done: Callable[..., str], told: Callable[..., Any]) -> None:
    """With the settings that are given; the broker says how many partitions there are of others."""
    assert told("topic", "create", "many:2:retention.ms=5:segment.bytes=2000000", "plain") == [
        {"topic": "many", "partitions": 2}, {"topic": "plain", "partitions": 1},
    ]  # fmt: skip
    settings = told("config", "describe", "topic", "many", "retention.ms", "segment.bytes")
    assert [each["value"] for each in settings] == ["5", "2000000"]
    assert done("topic", "create", "silent") == ""


def test_none_is_created_if_one_makes_no_sense(
    told: Callable[..., Any], refused: Callable[..., str]
) -> None:
    assert refused("topic", "create", "sense", "x:y").startswith("x:y: ")
    assert "sense" not in told("topic", "list")


def test_several_are_deleted(done: Callable[..., str], told: Callable[..., Any]) -> None:
    done("topic", "create", "first", "second", "third")
    assert told("topic", "delete", "first", "third") == [{"topic": "first"}, {"topic": "third"}]
    assert set(told("topic", "list")).isdisjoint({"first", "third"})
    assert done("topic", "delete", "second") == ""


@pytest.mark.parametrize("words", ["delete", "create", "add-partitions t", "delete-records"])
def test_what_has_to_be_named(words: str) -> None:
    """Nothing is deleted because a variable of a shell was empty."""
    with pytest.raises(SystemExit) as ended:
        run(["topic", *words.split()])
    assert ended.value.code == 2


def test_records_of_some_partitions_are_deleted(
    bootstrap: str, told: Callable[..., Any], refused: Callable[..., str]
) -> None:
    """Of one, or of all as far as all go."""
    told("topic", "create", "parts:3")
    for partition, values in enumerate((b"abc", b"abc", b"a")):
        fill(bootstrap, "parts", *([b"v"] * len(values)), partition=partition)

    assert told("topic", "delete-records", "parts", "--partition", "0", "--before", "2") == [
        {"topic": "parts", "partition": 0, "low_watermark": 2}
    ]
    assert refused("topic", "delete-records", "parts", "--before", "3") == (
        "--before 3: partition 2 ends at 1"
    )
    deleted = told("topic", "delete-records", "parts", "--before", "1")
    assert [(row["partition"], row["low_watermark"]) for row in deleted] == [(0, 2), (1, 1), (2, 1)]
    starts = [
        each["log_start_offset"] for each in told("topic", "describe", "parts")[0]["partitions"]
    ]
    assert starts == [2, 1, 1]


def test_all_topics_are_described(done: Callable[..., str], told: Callable[..., Any]) -> None:
    """By name, internal ones, too; some if some are named, whatever their order."""
    done("topic", "create", "zebra", "ant")
    done("consume", "ant", "-e", "-g", "g")
    every = told("topic", "describe")

    assert [each["topic"] for each in every] == told("topic", "list")
    assert [each["topic"] for each in every if each["internal"]] == ["__consumer_offsets"]
    assert [each["topic"] for each in told("topic", "describe", "zebra", "ant")] == ["ant", "zebra"]


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> MagicMock:
    """Of a broker that answers what it likes."""
    fake = MagicMock()

    @contextmanager
    def admin(_bootstrap: str) -> Iterator[MagicMock]:
        yield fake

    monkeypatch.setattr(topic, "admin", admin)
    return fake


def test_names_are_in_order(client: MagicMock, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever the broker's is."""
    client.list_topics.return_value = ["b", "c", "a"]
    assert run(["topic", "list"]) == 0
    assert capsys.readouterr().out == "a\nb\nc\n"


def test_partitions_that_were_emptied_are_in_order(
    client: MagicMock, capsys: pytest.CaptureFixture[str]
) -> None:
    client.describe_topics.return_value = [
        {"name": "t", "error_code": 0, "partitions": [{"partition_index": n} for n in (0, 1)]}
    ]
    client.list_partition_offsets.side_effect = lambda wanted: {
        each: MagicMock(offset=9) for each in wanted
    }
    client.delete_records.return_value = {
        TopicPartition("t", number): {"low_watermark": 9} for number in (1, 0)
    }
    assert run(["topic", "delete-records", "t"]) == 0
    assert [line.split() for line in capsys.readouterr().out.splitlines()[1:]] == [
        ["t", "0", "9"], ["t", "1", "9"],
    ]  # fmt: skip


def test_partitions_are_in_order(client: MagicMock, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever the broker's is; replicas that are behind are seen."""
    partitions = [
        {"partition_index": number, "leader_id": 1, "leader_epoch": 3, "replica_nodes": [1, 2],
         "isr_nodes": isr, "error_code": 0}
        for number, isr in ((1, [1]), (0, [2, 1]))
    ]  # fmt: skip
    client.describe_topics.return_value = [
        {"name": "t", "error_code": 0, "is_internal": False, "partitions": partitions,
         "topic_id": "ffffffff-ffff-ffff-ffff-fffffffffff0"}
    ]  # fmt: skip
    offsets = [{TopicPartition("t", 0): (first,), TopicPartition("t", 1): (9,)} for first in (4, 8)]
    client.list_partition_offsets.side_effect = offsets
    assert run(["topic", "describe", "t"]) == 0
    title, _, *lines = capsys.readouterr().out.splitlines()

    assert title == "t  id=____________________8A  partitions=2"
    assert lines[0].split() == ["0", "1", "3", "1,2", "2,1", "4", "8"]
    assert lines[1].split() == ["1", "1", "3", "1,2", "1", "9", "9"]
    assert all(line.startswith("  ") for line in lines)


@pytest.mark.parametrize("verb", ["create t", "describe t", "add-partitions t 2", "delete t"])
def test_an_error_that_nobody_expected(
    verb: str, client: MagicMock, capsys: pytest.CaptureFixture[str]
) -> None:
    """Has a negative number, and is an error all the same."""
    failed = {"name": "t", "error_code": -1, "error_message": "odd"}
    client.list_topics.return_value = ["t"]
    client.create_topics.return_value = {"topics": [failed | {"num_partitions": -1}]}
    client.delete_topics.return_value = {"responses": [failed]}
    client.create_partitions.return_value.to_dict.return_value = {"results": [failed]}
    client.describe_topics.return_value = [failed]
    assert run(["topic", *verb.split()]) == 1
    assert capsys.readouterr().err.startswith("kbroker: t: ")


def test_the_broker_chooses_how_many_replicas_there_are(client: MagicMock) -> None:
    created = {"name": "t", "error_code": 0, "error_message": None, "num_partitions": 4}
    client.create_topics.return_value = {"topics": [created]}
    assert run(["topic", "create", "t"]) == 0
    (wanted,) = client.create_topics.call_args.args[0]
    assert (wanted.num_partitions, wanted.replication_factor) == (-1, -1)
