"""``kbroker group``: what groups do and how far they are; delete them, or send them elsewhere."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from kbroker.cli import Failure
from kbroker.cli.client import add_bootstrap, admin, partitions_of
from kbroker.cli.names import advice, unknown
from kbroker.cli.output import add_output, show, show_rows, table
from kbroker.cli.positions import HELP, METAVAR, offsets_at, position, within
from kbroker.cli.words import word


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name, (summary, _) in _VERBS.items():
        verb = verbs.add_parser(name, help=summary, description=summary)
        add_bootstrap(verb)
        add_output(verb)
        if name == "reset-offsets":
            _add_reset_arguments(verb)
        elif name != "list":
            verb.add_argument("groups", nargs="+" if name == "delete" else "*", metavar="GROUP")


def _add_reset_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("group", type=word, metavar="GROUP", help="group, which must have no members now")
    target = parser.add_mutually_exclusive_group(required=True)
    target.add_argument("--to", type=position, metavar=METAVAR, help=HELP)
    target.add_argument(
        "--by", type=int, metavar="N", help="N records forwards, or backwards with -N"
    )
    add(
        "--topic",
        action="append",
        dest="topics",
        default=[],
        metavar="NAME[:PARTITION,…]",
        help="only this topic or these partitions; may be repeated (default: all committed ones)",
    )
    add("--dry-run", action="store_true", help="only print what would be committed")


def run(arguments: argparse.Namespace) -> int:
    with admin(arguments.bootstrap) as client:
        _VERBS[arguments.verb][1](client, arguments)
    return 0


def _list(client: Any, arguments: argparse.Namespace) -> None:
    rows = [
        {
            "group": group["group_id"],
            "type": group.get("group_type"),
            "protocol": group["protocol_type"] or None,
            "state": group.get("group_state"),
        }
        for group in client.list_groups()
    ]
    show_rows(arguments, sorted(rows, key=lambda row: row["group"]))


def _names(client: Any) -> list[str]:
    return sorted(group["group_id"] for group in client.list_groups())


def _unknown(client: Any, name: str) -> Failure:
    return unknown("group", name, _names(client), "kbroker group list names them")


def _describe(client: Any, arguments: argparse.Namespace) -> None:
    names = arguments.groups or _names(client)
    described = client.describe_groups(names)
    groups = []
    for name in names:
        if described[name]["group_state"] == "Dead":
            raise _unknown(client, name)
        if described[name]["error"]:
            raise Failure(f"{name}: {described[name]['error']}")
        groups.append(_described(client, described[name]))
    show(arguments, groups, (line for group in groups for line in _lines(group)))


def _described(client: Any, group: Any) -> dict[str, Any]:
    members = [_member(member) for member in group["members"]]
    return {
        "group": group["group_id"],
        "state": group["group_state"],
        "protocol": group["protocol_type"] or None,
        "assignor": group["protocol_data"] or None,
        "members": members,
        "offsets": _progress(client, group["group_id"], members),
    }


def _member(member: Any) -> dict[str, Any]:
    """Only consumers tell what they are assigned in a form that is known."""
    assignment = member["member_assignment"]
    topics = assignment.get("assigned_partitions", []) if isinstance(assignment, dict) else []
    return {
        "consumer_id": member["member_id"],
        "instance_id": member["group_instance_id"],
        "host": member["client_host"],
        "client_id": member["client_id"],
        "assignment": [
            {"topic": topic["topic"], "partition": partition}
            for topic in topics
            for partition in topic["partitions"]
        ],
    }


def _progress(client: Any, group: str, members: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each partition that the group committed to or that a member has."""
    from kafka import TopicPartition
    from kafka.admin import OffsetSpec

    owners = {
        TopicPartition(**assigned): member
        for member in members
        for assigned in member["assignment"]
    }
    committed = client.list_group_offsets({group: None})[group]
    # Of a topic that was deleted the offsets stay for a while.
    topics = set(client.list_topics())
    partitions = sorted(owners.keys() | committed.keys())
    there = [each for each in partitions if each.topic in topics]
    ends = client.list_partition_offsets(dict.fromkeys(there, OffsetSpec.LATEST))
    return [
        _partition(each, committed.get(each), ends.get(each), owners.get(each))
        for each in partitions
    ]


