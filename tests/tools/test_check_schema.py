"""That the comparison with Kafka's definitions sees each kind of difference."""

from __future__ import annotations

import copy
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tools.check_schema import (
    compare_releases,
    differences,
    kafka_fields,
    our_fields,
    read_definitions,
    snake_case,
)
from wire.schema import Message, Struct, array, int16, int32, int64, string, struct


class Part(Struct):
    number: int = int32()
    epoch: int = int32(since=1, default=-1)


class ThingKey(Message, record_type=7, versions=(0, 0)):
    group_id: str = string()


class ThingValue(Message, versions=(0, 2), flexible=1):
    name: str | None = string(null_since=1, default="")
    parts: list[Part] = array(Part)
    main_part: Part | None = struct(Part, since=1, null_since=1, tag=1, default=None)
    first_timestamp: int = int64(since=1, tag=0, default=0)
    error_code: int = int16(until=1, default=0)


TABLE: dict[str, type[Message]] = {"ThingKey": ThingKey, "ThingValue": ThingValue}
KEY: dict[str, Any] = {
    "apiKey": 7, "type": "coordinator-key", "name": "ThingKey",
    "validVersions": "0", "flexibleVersions": "none",
    "fields": [{"name": "groupId", "type": "string", "versions": "0"}],
}  # fmt: skip
VALUE: dict[str, Any] = {
    "apiKey": 7, "type": "coordinator-value", "name": "ThingValue",
    "validVersions": "0-2", "flexibleVersions": "1+",
    "fields": [
        {"name": "Name", "type": "string", "versions": "0+", "nullableVersions": "1+"},
        {"name": "Parts", "type": "[]Part", "versions": "0+"},
        {"name": "MainPart", "type": "Part", "versions": "1+", "nullableVersions": "1+",
         "taggedVersions": "1+", "tag": 1, "default": "null"},
        {"name": "FirstTimestamp", "type": "int64", "taggedVersions": "1+", "tag": 0},
        {"name": "ErrorCode", "type": "int16", "versions": "0-1"},
    ],
    "commonStructs": [
        {"name": "Part", "versions": "0+", "fields": [
            {"name": "Number", "type": "int32", "versions": "0+"},
            {"name": "Epoch", "type": "int32", "versions": "1+", "default": "-1"},
        ]},
    ],
}  # fmt: skip


def compared(value: dict[str, Any], key: dict[str, Any] = KEY) -> list[str]:
    return compare_releases({"9.9": [key, value]}, TABLE)[0]


def test_no_difference() -> None:
    """Tables that say the same compare equal, at every version."""
    assert compare_releases({"9.9": [KEY, VALUE]}, TABLE) == ([], 4)


Plant = Callable[[dict[str, Any]], Any]
PLANTED: dict[str, tuple[Plant, str]] = {
    "name": (lambda v: v["fields"][0].update(name="Title"), "title is missing"),
    "type": (lambda v: v["fields"][4].update(type="int32"), "error_code: type is 'int32'"),
    "element type": (
        lambda v: v["commonStructs"][0]["fields"][0].update(type="int64"),
        "parts number: type is 'int64'",
    ),
    "array": (lambda v: v["fields"][1].update(type="Part"), "parts: type is 'struct'"),
    "nullability": (
        lambda v: v["fields"][0].update(nullableVersions="2+"),
        "v1 name: nullable is False in Kafka, True in our table",
    ),
    "tag": (lambda v: v["fields"][3].update(tag=5), "first_timestamp: tag is 5 in Kafka"),
    "no tag": (
        lambda v: v["fields"][3].update(versions="1+", taggedVersions="2+"),
        "v1 first_timestamp: tag is None in Kafka",
    ),
    "default": (lambda v: v["fields"][4].update(default="-1"), "error_code: default is -1"),
    "null default": (lambda v: v["fields"][2].pop("default"), "default is 'an empty struct'"),
    "first version": (lambda v: v["fields"][4].update(versions="1"), "v0: error_code is only in"),
    "last version": (lambda v: v["fields"][4].update(versions="0+"), "v2: error_code is missing"),
    "order": (lambda v: v["fields"].insert(0, v["fields"].pop(1)), "the order is ['parts', 'name'"),
    "field": (
        lambda v: v["fields"].append({"name": "New", "type": "bool", "versions": "2+"}),
        "v2: new is missing",
    ),
    "flexible": (lambda v: v.update(flexibleVersions="2+"), "v1: flexible is False in Kafka"),
    "newer version": (lambda v: v.update(validVersions="0-3"), "ThingValue v3 is missing"),
    "version of nobody": (lambda v: v.update(validVersions="0-1"), "no release defines [2]"),
    "message": (lambda v: v.update(name="OtherValue"), "OtherValue is missing in our table"),
}


