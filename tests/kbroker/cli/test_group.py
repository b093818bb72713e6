"""Groups: for people, for programs, and refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.structs import OffsetAndMetadata

RECORDS = 5
FIRST_MS = 1_000_000
LAST_MS = FIRST_MS + RECORDS - 1


@pytest.fixture(scope="module", autouse=True)
def committed(bootstrap: str) -> None:
    """Group ``readers`` has read three of five records of topic ``read``."""
    producer = KafkaProducer(bootstrap_servers=bootstrap)
    for number in range(RECORDS):
        producer.send("read", b"%d" % number, timestamp_ms=FIRST_MS + number).get()
    producer.close()
    commit(bootstrap, "readers", 3)


def commit(bootstrap: str, group: str, offset: int) -> None:
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, group_id=group)
    partition = TopicPartition("read", 0)
    consumer.assign([partition])
    consumer.commit({partition: OffsetAndMetadata(offset, "", -1)})
    consumer.close()


@pytest.fixture
def member(bootstrap: str) -> Iterator[None]:
    """Somebody in group ``busy``."""
    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap, group_id="busy", client_id="me",
        auto_offset_reset="earliest", enable_auto_commit=False,
    )  # fmt: skip
    consumer.subscribe(["read"])
    consumer.partitions_for_topic("read")  # as kbroker/cli/consume.py does, and why
    assert consumer.poll(timeout_ms=20_000), "the member got no record within 20 seconds"
    yield
    consumer.close()


def test_progress(done: Callable[..., str], told: Callable[..., Any]) -> None:
    """The columns of kafka-consumer-groups."""
    title, heading, line = done("group", "describe", "readers").splitlines()

    assert title == "readers  state=Empty  assignor=-  members=0"
    assert heading.split() == ["TOPIC", "PARTITION", "CURRENT-OFFSET", "LOG-END-OFFSET", "LAG",
                               "CONSUMER-ID", "HOST", "CLIENT-ID"]  # fmt: skip
    assert line.split() == ["read", "0", "3", "5", "2", "-", "-", "-"]
    assert told("group", "describe", "readers")[0]["offsets"] == [
        {"topic": "read", "partition": 0, "current_offset": 3, "log_end_offset": 5, "lag": 2,
         "consumer_id": None, "host": None, "client_id": None}
    ]  # fmt: skip


@pytest.mark.usefixtures("member")
def test_members(done: Callable[..., str], told: Callable[..., Any],
                 refused: Callable[..., str]) -> None:  # fmt: skip
    """Who has what; nobody takes it from them."""
    (group,) = told("group", "describe", "busy")
    listed = [line.split() for line in done("group", "list").splitlines()]

    assert (group["state"], group["assignor"]) == ("Stable", "range")
    assert group["members"][0]["client_id"] == "me"
    assert group["members"][0]["assignment"] == [{"topic": "read", "partition": 0}]
    assert group["offsets"][0]["consumer_id"] == group["members"][0]["consumer_id"]
    assert group["offsets"][0]["current_offset"] is None
    assert listed[0] == ["GROUP", "TYPE", "PROTOCOL", "STATE"]
    assert ["busy", "classic", "consumer", "Stable"] in listed
    assert refused("group", "delete", "busy") == "busy has members; stop them first"
    assert (
        refused("group", "reset-offsets", "busy", "--to", "end", "--topic", "read")
        == "busy has members; stop them first"
    )


@pytest.mark.parametrize(
    ("where", "offset"),
    [
        (("--to", "beginning"), 0),
        (("--to", "end"), RECORDS),
        (("--to", "2"), 2),
        (("--to", "99"), RECORDS),
        (("--to", "-2"), RECORDS - 2),
        (("--to", f"@{FIRST_MS + 1}"), 1),
        (("--to", f"@{LAST_MS + 1}"), RECORDS),
        (("--to", "@1970-01-01T00:00:00+00:00"), 0),
        (("--by", "1"), 4),
        (("--by", "-9"), 0),
    ],
)
def test_offsets_are_reset(where: tuple[str, ...], offset: int, bootstrap: str,
                           told: Callable[..., Any]) -> None:  # fmt: skip
    """Within what there is; a dry run tells the same and does nothing."""
    commit(bootstrap, "sent", 3)
    dry = told("group", "reset-offsets", "sent", *where, "--dry-run")

    assert dry == [{"group": "sent", "topic": "read", "partition": 0, "new_offset": offset}]
    assert told("group", "describe", "sent")[0]["offsets"][0]["current_offset"] == 3
    assert told("group", "reset-offsets", "sent", *where, "--topic", "read:0") == dry
    assert told("group", "describe", "sent")[0]["offsets"][0]["current_offset"] == offset


def test_deleted(bootstrap: str, done: Callable[..., str], told: Callable[..., Any]) -> None:
    """With its offsets."""
    commit(bootstrap, "old", 1)
    done("group", "delete", "old")

    assert "old" not in [group["group"] for group in told("group", "list")]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("describe", "raeders"), "there is no group 'raeders'; did you mean 'readers'?"),
        (("delete", "zzz"), "there is no group 'zzz'; kbroker group list names them"),
        (("reset-offsets", "new", "--to", "end"),
         "new has committed no offsets; --topic says where to"),
        (("reset-offsets", "readrs", "--to", "end"),
         "readrs has committed no offsets; did you mean 'readers'?"),
        (("reset-offsets", "new", "--by", "1", "--topic", "read"),
         "--by: new has committed nothing for read"),
        (("reset-offsets", "new", "--to", "end", "--topic", "raed"),
         "there is no topic 'raed'; did you mean 'read'?"),
        (("reset-offsets", "new", "--to", "end", "--topic", "read:1"),
         "--topic read:1: the partitions of read are 0 to 0"),
        (("reset-offsets", "new", "--to", "end", "--topic", "read:0,x"),
         "--topic read:0,x: the partitions of read are 0 to 0"),
    ],
)  # fmt: skip
def test_refused(words: tuple[str, ...], why: str, refused: Callable[..., str]) -> None:
    """One line that says what to do."""
    assert refused("group", *words) == why


def test_all_are_deleted_or_none(
    bootstrap: str, told: Callable[..., Any], refused: Callable[..., str]
) -> None:
    commit(bootstrap, "stays", 1)

    assert refused("group", "delete", "stays", "zzz").startswith("there is no group 'zzz'")
    assert "stays" in [group["group"] for group in told("group", "list")]


def test_a_place_that_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    """argparse says what there is."""
    from kbroker.cli import run

    with pytest.raises(SystemExit):
        run(["group", "reset-offsets", "g", "--to", "@then"])
    assert "'@then' is none of: beginning, end, " in capsys.readouterr().err
