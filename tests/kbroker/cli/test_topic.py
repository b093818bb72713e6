"""Topics: for people, for programs, and refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from kafka import KafkaProducer


def fill(bootstrap: str, topic: str, *values: bytes) -> None:
    producer = KafkaProducer(bootstrap_servers=bootstrap)
    for value in values:
        producer.send(topic, value, partition=0)
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
        (("describe", "bad name"), "'bad name' is no name for a topic"),
        (("create", "x:y"), "x:y: 'y' is not a number of partitions"),
    ],
)  # fmt: skip
def test_refused(words: tuple[str, ...], why: str, bootstrap: str, refused: Callable[..., str],
                 told: Callable[..., Any]) -> None:  # fmt: skip
    """One line that says what to do."""
    if "orders" not in told("topic", "list"):
        told("topic", "create", "orders:1")

    assert refused("topic", *words) == why
