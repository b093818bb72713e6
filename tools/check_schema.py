"""Compares our table with the message definitions inside of Kafka's own jars.

python -m tools.check_schema [--release 4.3.1 ...]

For each (message, version) that a jar defines: names, types, nullability, tags, defaults and order
of the fields that this version has. Prints each difference, and exits with 1 if there is one. The
jars come from Maven into .cache/, by mvn, at the first run.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wire.schema import (
    Field,
    Message,
    Struct,
)
from wire.table import messages_by_name, versions_of
from wire.uuids import ZERO_UUID

Definition = dict[str, Any]
Fields = list[dict[str, Any]]  # name, type, nullable, tag, default, fields

RELEASES = ("3.9.2", "4.3.1", "4.4.0")
ARTIFACTS = (
    "kafka-clients",
    "kafka-group-coordinator",
    "kafka-metadata",
    "kafka-share-coordinator",  # since 4.0
    "kafka-transaction-coordinator",
)
CACHE = Path(__file__).parent.parent / ".cache"

# Messages and fields that a later release gave another name, in versions that were there before.
RENAMED_MESSAGES = {
    "ListClientMetricsResourcesRequest": "ListConfigResourcesRequest",
    "ListClientMetricsResourcesResponse": "ListConfigResourcesResponse",
}
RENAMED = {
    ("ListClientMetricsResourcesResponse", "client_metrics_resources"): "config_resources",
    ("ListClientMetricsResourcesResponse", "name"): "resource_name",
    ("TxnOffsetCommitRequest", "generation_id"): "generation_id_or_member_epoch",
    ("StreamsGroupHeartbeatResponse", "acceptable_recovery_lag"): "acceptable_recovery_lag_legacy",
}
# Records of 3.9 that no stable release wrote: a later one changed them under the same version.
PREVIEWS = {
    ("3.9.2", "ShareGroupMetadataValue"),
    ("3.9.2", "ShareGroupMemberMetadataKey"),
    ("3.9.2", "ShareGroupMemberMetadataValue"),
    ("3.9.2", "ShareGroupMetadataKey"),
    ("3.9.2", "ShareGroupPartitionMetadataKey"),
    ("3.9.2", "ShareGroupPartitionMetadataValue"),
}
ZEROS: dict[str, Any] = {
    "bool": False, "float64": 0.0, "string": "", "bytes": b"", "records": b"", "uuid": ZERO_UUID,
}  # fmt: skip
EMPTY = "an empty struct"


# What a version of a message holds, as Kafka says it.


def kafka_fields(definition: Definition, version: int) -> Fields:
    """The fields of one version: plain ones in wire order, then tagged ones by their tags."""
    structs = {one["name"]: one["fields"] for one in definition.get("commonStructs", ())}
    flexible = _holds(definition.get("flexibleVersions", "none"), version)
    return _kafka_fields(definition["fields"], structs, version, flexible)


def _kafka_fields(
    fields: list[Definition], structs: dict[str, Any], version: int, flexible: bool
) -> Fields:
    found = []
    for field in fields:
        tagged = field.get("taggedVersions", "none")
        if not _holds(field.get("versions") or tagged, version):
            continue
        array, kind = re.fullmatch(r"(\[\])?(\w+)", field["type"]).groups()  # type: ignore[union-attr]
        inner = field.get("fields") or structs.get(kind)
        nested = _kafka_fields(inner, structs, version, flexible) if inner is not None else []
        kind = "struct" if inner is not None else kind
        found.append(
            {
                "name": snake_case(field["name"]),
                "type": f"[]{kind}" if array else kind,
                "nullable": _holds(field.get("nullableVersions", "none"), version),
                "tag": field["tag"] if flexible and _holds(tagged, version) else None,
                "default": _kafka_default(bool(array), kind, field.get("default")),
                "fields": nested,
            }
        )
    return _in_wire_order(found)


def _kafka_default(array: bool, kind: str, text: Any) -> Any:
    """A default that is missing, or null without quotes, is zero; "null" is null."""
    if text == "null":
        return None
    if array:
        return []
    if kind == "struct":
        return EMPTY
    if text is None or text == "":
        return ZEROS.get(kind, 0)
    if kind == "bool":
        return str(text).lower() == "true"
    if kind == "float64":
        return float(text)
    return int(str(text), 0) if kind.startswith(("int", "uint")) else text


def _holds(versions: str, version: int) -> bool:
    """Whether "3+", "0-5", "7" or "none" holds a version."""
    first, last = _bounds(versions)
    return first <= version <= last


def _bounds(versions: str) -> tuple[int, int]:
    if versions == "none":
        return 0, -1
    if versions.endswith("+"):
        return int(versions[:-1]), 1 << 15
    first, _, last = versions.partition("-")
    return int(first), int(last or first)


def snake_case(name: str) -> str:
    name = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    return re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name).lower()


def _in_wire_order(fields: Fields) -> Fields:
    return sorted(fields, key=lambda field: -1 if field["tag"] is None else field["tag"])


# The same, as our table says it.


def our_fields(cls: type[Message], version: int) -> Fields:
    return _our_fields(cls, version, version >= cls.__facts__.first_flexible)


def _our_fields(cls: type[Struct], version: int, flexible: bool) -> Fields:
    return _in_wire_order(
        [
            _our_field(field, version, flexible)
            for field in cls.__fields__
            if field.in_version(version)
        ]
    )


def _our_field(field: Field, version: int, flexible: bool) -> dict[str, Any]:
    array = field.kind == "array"
    element = field.of if array else field
    default = field.shared_default()
    return {
        "name": field.name,
        "type": f"[]{element.kind}" if array else field.kind,
        "nullable": field.nullable(version),
        "tag": field.tag if flexible else None,
        "default": EMPTY if isinstance(default, Struct) else default,
        "fields": _our_fields(element.of, version, flexible) if element.kind == "struct" else [],
    }


# The comparison.


def differences(
    name: str, kafka: Fields, ours: Fields, where: str, grown: bool = False
) -> Iterator[str]:
    """One line for each fact of the fields that is not the same.

    ``grown``: a later release defines this version again. It may have added tagged fields, since
    those need no new version.
    """
    our_names = [field["name"] for field in ours]
    their_names = [_our_name(name, field["name"], our_names) for field in kafka]
    for missing in sorted(set(their_names) - set(our_names)):
        yield f"{where}: {missing} is missing in our table"
    for field in ours:
        if field["name"] not in their_names and not (grown and field["tag"] is not None):
            yield f"{where}: {field['name']} is only in our table"
    common = [one for one in our_names if one in their_names]
    if common != [one for one in their_names if one in our_names]:
        yield f"{where}: the order is {their_names} in Kafka, {our_names} in our table"
    ours_by_name = {field["name"]: field for field in ours}
    for field_name, theirs in zip(their_names, kafka, strict=True):
        if field_name in ours_by_name:
            mine = ours_by_name[field_name]
            path = f"{where} {field_name}"
            yield from _facts(theirs, mine, path)
            yield from differences(name, theirs["fields"], mine["fields"], path, grown)


def _our_name(message: str, field: str, our_names: list[str]) -> str:
    return field if field in our_names else RENAMED.get((message, field), field)


def _facts(theirs: dict[str, Any], mine: dict[str, Any], path: str) -> Iterator[str]:
    for fact in ("type", "nullable", "tag", "default"):
        if theirs[fact] != mine[fact] or type(theirs[fact]) is not type(mine[fact]):
            yield f"{path}: {fact} is {theirs[fact]!r} in Kafka, {mine[fact]!r} in our table"


def compare_message(
    release: str, definition: Definition, cls: type[Message], later: set[int], skip: set[int]
) -> Iterator[str]:
    """The differences of one message at every version that a release defines, except ``skip``;
    ``later`` are the versions that later releases define again."""
    facts = cls.__facts__
    name = definition["name"]
    for version, our_version in versions_to_compare(definition, cls):
        if version in skip:
            continue
        where = f"{release} {name} v{version}"
        if our_version not in versions_of(cls):
            yield f"{where} is missing in our table"
            continue
        flexible = _holds(definition.get("flexibleVersions", "none"), version)
        if flexible != (our_version >= facts.first_flexible):
            yield f"{where}: flexible is {flexible} in Kafka, {not flexible} in our table"
        theirs, ours = kafka_fields(definition, version), our_fields(cls, our_version)
        yield from differences(name, theirs, ours, where, our_version in later)
    number = definition.get("apiKey")
    known = facts.record_type if facts.api is None else int(facts.api)
    if number is not None and known is not None and number != known:
        yield f"{release} {name}: number {number} in Kafka, {known} in our table"


def versions_to_compare(definition: Definition, cls: type[Message]) -> Iterator[tuple[int, int]]:
    """(Kafka's version, ours). Before 4.0 a coordinator key had its record type for a version."""
    record_type = cls.__facts__.record_type
    if definition["type"] == "data" and definition["name"].endswith("Key"):
        if record_type is not None and _holds(definition["validVersions"], record_type):
            yield record_type, 0
        return
    yield from ((version, version) for version in _valid(definition))


def compare_releases(
    releases: dict[str, list[Definition]], table: dict[str, type[Message]]
) -> tuple[list[str], int]:
    """(every difference, how many (message, version) were compared); oldest release first."""
    found: list[str] = []
    later: dict[str, set[int]] = {}  # our name → versions that newer releases define
    compared = 0
    for release, definitions in reversed(releases.items()):
        seen = [one for one in definitions if (release, one["name"]) not in PREVIEWS]
        unstable = {one["apiKey"]: one for one in seen if one.get("latestVersionUnstable")}
        for definition in seen:
            name = _our_message(definition["name"])
            if name not in table:
                if _must_be_ours(definition):
                    found.append(f"{release} {name} is missing in our table")
                continue
            again = later.get(name, set())
            skip: set[int] = set()
            if definition["type"] in ("request", "response") and definition["apiKey"] in unstable:
                skip = again & {max(_valid(unstable[definition["apiKey"]]))}
            found += compare_message(release, definition, table[name], again, skip)
            compared += len(list(versions_to_compare(definition, table[name]))) - len(skip)
        for one in seen:
            later.setdefault(_our_message(one["name"]), set()).update(_valid(one))
    for name, cls in table.items():
        if extra := set(versions_of(cls)) - later.get(name, set()):
            found.append(f"{name}: no release defines {sorted(extra)}")
    return found, compared


def _our_message(name: str) -> str:
    return RENAMED_MESSAGES.get(name, name)


def _valid(definition: Definition) -> range:
    first, last = _bounds(definition["validVersions"])
    return range(first, last + 1)


def _must_be_ours(definition: Definition) -> bool:
    """Whether clients of a broker send or get this, or its coordinators store it."""
    stored = definition["type"] in ("coordinator-key", "coordinator-value")
    return stored or "broker" in definition.get("listeners", ())


# Where the definitions come from.


def read_definitions(folder: Path) -> list[Definition]:
    """Every message definition in the jars of a folder."""
    found = []
    for jar in sorted(folder.glob("*.jar")):
        with zipfile.ZipFile(jar) as archive:
            for name in archive.namelist():
                if re.fullmatch(r"common/(message|metadata)/\w+\.json", name):
                    text = archive.read(name).decode()
                    found.append(json.loads(re.sub(r"(?m)^\s*//.*$", "", text)))
    return found


def fetch_jars(release: str) -> Path:
    """The folder with the jars of a release, filled at the first call."""
    folder = CACHE / f"schema-jars-{release}"
    if folder.exists():
        return folder
    artifacts = [one for one in ARTIFACTS if release[0] > "3" or one != "kafka-share-coordinator"]
    dependencies = "".join(
        f"<dependency><groupId>org.apache.kafka</groupId><artifactId>{one}</artifactId>"
        f"<version>{release}</version></dependency>"
        for one in artifacts
    )
    with tempfile.TemporaryDirectory() as scratch:
        pom = Path(scratch) / "pom.xml"
        pom.write_text(
            "<project><modelVersion>4.0.0</modelVersion><groupId>kbroker</groupId>"
            "<artifactId>schema</artifactId><version>1</version>"
            f"<dependencies>{dependencies}</dependencies></project>"
        )
        building = folder.with_suffix(".new")
        goal = ["dependency:copy-dependencies", "-DexcludeTransitive=true"]
        command = ["mvn", "-q", "-B", "-f", str(pom), *goal, f"-DoutputDirectory={building}"]
        subprocess.run(command, check=True, stdout=sys.stderr)
        building.rename(folder)
    return folder


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--release", nargs="*", default=RELEASES, help="releases, oldest first")
    releases = {one: read_definitions(fetch_jars(one)) for one in parser.parse_args().release}
    found, compared = compare_releases(releases, messages_by_name())
    for line in found:
        print(line)
    print(f"{compared} versions of messages compared, {len(found)} differences", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
