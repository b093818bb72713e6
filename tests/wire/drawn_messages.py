"""Messages with drawn values, made from the message tables themselves; the same in every run.

They are not drawn by Hypothesis: there are hundreds of messages, each with dozens of versions, and
its drawing takes ten times as long as all that is tested with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from wire.schema import Field, Message, Struct, blank

# Each example is held against many versions.
EXAMPLES = 10


def _integers(bits: int, *, signed: bool) -> Callable[[Random], int]:
    least, greatest = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)

    def draw(random: Random) -> int:
        edge = random.choice((least, greatest, 0, 1, None, None, None))
        return random.randint(least, greatest) if edge is None else edge

    return draw


def _length(random: Random) -> int:
    """Mostly short; some need more than one byte for the length."""
    return random.choice((0, 1, 2, 6, 130))


def _text(random: Random) -> str:
    return "".join(random.choices("aZ09.-_ éß€漢\U0001f600\0", k=_length(random)))


def _bytes(random: Random) -> bytes:
    return random.randbytes(_length(random))


def _float(random: Random) -> float:
    return random.choice((0.0, -0.0, 1.5, -1e300, 5e-324, float("inf"), random.random()))


_SCALARS: dict[str, Callable[[Random], Any]] = {
    "bool": lambda random: random.random() < 0.5,
    "int8": _integers(8, signed=True),
    "int16": _integers(16, signed=True),
    "uint16": _integers(16, signed=False),
    "int32": _integers(32, signed=True),
    "int64": _integers(64, signed=True),
    "float64": _float,
    "uuid": lambda random: random.choice((bytes(16), random.randbytes(16))),
    "string": _text,
    "bytes": _bytes,
    "records": _bytes,
}
_ZEROS: dict[str, Any] = {"array": [], "string": "", "bytes": b"", "records": b""}


class _Drawer:
    def __init__(self, random: Random, tame: bool) -> None:
        self._random = random
        self._tame = tame

    def struct(self, cls: type[Struct]) -> Any:
        drawn = cls(**{field.name: self._value(field) for field in cls.__fields__})
        if not self._tame and self._random.random() < 0.5:
            drawn.unknown_tags = self._unknown_tags(cls)
        return drawn

    def _value(self, field: Field) -> Any:
        if field.null_since <= field.until and self._random.random() < 0.25:
            return None
        if field.kind == "array":
            return [self._value(field.of) for _ in range(self._random.randint(0, 3))]
        if field.kind == "struct":
            return self.struct(field.of)
        return self._tame_scalar(field) if self._tame else _SCALARS[field.kind](self._random)

    def _tame_scalar(self, field: Field) -> Any:
        """What libraries that turn error codes and times into types of their own can hold."""
        if field.kind == "int64":
            return self._random.randint(0, 1 << 41)
        if field.kind == "float64":
            return self._random.random()
        if field.name.endswith("error_code"):
            return self._random.randint(0, 100)
        return _SCALARS[field.kind](self._random)

    def _unknown_tags(self, cls: type[Struct]) -> dict[int, bytes]:
        known = {field.tag for field in cls.__fields__}
        tags = sorted(self._random.sample(range(301), k=self._random.randint(1, 2)))
        return {tag: _bytes(self._random) for tag in tags if tag not in known}


def drawn(cls: type[Message], *, tame: bool = False) -> Iterator[Any]:
    """Messages with every field that any version has; ``as_of`` gives what a version keeps.

    ``tame``: no unknown tagged fields, no unknown error codes, no time after 2039.
    """
    drawer = _Drawer(Random(cls.__name__), tame)
    for _ in range(EXAMPLES):
        yield drawer.struct(cls)


def as_of(message: Any, version: int) -> Any:
    """What is left of a message in one version: other fields are at their defaults, nulls that the
    version does not know are empty, and tagged fields are only kept by flexible versions."""
    return _kept(message, version, version >= message.__facts__.first_flexible)


def _kept(struct: Any, version: int, flexible: bool) -> Any:
    values = {
        field.name: _kept_value(field, getattr(struct, field.name), version, flexible)
        if field.in_version(version)
        else _zero(field)
        for field in struct.__fields__
    }
    kept = type(struct)(**values)
    kept.unknown_tags = struct.unknown_tags if flexible else None
    return kept


def _kept_value(field: Field, value: Any, version: int, flexible: bool) -> Any:
    if value is None:
        if field.nullable(version):
            return None
        return blank(field.of) if field.kind == "struct" else _ZEROS[field.kind]
    if field.kind == "array":
        return [_kept_value(field.of, item, version, flexible) for item in value]
    return _kept(value, version, flexible) if field.kind == "struct" else value


def _zero(field: Field) -> Any:
    return [] if field.default == [] else field.shared_default()