@pytest.mark.parametrize("plant", PLANTED)
def test_planted_differences(plant: str) -> None:
    """Each difference is printed with its place."""
    change, expected = PLANTED[plant]
    value = copy.deepcopy(VALUE)
    change(value)

    assert any(expected in line for line in compared(value)), compared(value)


def test_numbers_of_records() -> None:
    """The record type of a key is part of the table."""
    assert compared(VALUE, KEY | {"apiKey": 8}) == [
        "9.9 ThingKey: number 8 in Kafka, 7 in our table"
    ]


def test_keys_of_old_releases_have_their_record_type_for_a_version() -> None:
    """Up to 3.9 the version of a coordinator key was what is now its number."""
    old = {**KEY, "type": "data", "validVersions": "7", "apiKey": None}
    old["fields"] = [{"name": "group_id", "type": "int32", "versions": "7"}]
    found, _ = compare_releases({"3.9": [old], "9.9": [KEY, VALUE]}, TABLE)

    assert found == [
        "3.9 ThingKey v7 group_id: type is 'int32' in Kafka, 'string' in our table",
        "3.9 ThingKey v7 group_id: default is 0 in Kafka, '' in our table",
    ]


def test_tagged_fields_may_come_later() -> None:
    """A release without a tagged field that a newer one has is no difference; the newest is."""
    old = copy.deepcopy(VALUE)
    del old["fields"][3]

    assert compare_releases({"8.8": [old], "9.9": [KEY, VALUE]}, TABLE)[0] == []
    assert "9.9 ThingValue v1: first_timestamp is only in our table" in compared(old)


@pytest.mark.parametrize(("unstable", "expected"), [(True, 0), (False, 1)])
def test_unstable_versions_that_were_defined_again(unstable: bool, expected: int) -> None:
    """Only what a release calls unstable may be redefined by the next."""
    request = {
        "apiKey": 0, "type": "request", "name": "ThingValue", "listeners": ["broker"],
        "validVersions": "0-2", "flexibleVersions": "1+", "fields": VALUE["fields"],
        "commonStructs": VALUE["commonStructs"],
    }  # fmt: skip
    old = copy.deepcopy(request) | {"latestVersionUnstable": unstable}
    old["fields"][0]["versions"] = "0-1"
    found, _ = compare_releases({"8.8": [old], "9.9": [KEY, request]}, TABLE)

    assert len(found) == expected


def test_messages_of_a_brokers_listener_must_be_there() -> None:
    """A request that only controllers take need not be in our table."""
    other = {"apiKey": 99, "type": "request", "name": "X", "validVersions": "0", "fields": []}
    broker, controller = {**other, "listeners": ["broker"]}, {**other, "listeners": ["controller"]}

    assert compare_releases({"9.9": [KEY, VALUE, controller]}, TABLE)[0] == []
    found, _ = compare_releases({"9.9": [KEY, VALUE, broker]}, TABLE)
    assert found == ["9.9 X is missing in our table"]


def test_the_comparing_part_takes_plain_dicts() -> None:
    """What is compared are the fields of one version, however they were found."""
    theirs, ours = kafka_fields(VALUE, 1), our_fields(ThingValue, 1)

    assert [field["name"] for field in theirs] == [
        "name", "parts", "error_code", "first_timestamp", "main_part",
    ]  # fmt: skip
    assert list(differences("ThingValue", theirs, ours, "here")) == []


def test_definitions_are_read_from_jars(tmp_path: Path) -> None:
    """Comments go; other files of a jar are left alone."""
    with zipfile.ZipFile(tmp_path / "some.jar", "w") as jar:
        jar.writestr("common/message/ThingKey.json", "// licence\n" + json.dumps(KEY))
        jar.writestr("common/message/README.md", "no definition")
    assert read_definitions(tmp_path) == [KEY]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ThrottleTimeMs", "throttle_time_ms"),
        ("Enable2Pc", "enable2_pc"),
        ("LastKnownELR", "last_known_elr"),
        ("groupId", "group_id"),
    ],
)
def test_names(name: str, expected: str) -> None:
    """Our names are Kafka's names in Python's spelling."""
    assert snake_case(name) == expected
