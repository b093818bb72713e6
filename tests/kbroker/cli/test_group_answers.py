"""What ``group`` makes of a broker's answers, be they rare ones."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import MagicMock

import pytest
from kafka import TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import GroupAuthorizationFailedError, NoError, UnknownMemberIdError
from kafka.structs import OffsetAndMetadata

from kbroker.cli import group, run

A0, A1, B0, GONE = (TopicPartition(*each) for each in (("a", 0), ("a", 1), ("b", 0), ("gone", 0)))
ENDS = {A0: 10, A1: 20, B0: 30}


def member(name: str, assignment: Any) -> dict[str, Any]:
    return {
        "member_id": f"{name}-1", "group_instance_id": None, "client_host": f"/{name}",
        "client_id": name, "member_assignment": assignment,
    }  # fmt: skip


def listed(name: str) -> dict[str, str]:
    return {
        "group_id": name, "protocol_type": "", "group_type": "classic", "group_state": "Empty"
    }  # fmt: skip


def described(name: str, *members: dict[str, Any], error: str | None = None) -> dict[str, Any]:
    return {
        "group_id": name, "group_state": "Stable" if members else "Empty", "error": error,
        "protocol_type": "", "protocol_data": "", "members": list(members),
    }  # fmt: skip


def offsets(wanted: dict[TopicPartition, Any]) -> Any:
    return {
        each: MagicMock(offset=ENDS[each] if what == OffsetSpec.LATEST else 0)
        for each, what in wanted.items()
    }


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> MagicMock:
    """Of a broker with the topics ``a`` and ``b``. Its groups ``g`` and ``h`` have ``committed`` to
    some partitions, a third one to none."""
    fake = MagicMock()
    fake.list_topics.return_value = ["a", "b"]
    fake.list_groups.return_value = [listed(name) for name in ("h", "g", "empty")]
    fake.list_partition_offsets.side_effect = offsets
    fake.committed = {
        partition: OffsetAndMetadata(offset, "", -1)
        for partition, offset in ((B0, 5), (A1, 0), (GONE, 7), (A0, 4))
    }
    fake.list_group_offsets.side_effect = lambda wanted: {
        name: fake.committed if name in ("g", "h") else {} for name in wanted
    }

    @contextmanager
    def admin(_bootstrap: str) -> Iterator[MagicMock]:
        yield fake

    monkeypatch.setattr(group, "admin", admin)
    return fake


@pytest.fixture
def shown(client: MagicMock, capsys: pytest.CaptureFixture[str]) -> Callable[..., list[list[str]]]:
    """The words of each line."""

    def command(*words: str) -> list[list[str]]:
        assert run(["group", *words]) == 0
        return [line.split() for line in capsys.readouterr().out.splitlines()]

    return command


@pytest.fixture
def failed(client: MagicMock, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    def command(*words: str) -> str:
        assert run(["group", *words]) == 1
        return capsys.readouterr().err.removeprefix("kbroker: ").rstrip()

    return command


def test_groups_are_in_order(shown: Callable[..., list[list[str]]]) -> None:
    """Whatever the broker's is; one that never had a member has no protocol."""
    assert shown("list") == [
        ["GROUP", "TYPE", "PROTOCOL", "STATE"],
        ["empty", "classic", "-", "Empty"], ["g", "classic", "-", "Empty"],
        ["h", "classic", "-", "Empty"],
    ]  # fmt: skip


def test_partitions_of_a_group(client: MagicMock, shown: Callable[..., list[list[str]]]) -> None:
    """All that are committed or assigned, in order; a topic that was deleted has no end."""
    assigned = {"assigned_partitions": [{"topic": "a", "partitions": [1, 0]}]}
    del client.committed[A1]
    client.committed[A0] = OffsetAndMetadata(0, "", -1)
    client.describe_groups.return_value = {"g": described("g", member("x", assigned))}

    assert shown("describe", "g")[2:] == [
        ["a", "0", "0", "10", "10", "x-1", "/x", "x"],
        ["a", "1", "-", "20", "-", "x-1", "/x", "x"],
        ["b", "0", "5", "30", "25", "-", "-", "-"],
        ["gone", "0", "7", "-", "-", "-", "-", "-"],
    ]


@pytest.mark.parametrize("assignment", [b"", b"of Connect", {"assigned_partitions": []}])
def test_members_that_have_nothing_that_is_known(
    assignment: Any, client: MagicMock, shown: Callable[..., list[list[str]]]
) -> None:
    """Are members all the same."""
    assigned = {"assigned_partitions": [{"topic": "a", "partitions": [0]}]}
    members = (member("x", assigned), member("idle", assignment))
    client.committed.clear()
    client.describe_groups.return_value = {"g": described("g", *members)}
    title, _, *lines = shown("describe", "g")

    assert title == ["g", "state=Stable", "assignor=-", "members=2"]
    assert lines == [
        ["a", "0", "-", "10", "-", "x-1", "/x", "x"],
        ["-", "-", "-", "-", "-", "idle-1", "/idle", "idle"],
    ]