def _partition(partition: Any, committed: Any, end: Any, owner: Any) -> dict[str, Any]:
    current = committed.offset if committed is not None and committed.offset >= 0 else None
    log_end = None if end is None else end.offset
    return {
        "topic": partition.topic,
        "partition": partition.partition,
        "current_offset": current,
        "log_end_offset": log_end,
        "lag": None if current is None or log_end is None else log_end - current,
        "consumer_id": owner and owner["consumer_id"],
        "host": owner and owner["host"],
        "client_id": owner and owner["client_id"],
    }


def _lines(group: dict[str, Any]) -> Iterator[str]:
    members = group["members"]
    yield (
        f"{group['group']}  state={group['state']}  assignor={group['assignor'] or '-'}"
        f"  members={len(members)}"
    )
    nothing = dict.fromkeys(("topic", "partition", "current_offset", "log_end_offset", "lag"))
    idle = [
        nothing | {key: member[key] for key in ("consumer_id", "host", "client_id")}
        for member in members
        if not member["assignment"]
    ]
    for line in table(group["offsets"] + idle):
        yield f"  {line}"


def _delete(client: Any, arguments: argparse.Namespace) -> None:
    there = _names(client)
    for name in arguments.groups:
        if name not in there:
            raise _unknown(client, name)  # before any is deleted
    answers = client.delete_groups(arguments.groups)
    for name, error in answers.items():
        if error == "GroupIdNotFoundError":
            raise _unknown(client, name)
        if error == "NonEmptyGroupError":
            raise Failure(f"{name} has members; stop them first")
        if error != "OK":
            raise Failure(f"{name}: {error}")
    show(arguments, [{"group": name} for name in arguments.groups], ())


def _reset(client: Any, arguments: argparse.Namespace) -> None:
    committed = client.list_group_offsets({arguments.group: None})[arguments.group]
    partitions = _partitions(client, arguments.topics) if arguments.topics else list(committed)
    if not partitions:
        names = _names(client)
        meant = "" if arguments.group in names else advice(arguments.group, names)
        raise Failure(
            f"{arguments.group} has committed no offsets; {meant or '--topic says where to'}"
        )
    targets = _targets(client, arguments, committed, partitions)
    if not arguments.dry_run:
        _commit(client, arguments.group, targets)
    rows = [
        {"group": arguments.group, "topic": topic, "partition": partition, "new_offset": offset}
        for (topic, partition), offset in sorted(targets.items())
    ]
    show_rows(arguments, rows)


def _partitions(client: Any, texts: list[str]) -> list[Any]:
    """Of NAME or NAME:PARTITION,…"""
    from kafka import TopicPartition

    chosen = []
    for text in texts:
        name, _, numbers = text.partition(":")
        there = partitions_of(client, [name])[name]
        wanted = {int(each) if each.isdecimal() else each for each in numbers.split(",") if each}
        if wanted - set(there):
            raise Failure(f"--topic {text}: the partitions of {name} are 0 to {len(there) - 1}")
        chosen += [TopicPartition(name, partition) for partition in wanted or there]
    return chosen


def _targets(
    client: Any, arguments: argparse.Namespace, committed: Any, partitions: list[Any]
) -> dict[Any, int]:
    if arguments.to is not None:
        return offsets_at(client, arguments.to, partitions)
    missing = [each for each in partitions if each not in committed]
    if missing:
        raise Failure(f"--by: {arguments.group} has committed nothing for {missing[0].topic}")
    return within(client, {each: committed[each].offset + arguments.by for each in partitions})


def _commit(client: Any, group: str, targets: dict[Any, int]) -> None:
    from kafka.errors import NoError, UnknownMemberIdError
    from kafka.structs import OffsetAndMetadata

    answers = client.alter_group_offsets(
        group, {each: OffsetAndMetadata(offset, "", -1) for each, offset in targets.items()}
    )
    for partition, error in answers.items():
        if error is UnknownMemberIdError:
            raise Failure(f"{group} has members; stop them first")
        if error is not NoError:
            raise Failure(f"{partition.topic}-{partition.partition}: {error.__name__}")


_VERBS = {
    "list": ("list all groups and their states", _list),
    "describe": ("show members, committed offsets and lag", _describe),
    "reset-offsets": ("change the committed offsets of a group", _reset),
    "delete": ("delete groups with their offsets", _delete),
}
