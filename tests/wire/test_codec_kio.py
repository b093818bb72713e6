"""The same bytes as kio's codec, wherever it defines the same version.

It has a class for each (message, version), made from Kafka's definitions: reading our bytes into it
and writing them again must give them back."""

from __future__ import annotations

import importlib
import io
from pathlib import Path
from typing import Any

import pytest

from tests.wire.drawn_messages import as_of, drawn
from wire.codec import encode
from wire.schema import Message
from wire.table import api_messages, versions_of

serial = pytest.importorskip("kio.serial")
SCHEMA = Path(importlib.import_module("kio.schema").__file__ or "").parent


def kio_versions(cls: type[Message]) -> list[int]:
    """The versions that they define; found by file name, as importing them all takes seconds."""
    folder, file = SCHEMA / api_name(cls), f"{kind(cls)}.py"
    return [one for one in versions_of(cls) if (folder / f"v{one}" / file).exists()]


def kio_class(cls: type[Message], version: int) -> Any:
    module = importlib.import_module(f"kio.schema.{api_name(cls)}.v{version}.{kind(cls)}")
    return getattr(module, cls.__name__)


def api_name(cls: type[Message]) -> str:
    api = cls.__facts__.api
    assert api is not None
    return api.name.lower()


def kind(cls: type[Message]) -> str:
    return "request" if cls.__name__.endswith("Request") else "response"


MESSAGES = [cls for cls in api_messages() if kio_versions(cls)]


def test_most_messages_are_compared() -> None:
    """Not passing because there was nothing to compare."""
    assert len(MESSAGES) >= 120


@pytest.mark.parametrize("cls", MESSAGES)
def test_same_bytes(cls: type[Message]) -> None:
    """Each version is read by them and written again."""
    codecs = []
    for version in kio_versions(cls):
        theirs = kio_class(cls, version)
        codecs.append((version, serial.entity_reader(theirs), serial.entity_writer(theirs)))
    for message in drawn(cls, tame=True):
        for version, read, write in codecs:
            encoded = encode(as_of(message, version), version)
            entity, size = read(encoded, 0)
            buffer = io.BytesIO()
            write(buffer, entity)
            assert size == len(encoded)
            assert buffer.getvalue() == encoded