def test_what_is_described(client: MagicMock, shown: Callable[..., list[list[str]]]) -> None:
    """The groups that are named, in that order, or all by name; none where there are none."""
    client.describe_groups.side_effect = lambda names: {name: described(name) for name in names}
    client.committed.clear()

    assert [line[0] for line in shown("describe", "h", "g")] == ["h", "g"]
    assert [line[0] for line in shown("describe")] == ["empty", "g", "h"]
    client.list_groups.return_value = []
    assert shown("describe") == []


def test_what_programs_are_told_of_a_group(
    client: MagicMock, capsys: pytest.CaptureFixture[str]
) -> None:
    client.committed.clear()
    static = member("x", b"") | {"group_instance_id": "static"}
    client.describe_groups.return_value = {"g": described("g", static)}
    assert run(["group", "describe", "g", "-o", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == [
        {
            "group": "g", "state": "Stable", "protocol": None, "assignor": None, "offsets": [],
            "members": [
                {"consumer_id": "x-1", "instance_id": "static", "host": "/x", "client_id": "x",
                 "assignment": []}
            ],
        }
    ]  # fmt: skip


def test_a_group_that_cannot_be_described(client: MagicMock, failed: Callable[..., str]) -> None:
    client.describe_groups.return_value = {"g": described("g", error="[Error 15] loading")}
    assert failed("describe", "g") == "g: [Error 15] loading"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("NonEmptyGroupError", "h has members; stop them first"),
        ("GroupIdNotFoundError", "there is no group 'h'; kbroker group list names them"),
        ("NotCoordinatorError", "h: NotCoordinatorError"),
    ],
)
def test_one_of_several_that_is_not_deleted(
    answer: str, why: str, client: MagicMock, failed: Callable[..., str]
) -> None:
    client.list_groups.side_effect = [[listed("g"), listed("h")], []]
    client.delete_groups.return_value = {"g": "OK", "h": answer}
    assert failed("delete", "g", "h") == why
    client.delete_groups.assert_called_once_with(["g", "h"])


@pytest.mark.parametrize(
    ("words", "offsets"),
    [
        ("--to end --topic a", {A0: 10, A1: 20}),
        ("--to end --topic a:1", {A1: 20}),
        ("--to end --topic a:1,0 --topic b", {A0: 10, A1: 20, B0: 30}),
        ("--to 15 --topic b --topic a", {A0: 10, A1: 15, B0: 15}),
        ("--by 0 --topic a --topic b", {A0: 4, A1: 0, B0: 5}),
        ("--by 2 --topic a --topic b", {A0: 6, A1: 2, B0: 7}),
        ("--by -2 --topic a --topic b", {A0: 2, A1: 0, B0: 3}),
    ],
)
def test_offsets_are_reset(
    words: str, offsets: dict[TopicPartition, int], client: MagicMock,
    shown: Callable[..., list[list[str]]],
) -> None:  # fmt: skip
    """Of all that is named, each partition for itself; what is told is in order."""
    client.describe_topics.side_effect = lambda names: [
        {"name": name, "error_code": 0,
         "partitions": [{"partition_index": each.partition} for each in ENDS if each.topic == name]}
        for name in names
    ]  # fmt: skip
    client.alter_group_offsets.side_effect = lambda _, targets: dict.fromkeys(targets, NoError)
    lines = shown("reset-offsets", "g", *words.split())[1:]

    assert lines == [["g", topic, str(partition), str(offset)]
                     for (topic, partition), offset in sorted(offsets.items())]  # fmt: skip
    client.alter_group_offsets.assert_called_once_with(
        "g", {each: OffsetAndMetadata(offset, "", -1) for each, offset in offsets.items()}
    )


def test_all_that_was_committed_is_reset(
    client: MagicMock, shown: Callable[..., list[list[str]]]
) -> None:
    """Where nothing else is named."""
    del client.committed[GONE]
    client.alter_group_offsets.side_effect = lambda _, targets: dict.fromkeys(targets, NoError)
    lines = shown("reset-offsets", "g", "--to", "end")[1:]
    assert lines == [["g", "a", "0", "10"], ["g", "a", "1", "20"], ["g", "b", "0", "30"]]


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (UnknownMemberIdError, "g has members; stop them first"),
        (GroupAuthorizationFailedError, "b-0: GroupAuthorizationFailedError"),
    ],
)
def test_offsets_that_are_not_reset(
    error: type, why: str, client: MagicMock, failed: Callable[..., str]
) -> None:
    del client.committed[GONE]
    client.alter_group_offsets.side_effect = lambda _, targets: (
        dict.fromkeys(targets, NoError) | {B0: error}
    )
    assert failed("reset-offsets", "g", "--to", "end") == why


@pytest.mark.parametrize(
    ("name", "advice"), [("empty", "--topic says where to"), ("emty", "did you mean 'empty'?")]
)
def test_a_group_without_offsets(name: str, advice: str, failed: Callable[..., str]) -> None:
    """Nothing else can have been meant where there is one of that name."""
    assert failed("reset-offsets", name, "--to", "end") == (
        f"{name} has committed no offsets; {advice}"
    )


@pytest.mark.parametrize("words", ["delete", "reset-offsets", "reset-offsets g --to 1 --by 1"])
def test_what_has_to_be_said(words: str) -> None:
    with pytest.raises(SystemExit) as ended:
        run(["group", *words.split()])
    assert ended.value.code == 2
