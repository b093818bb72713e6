"""The same bytes as kio's codec, wherever it defines the same version.

It has a class for each (message, version), made from Kafka's definitions: reading our bytes into it
and writing them again must give them back."""

from __future__ import annotations

import importlib
import io
from typing import Any

import pytest
from hypothesis import given

from tests.wire.strategies import QUICK, as_of, whole_messages
from wire.codec import encode
from wire.schema import Message
from wire.table import api_messages, versions_of

serial = pytest.importorskip("kio.serial")


def kio_class(cls: type[Message], version: int) -> Any:
    """Their class, or None where they do not define the version."""
    api = cls.__facts__.api
    assert api is not None
    kind = "request" if cls.__name__.endswith("Request") else "response"
    try:
        module = importlib.import_module(f"kio.schema.{api.name.lower()}.v{version}.{kind}")
    except ModuleNotFoundError:
        return None
    return getattr(module, cls.__name__)


def kio_versions(cls: type[Message]) -> list[int]:
    return [one for one in versions_of(cls) if kio_class(cls, one) is not None]


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

    @QUICK
    @given(whole_messages(cls, tame=True))
    def check(message: Any) -> None:
        for version, read, write in codecs:
            encoded = encode(as_of(message, version), version)
            entity, size = read(encoded, 0)
            buffer = io.BytesIO()
            write(buffer, entity)
            assert size == len(encoded)
            assert buffer.getvalue() == encoded

    check()
