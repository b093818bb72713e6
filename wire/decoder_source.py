"""Generates the decoder of one version of a message: ``decode(buf, pos) -> (message, end)``.

The common cases are read in place: lengths of one byte, and no tagged fields. For the others (long
lengths, unknown tagged fields) the generated code calls the functions at the end of this module.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from struct import Struct as Packer
from struct import error as StructError  # noqa: N812  # an exception, named like one
from struct import unpack_from
from typing import Any

from wire.errors import MalformedRequest
from wire.generated_source import CLASSIC_LENGTHS, FORMATS, SMALL_LISTS, GeneratedSource
from wire.primitives import Buffer, read_uvarint
from wire.schema import Field, Struct

MAX_ELEMENTS = 1_000_000  # Kafka 4.4 refuses longer arrays
MAX_TAGS = 10_000  # and more tagged fields
LONGEST_STRING = 0x7FFF  # in compact form too, whose length could be larger
_LONG_SIZES = {"array": "long_count", "string": "long_string"}


class DecoderSource(GeneratedSource):
    verb = "decode"

    def source(self) -> str:
        self.scope.update(SCOPE)
        self.line("def decode(buf, pos):")
        self.indent()
        self.line("try:")
        self.indent()
        message = self._struct(self.cls)
        self._flush()
        self.dedent()
        self.line("except NOT_THAT as error:")
        self.line(
            f"    raise malformed('{self.cls.__name__} v{self.version}: %s' % error) from None"
        )
        self.line(f"return {message}, pos")
        self.dedent()
        return self.text()

    def _struct(self, cls: type[Struct]) -> str:
        """Reads a struct into a new variable, and returns the variable's name."""
        target = self.fresh("m")
        self.line(f"{target} = new({self.constant(cls.__name__, cls)})")
        for field in cls.__fields__:
            if not field.in_version(self.version) or self.tagged(field):
                self.line(f"{target}.{field.name} = {self._default(field)}")
        for field in self.plain_fields(cls):
            self._value(field, f"{target}.{field.name}")
        if self.flexible:
            self._tags(cls, target)
        else:
            self.line(f"{target}.unknown_tags = None")
        return target

    def _default(self, field: Field) -> str:
        default = field.shared_default()
        if default is None or isinstance(default, bool | int | float | str | bytes):
            return repr(default)
        if default == []:
            return "[]"
        return self.constant(f"DEFAULT_{field.of.__name__}", default)

    def _flush(self) -> None:
        run = self.take_run()
        if run is not None:
            packer, name, targets = run
            unpack = self.constant(f"unpack_{name}", packer.unpack_from)
            self.line(f"{', '.join(targets)}, = {unpack}(buf, pos)")
            self.line(f"pos += {packer.size}")

    def _byte(self, target: str) -> None:
        """One byte, together with the fixed fields before it."""
        if self.has_run():
            self.add_fixed("B", target)
            self._flush()
        else:
            self.line(f"{target} = buf[pos]")
            self.line("pos += 1")

    def _value(self, field: Field, target: str) -> None:
        if field.kind in FORMATS:
            self.add_fixed(FORMATS[field.kind], target)
        elif field.kind == "struct":
            self._nested(field, target)
        else:
            self._sized(field, target)

    def _nested(self, field: Field, target: str) -> None:
        if not self.nullable(field):
            self._flush()
            self.line(f"{target} = {self._struct(field.of)}")
            self._flush()
            return
        mark = self.fresh("mark")
        self._byte(mark)
        self.line(f"if {mark} == 0:" if self.tagged(field) else f"if {mark} > 127:")
        self.line(f"    {target} = None")
        self.line("else:")
        self.indent()
        self.line(f"{target} = {self._struct(field.of)}")
        self._flush()
        self.dedent()

    def _sized(self, field: Field, target: str) -> None:
        """A string, bytes, records or array: its length, null, and its content."""
        size = self.fresh("n")
        if self.flexible:
            self._byte(size)
            reader = _LONG_SIZES.get(field.kind, "read_uvarint")
            self.line(f"if {size} > 127: {size}, pos = {reader}(buf, pos - 1)")
            is_null = f"if not {size}:"  # a compact length is one more
        else:
            self.add_fixed(CLASSIC_LENGTHS[field.kind], size)
            self._flush()
            is_null = f"if {size} < 0:"
        if not self.nullable(field):
            self.line(f"{is_null} raise malformed('{field.name or 'element'} is null')")
            self._content(field, size, target)
            return
        self.line(is_null)
        self.line(f"    {target} = None")
        self.line("else:")
        self.indent()
        self._content(field, size, target)
        self.dedent()

    def _content(self, field: Field, size: str, target: str) -> None:
        if field.kind == "array":
            self._elements(field.of, size, target)
            return
        stop = self.fresh("stop")
        self.line(f"{stop} = pos + {size}{' - 1' if self.flexible else ''}")
        content = f"buf[pos:{stop}]"
        wrapped = {"string": f"str({content}, 'utf-8')", "bytes": f"bytes({content})"}
        self.line(f"{target} = {wrapped.get(field.kind, content)}")
        self.line(f"pos = {stop}")

    def _elements(self, element: Field, size: str, target: str) -> None:
        # Few elements need no check: each takes at least a byte, and reading ends with the bytes.
        if not self.flexible:
            self.line(f"if {size} > 127: check_count({size}, buf, pos)")
        if element.kind in FORMATS and element.kind != "uuid":
            self._numbers(FORMATS[element.kind], size, target)
            return
        items, item = self.fresh("items"), self.fresh("item")
        self.line(f"{items} = {target} = []")
        self.line(f"for _ in range({size}{' - 1' if self.flexible else ''}):")
        self.indent()
        if element.kind == "struct":
            item = self._struct(element.of)
        else:
            self._value(element, item)
        self._flush()
        self.line(f"{items}.append({item})")
        self.dedent()

    def _numbers(self, letter: str, size: str, target: str) -> None:
        if self.flexible:
            self.line(f"{size} -= 1")
        lists = self.constant(f"unpack_lists_{letter}", list_unpackers(letter))
        self.line(
            f"{target} = list({lists}[{size}](buf, pos) if {size} < {SMALL_LISTS} else "
            f"unpack_from('>%d{letter}' % {size}, buf, pos))"
        )
        self.line(f"pos += {size} * {Packer('>' + letter).size}")

    def _tags(self, cls: type[Struct], target: str) -> None:
        tags = self.fresh("tags")
        self._byte(tags)
        known = self.tagged_fields(cls)
        if not known:
            self.line(f"if {tags}: {target}.unknown_tags, pos = read_tags(buf, pos - 1)")
            self.line(f"else: {target}.unknown_tags = None")
            return
        tag, stop = self.fresh("tag"), self.fresh("stop")
        self.line(f"{target}.unknown_tags = None")
        self.line(f"if {tags}:")
        self.indent()
        self.line(f"{tags}, pos = count_of_tags(buf, pos - 1)")
        self.line(f"for _ in range({tags}):")
        self.indent()
        self.line(f"{tag}, pos, {stop} = read_tag(buf, pos)")
        branch = "if"
        for field in known:
            self.line(f"{branch} {tag} == {field.tag}:")
            self.indent()
            self._value(field, f"{target}.{field.name}")
            self._flush()
            self.line(f"if pos != {stop}: raise malformed('length of {field.name}')")
            self.dedent()
            branch = "elif"
        self.line("else:")
        self.line(f"    if {target}.unknown_tags is None: {target}.unknown_tags = {{}}")
        self.line(f"    {target}.unknown_tags[{tag}] = bytes(buf[pos:{stop}])")
        self.line(f"    pos = {stop}")
        self.dedent()
        self.dedent()


