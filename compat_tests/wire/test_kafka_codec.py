"""The same bytes as Kafka's own codec, both ways, at every version that 3.9.2 or 4.4.0 defines.

Needs java, javac and Kafka's jars (tools/check_schema.py fetches them), or is reported as not run.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from compat_tests.brokers import NotRunError
from compat_tests.parity.codec import CACHE, kafka_jars
from tests.wire.drawn_messages import as_of, drawn
from tools.check_schema import fetch_jars
from wire.codec import encode
from wire.schema import Field, Message
from wire.table import api_messages, embedded_messages, versions_of

SOURCE = Path(__file__).parent / "WireCodec.java"
# Between them they define every version of the table; the newest first.
RELEASES = ("4.4.0", "3.9.2")
# The layouts of versions that 3.9 had as previews, and that 4.x defined anew.
REDEFINED = {
    ("3.9.2", "ReadShareGroupStateSummaryResponse"),
    ("3.9.2", "ShareGroupMetadataValue"),
}


class WireCodec:
    """One Java process with the classes of one release."""

    def __init__(self, release: str) -> None:
        if not (shutil.which("java") and shutil.which("javac")):
            raise NotRunError("no java and javac: Kafka's own codec cannot be compiled and run")
        try:
            jars = fetch_jars(release)
        except (OSError, subprocess.CalledProcessError) as error:
            raise NotRunError(f"no jars of Kafka {release}: {error}") from error
        libraries = [*jars.glob("*.jar"), *kafka_jars().glob("jackson-*.jar")]
        libraries += kafka_jars().glob("slf4j-api-*.jar")
        path = ":".join(map(str, libraries))
        digest = hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:16]
        classes = CACHE / f"wire-codec-{release}-{digest}"
        if not classes.exists():
            building = classes.with_suffix(f".{os.getpid()}")  # workers may build it at once
            subprocess.run(["javac", "-cp", path, "-d", building, SOURCE], check=True)
            if classes.exists():
                shutil.rmtree(building)
            else:
                building.rename(classes)
        self._process = subprocess.Popen(
            ["java", "-XX:TieredStopAtLevel=1", "-cp", f"{classes}:{path}", "WireCodec"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        self._process.communicate(timeout=10)


@pytest.fixture(scope="module")
def codecs() -> Iterator[dict[str, WireCodec]]:
    try:
        started = {release: WireCodec(release) for release in RELEASES}
    except NotRunError as reason:
        pytest.skip(f"not run: {reason}")
    yield started
    for one in started.values():
        one.close()


def as_json(message: Any, version: int) -> dict[str, Any]:
    """The message as Kafka's JSON readers want it: the fields of the version, in camel case."""
    flexible = version >= type(message).__facts__.first_flexible
    return _json_struct(message, version, flexible)


def _json_struct(struct: Any, version: int, flexible: bool) -> dict[str, Any]:
    return {
        camel_case(field.name): _json_value(field, value, version, flexible)
        for field in struct.__fields__
        if field.in_version(version)
        for value in [getattr(struct, field.name)]
        # A tagged field at its default may be left out; a null one must be.
        if not (flexible and field.tag is not None and value == field.shared_default())
    }


def _json_value(field: Field, value: Any, version: int, flexible: bool) -> Any:
    if value is None:
        return None
    if field.kind == "array":
        return [_json_value(field.of, item, version, flexible) for item in value]
    if field.kind == "struct":
        return _json_struct(value, version, flexible)
    if field.kind == "uuid":
        return base64.urlsafe_b64encode(value).decode().rstrip("=")
    return base64.b64encode(value).decode() if field.kind == "bytes" else value


def camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(one[0].upper() + one[1:] for one in others)


def has_records(cls: Any) -> bool:
    return any(
        field.kind == "records"
        or (field.kind == "struct" and has_records(field.of))
        or (field.kind == "array" and field.of.kind == "struct" and has_records(field.of.of))
        for field in cls.__fields__
    )


@pytest.mark.parametrize("cls", api_messages() + embedded_messages())
def test_same_bytes(codecs: dict[str, WireCodec], cls: type[Message]) -> None:
    """Kafka reads our bytes and writes them again, and writes the same of our values as JSON."""
    compared: set[int] = set()
    for message in drawn(cls, tame=True):
        for version in versions_of(cls):
            ours = as_of(message, version)
            for answer, expected in answers(codecs, ours, version):
                assert answer == expected, version
                compared.add(version)
    assert compared >= set(versions_of(cls))


def answers(
    codecs: dict[str, WireCodec], message: Any, version: int
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """What each release that has the version answers, and what it should answer."""
    name = type(message).__name__
    encoded = encode(message, version).hex()
    values = None if has_records(type(message)) else as_json(message, version)
    for release, codec in codecs.items():
        if (release, name) in REDEFINED:
            continue
        question = {"class": name, "version": version, "hex": encoded, "json": values}
        answer = codec.ask(question)
        if "unknown" not in answer:
            kinds = ["read"] if values is None else ["read", "fromJson", "throughJson"]
            yield answer, dict.fromkeys(kinds, encoded)
            # An older release may lack tagged fields, or call a field otherwise in its JSON.
            values = None
