"""The base of the two code generators: lines, fresh names, and runs of fixed-size fields."""

from __future__ import annotations

import functools
from struct import Struct as Packer
from typing import Any

from wire.schema import Field, Message, Struct

FORMATS = {
    "bool": "?", "int8": "b", "int16": "h", "uint16": "H",
    "int32": "i", "int64": "q", "float64": "d", "uuid": "16s",
}  # fmt: skip
# A classic length is an int16 for strings and an int32 for everything else.
CLASSIC_LENGTHS = {"string": "h", "bytes": "i", "records": "i", "array": "i"}
SMALL_LISTS = 16  # lists of fewer numbers have packers of their own


@functools.cache
def packer_of(forms: str) -> Packer:
    return Packer(">" + forms)


class GeneratedSource:
    """The source of one function for one (message, version), and the names it refers to."""

    verb = ""

    def __init__(self, cls: type[Message], version: int) -> None:
        facts = cls.__facts__
        if not facts.first_version <= version <= facts.last_version:
            raise ValueError(f"{cls.__name__} has no version {version}")
        self.cls = cls
        self.version = version
        self.flexible = version >= facts.first_flexible
        self.scope: dict[str, Any] = {}
        self._lines: list[str] = []
        self._depth = 0
        self._names = 0
        self._run: list[tuple[str, str]] = []  # adjacent fixed-size fields: (format, expression)

    def source(self) -> str:
        raise NotImplementedError

    def text(self) -> str:
        return "\n".join(self._lines) + "\n"

    def line(self, text: str) -> None:
        self._lines.append("    " * self._depth + text)

    def indent(self) -> None:
        self._depth += 1

    def dedent(self) -> None:
        self._depth -= 1

    def fresh(self, name: str) -> str:
        self._names += 1
        return f"{name}_{self._names}"

    def constant(self, name: str, value: Any) -> str:
        self.scope[name] = value
        return name

    def add_fixed(self, form: str, expression: str) -> None:
        self._run.append((form, expression))

    def has_run(self) -> bool:
        return bool(self._run)

    def take_run(self) -> tuple[Packer, str, list[str]] | None:
        """(packer, a name for it, expressions) of the fixed fields since the last call."""
        if not self._run:
            return None
        forms = "".join(form for form, _ in self._run)
        expressions = [expression for _, expression in self._run]
        self._run.clear()
        return packer_of(forms), forms.replace("?", "o"), expressions

    def plain_fields(self, cls: type[Struct]) -> list[Field]:
        return [
            field
            for field in cls.__fields__
            if field.in_version(self.version) and not self.tagged(field)
        ]

    def tagged_fields(self, cls: type[Struct]) -> list[Field]:
        present = [
            field
            for field in cls.__fields__
            if field.in_version(self.version) and self.tagged(field)
        ]
        return sorted(present, key=lambda field: field.tag or 0)

    def nullable(self, field: Field) -> bool:
        return field.nullable(self.version)

    def tagged(self, field: Field) -> bool:
        """A nullable struct starts with a mark: 1 when there is one, and -1 when it is null; but 0
        where it is a tagged field."""
        return self.flexible and field.tag is not None
