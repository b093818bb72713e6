"""Compiles the table of a message into a decoder and an encoder, one pair for each version.

A codec is straight-line Python, generated at first use: adjacent fields of fixed size are read or
written by one ``struct.Struct``, nested structs and arrays are loops in place, and one-byte varints
are read in place (decoder_source.py, encoder_source.py). Tracebacks and debuggers show the source,
which they get through ``__loader__``; ``tools/show_codec.py`` prints it.

Decoding checks all input. Python's slices beyond the end of the bytes raise nothing, so a message
is accepted only if its last read ended exactly at the end. Counts are limited by the bytes left.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from wire.decoder_source import DecoderSource
from wire.encoder_source import EncoderSource
from wire.errors import MalformedRequest
from wire.generated_source import GeneratedSource
from wire.schema import Message

M = TypeVar("M", bound=Message)

Decoder = Callable[[memoryview, int], tuple[Any, int]]
Encoder = Callable[[Any, Callable[[Any], None]], None]


_decoders: dict[tuple[type[Message], int], Decoder] = {}
_encoders: dict[tuple[type[Message], int], Encoder] = {}


def decode(cls: type[M], version: int, buffer: memoryview, position: int = 0) -> M:
    """The message that fills ``buffer`` from ``position`` to its end.

    Raises MalformedRequest when the bytes are not exactly that.
    """
    try:
        known = _decoders[cls, version]
    except KeyError:
        known = decoder(cls, version)
    message, end = known(buffer, position)
    if end != len(buffer):
        raise MalformedRequest(f"{cls.__name__} v{version} ends at {end} of {len(buffer)} bytes")
    return message  # type: ignore[no-any-return]


def decode_prefix(cls: type[M], version: int, buffer: memoryview, position: int = 0) -> M:
    """The message that starts at ``position``; bytes after it are ignored.

    Raises MalformedRequest when the message does not fit.
    """
    try:
        known = _decoders[cls, version]
    except KeyError:
        known = decoder(cls, version)
    message, end = known(buffer, position)
    if end > len(buffer):
        raise MalformedRequest(f"{cls.__name__} v{version} is cut short")
    return message  # type: ignore[no-any-return]


def encode(message: Message, version: int) -> bytes:
    """The bytes of a message whose records, if it has any, are bytes too."""
    parts: list[Any] = []
    encode_into(message, version, parts)
    return b"".join(parts)


def encode_into(message: Message, version: int, parts: list[Any]) -> None:
    """Appends the message to ``parts``; records are appended as the object that they are."""
    try:
        known = _encoders[type(message), version]
    except KeyError:
        known = encoder(type(message), version)
    known(message, parts.append)


def decoder(cls: type[Message], version: int) -> Decoder:
    found = _decoders.get((cls, version))
    if found is None:
        found = _decoders[cls, version] = _compile(cls, version, DecoderSource)
    return found


def encoder(cls: type[Message], version: int) -> Encoder:
    found = _encoders.get((cls, version))
    if found is None:
        found = _encoders[cls, version] = _compile(cls, version, EncoderSource)
    return found


def codec_source(cls: type[Message], version: int) -> tuple[str, str]:
    """The source of the (decoder, encoder) of one version, for people."""
    return DecoderSource(cls, version).source(), EncoderSource(cls, version).source()


def _compile(cls: type[Message], version: int, kind: type[GeneratedSource]) -> Any:
    generator = kind(cls, version)
    name = f"{kind.verb} {cls.__module__}.{cls.__name__} v{version}"
    generator.scope.update(__name__=name, __loader__=_Loader(cls, version, kind))
    exec(compile(generator.source(), name, "exec"), generator.scope)  # noqa: S102  # our own table
    return generator.scope[kind.verb]


class _Loader:
    """Generates the source of a codec again, for tracebacks and debuggers."""

    __slots__ = ("cls", "kind", "version")

    def __init__(self, cls: type[Message], version: int, kind: type[GeneratedSource]) -> None:
        self.cls = cls
        self.version = version
        self.kind = kind

    def get_source(self, name: str) -> str:
        return self.kind(self.cls, self.version).source()