# What the generated code calls.


@functools.cache
def list_unpackers(letter: str) -> tuple[Callable[..., tuple[Any, ...]], ...]:
    """Readers of short lists of numbers, by their length."""
    return tuple(Packer(f">{size}{letter}").unpack_from for size in range(SMALL_LISTS))


def check_count(count: int, buffer: Buffer, position: int) -> None:
    """Refuses counts that the bytes left cannot hold, before anything is allocated."""
    if count > len(buffer) - position or count > MAX_ELEMENTS:
        raise MalformedRequest(f"{count} elements in {len(buffer) - position} bytes")


def long_count(buffer: Buffer, position: int) -> tuple[int, int]:
    """(count + 1, position after it) of a compact array."""
    count, position = read_uvarint(buffer, position)
    check_count(count - 1, buffer, position)
    return count, position


def long_string(buffer: Buffer, position: int) -> tuple[int, int]:
    """(length + 1, position after it) of a compact string."""
    size, position = read_uvarint(buffer, position)
    if size - 1 > LONGEST_STRING:
        raise MalformedRequest(f"a string of {size - 1} bytes")
    return size, position


def count_of_tags(buffer: Buffer, position: int) -> tuple[int, int]:
    count, position = read_uvarint(buffer, position)
    if count > MAX_TAGS:
        raise MalformedRequest(f"{count} tagged fields")
    return count, position


def read_tag(buffer: Buffer, position: int) -> tuple[int, int, int]:
    """(tag, where its content starts, where it ends)."""
    tag, position = read_uvarint(buffer, position)
    size, position = read_uvarint(buffer, position)
    if position + size > len(buffer):
        raise MalformedRequest(f"tagged field {tag} is cut")
    return tag, position, position + size


def read_tags(buffer: Buffer, position: int) -> tuple[dict[int, bytes] | None, int]:
    """(tagged fields, all of them unknown; position after them)."""
    tags: dict[int, bytes] = {}
    count, position = count_of_tags(buffer, position)
    for _ in range(count):
        tag, start, position = read_tag(buffer, position)
        tags[tag] = bytes(buffer[start:position])
    return tags or None, position


SCOPE = {
    "NOT_THAT": (StructError, IndexError, UnicodeDecodeError),
    "check_count": check_count,
    "count_of_tags": count_of_tags,
    "long_count": long_count,
    "long_string": long_string,
    "malformed": MalformedRequest,
    "new": object.__new__,
    "read_tag": read_tag,
    "read_tags": read_tags,
    "read_uvarint": read_uvarint,
    "unpack_from": unpack_from,
}
