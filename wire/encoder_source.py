"""Generates the encoder of one version of a message: ``encode(message, write)``.

``write`` gets the pieces of output in order. Records are passed to it as the object that they are,
so a region of a file is not read.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from struct import Struct as Packer
from struct import pack
from typing import Any

from wire.generated_source import CLASSIC_LENGTHS, FORMATS, SMALL_LISTS, GeneratedSource, packer_of
from wire.primitives import SMALL_UVARINT, write_uvarint
from wire.schema import Field, Struct


class EncoderSource(GeneratedSource):
    verb = "encode"

    def source(self) -> str:
        self.scope.update(SCOPE)
        self.line("def encode(m, write):")
        self.indent()
        self._body(self.cls, "m")
        self.dedent()
        return self.text()

    def _body(self, cls: type[Struct], source: str) -> None:
        """The lines of a block that writes one struct; a struct may have no fields at all."""
        before = len(self._lines)
        self._struct(cls, source)
        self._flush()
        if len(self._lines) == before:
            self.line("pass")

    def _struct(self, cls: type[Struct], source: str) -> None:
        for field in self.plain_fields(cls):
            self._value(field, f"{source}.{field.name}")
        if self.flexible:
            self._tags(cls, source)

    def _flush(self) -> None:
        run = self.take_run()
        if run is not None:
            packer, name, sources = run
            self.line(f"write({self.constant(f'pack_{name}', packer.pack)}({', '.join(sources)}))")

    def _value(self, field: Field, source: str) -> None:
        if field.kind in FORMATS:
            self.add_fixed(FORMATS[field.kind], source)
        elif field.kind == "struct":
            self._nested(field, source)
        else:
            self._sized(field, source)

    def _nested(self, field: Field, source: str) -> None:
        value = self.fresh("m")
        self._flush()
        self.line(f"{value} = {source}")
        if not self.nullable(field):
            self._struct(field.of, value)
            return
        self.line(f"if {value} is None:")
        self.line("    write(b'\\x00')" if self.tagged(field) else "    write(b'\\xff')")
        self.line("else:")
        self.indent()
        self.line("write(b'\\x01')")
        self._struct(field.of, value)
        self._flush()
        self.dedent()

    def _sized(self, field: Field, source: str) -> None:
        value = self.fresh("v")
        self._flush()
        self.line(f"{value} = {source}")
        if self.nullable(field):
            null = b"\x00" if self.flexible else Packer(CLASSIC_LENGTHS[field.kind]).pack(-1)
            self.line(f"if {value} is None:")
            self.line(f"    write({null!r})")
            self.line("else:")
            self.indent()
        if field.kind == "string":
            self.line(f"{value} = {value}.encode()")
        if field.kind != "array":
            self._length(field, value)
            self.line(f"write({value})")
        elif field.of.kind in FORMATS and field.of.kind != "uuid":
            self._numbers(FORMATS[field.of.kind], value)
        else:
            self._length(field, value)
            self._elements(field.of, value)
        if self.nullable(field):
            self.dedent()

    def _length(self, field: Field, value: str) -> None:
        if self.flexible:
            size = self.fresh("n")
            self.line(f"{size} = len({value}) + 1")
            self.line(f"write(SMALL[{size}] if {size} < 128 else uvarint({size}))")
        else:
            self.add_fixed(CLASSIC_LENGTHS[field.kind], f"len({value})")
            self._flush()

    def _numbers(self, letter: str, value: str) -> None:
        """A list of numbers and its count in one piece."""
        size, count = self.fresh("n"), "B" if self.flexible else "i"
        lists = self.constant(f"pack_lists_{count}{letter}", list_packers(count, letter))
        one_more = " + 1" if self.flexible else ""
        self.line(f"{size} = len({value})")
        self.line(f"if {size} < {SMALL_LISTS}: write({lists}[{size}]({size}{one_more}, *{value}))")
        self.line("else:")
        form = f"'>%d{letter}' % {size}" if self.flexible else f"'>i%d{letter}' % {size}, {size}"
        if self.flexible:
            self.line(f"    write(uvarint({size} + 1))")
        self.line(f"    write(pack({form}, *{value}))")

    def _elements(self, element: Field, value: str) -> None:
        item = self.fresh("m")
        self.line(f"for {item} in {value}:")
        self.indent()
        if element.kind == "struct":
            self._body(element.of, item)
        else:
            self._value(element, item)
            self._flush()
        self.dedent()

    def _tags(self, cls: type[Struct], source: str) -> None:
        """Known tagged fields that differ from their default, and unknown ones, in tag order."""
        fields = self.tagged_fields(cls)
        if not fields:
            self._unknown_tags(source)
            return
        self._flush()
        given = [f"{source}.unknown_tags is not None"]
        given += [self._differs(field, f"{source}.{field.name}") for field in fields]
        self.line(f"if {' or '.join(given)}:")
        self.indent()
        tags, outer = self.fresh("tags"), self.fresh("write")
        self.line(f"{tags} = dict({source}.unknown_tags or ())")
        self.line(f"{outer} = write")
        for field, condition in zip(fields, given[1:], strict=True):
            self.line(f"if {condition}:")
            self.indent()
            parts = self.fresh("parts")
            self.line(f"{parts} = []")
            self.line(f"write = {parts}.append")
            self._value(field, f"{source}.{field.name}")
            self._flush()
            self.line(f"{tags}[{field.tag}] = b''.join({parts})")
            self.dedent()
        self.line(f"write = {outer}")
        self.line(f"write_tags({tags}, write)")
        self.dedent()
        self.line("else:")
        self.line("    write(b'\\x00')")

    def _unknown_tags(self, source: str) -> None:
        """The usual count of no tagged fields goes with the fixed fields before it."""
        run = self.take_run()
        self.line(f"if {source}.unknown_tags is None:")
        if run is None:
            self.line("    write(b'\\x00')")
            self.line("else:")
        else:
            packer, name, sources = run
            values = ", ".join(sources)
            forms = packer.format[1:]
            together = self.constant(f"pack_{name}B", packer_of(forms + "B").pack)
            self.line(f"    write({together}({values}, 0))")
            self.line("else:")
            self.line(f"    write({self.constant(f'pack_{name}', packer.pack)}({values}))")
        self.line(f"    write_tags({source}.unknown_tags, write)")

    def _differs(self, field: Field, source: str) -> str:
        default = field.shared_default()
        if default is None:
            return f"{source} is not None"
        if isinstance(default, Struct):
            name = self.constant(f"DEFAULT_{field.of.__name__}", default)
            return f"({source} is not {name} and {source} != {name})"
        return f"{source} != {default!r}"


def write_tags(tags: dict[int, bytes], write: Callable[[Any], None]) -> None:
    """The tagged fields section: count, then (tag, size, content) in ascending order of tags."""
    write(write_uvarint(len(tags)))
    for tag in sorted(tags):
        write(write_uvarint(tag))
        write(write_uvarint(len(tags[tag])))
        write(tags[tag])


@functools.cache
def list_packers(count: str, letter: str) -> tuple[Callable[..., bytes], ...]:
    """Writers of short lists of numbers, their count in front, by their length."""
    return tuple(Packer(f">{count}{size}{letter}").pack for size in range(SMALL_LISTS))


SCOPE = {
    "SMALL": SMALL_UVARINT,
    "pack": pack,
    "uvarint": write_uvarint,
    "write_tags": write_tags,
}
