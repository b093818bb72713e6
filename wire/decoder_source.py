"""Generates the decoder of one version of a message: ``decode(buf, pos) -> (message, end)``."""

from __future__ import annotations

from struct import Struct as Packer
from struct import error as StructError  # noqa: N812  # an exception, named like one
from struct import unpack_from

from wire.errors import MalformedRequest
from wire.generated_source import CLASSIC_LENGTHS, FORMATS, GeneratedSource
from wire.schema import Field, Struct

MAX_ELEMENTS = 1_000_000  # Kafka 4.4 refuses longer arrays
MAX_TAGS = 10_000  # and more tagged fields


class DecoderSource(GeneratedSource):
    verb = "decode"

    def source(self) -> str:
        self.scope.update(
            malformed=MalformedRequest,
            new=object.__new__,
            unpack_from=unpack_from,
            NOT_THAT=(StructError, IndexError, UnicodeDecodeError),
        )
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
        self.line(f"{target}.unknown_tags = None")
        for field in cls.__fields__:
            if not field.in_version(self.version) or (field.tag is not None and self.flexible):
                self.line(f"{target}.{field.name} = {self._default(field)}")
        for field in self.plain_fields(cls):
            self._value(field, f"{target}.{field.name}")
        if self.flexible:
            self._tags(cls, target)
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

    def _value(self, field: Field, target: str) -> None:
        if field.kind in FORMATS:
            self.add_fixed(FORMATS[field.kind], target)
        elif field.kind == "struct":
            self._nested(field, target)
        else:
            self._sized(field, target)

    def _nested(self, field: Field, target: str) -> None:
        self._flush()
        if not self.nullable(field):
            self.line(f"{target} = {self._struct(field.of)}")
            self._flush()
            return
        mark = self.fresh("mark")
        self.line(f"{mark} = buf[pos]")
        self.line("pos += 1")
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
        self._length(field, size)
        self.line(f"if {size} < 0:")
        if not self.nullable(field):
            self.line(f"    raise malformed('{field.name or 'element'} is null')")
            self._content(field, size, target)
            return
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
        self.line(f"{stop} = pos + {size}")
        content = f"buf[pos:{stop}]"
        wrapped = {"string": f"str({content}, 'utf-8')", "bytes": f"bytes({content})"}
        self.line(f"{target} = {wrapped.get(field.kind, content)}")
        self.line(f"pos = {stop}")

    def _length(self, field: Field, size: str) -> None:
        if not self.flexible:
            self.add_fixed(CLASSIC_LENGTHS[field.kind], size)
            self._flush()
            return
        self._flush()
        self._uvarint(size)
        self.line(f"{size} -= 1")

    def _uvarint(self, target: str) -> None:
        self.line(f"{target} = buf[pos]")
        self.line("pos += 1")
        self.line(f"if {target} > 127:")
        self.line(f"    {target}, pos = read_uvarint(buf, pos - 1)")

    def _elements(self, element: Field, size: str, target: str) -> None:
        self.line(f"if {size} > len(buf) - pos or {size} > {MAX_ELEMENTS}:")
        self.line(f"    raise malformed('%d elements in %d bytes' % ({size}, len(buf) - pos))")
        if element.kind in FORMATS and element.kind != "uuid":
            letter = FORMATS[element.kind]
            self.line(f"{target} = list(unpack_from('>%d{letter}' % {size}, buf, pos))")
            self.line(f"pos += {size} * {Packer('>' + letter).size}")
            return
        items, item = self.fresh("items"), self.fresh("item")
        self.line(f"{items} = {target} = []")
        self.line(f"for _ in range({size}):")
        self.indent()
        if element.kind == "struct":
            item = self._struct(element.of)
        else:
            self._value(element, item)
        self._flush()
        self.line(f"{items}.append({item})")
        self.dedent()

    def _tags(self, cls: type[Struct], target: str) -> None:
        self._flush()
        count, tag, stop = self.fresh("tags"), self.fresh("tag"), self.fresh("stop")
        self.line(f"{count} = buf[pos]")
        self.line("pos += 1")
        self.line(f"if {count}:")
        self.indent()
        self.line(f"if {count} > 127:")
        self.line(f"    {count}, pos = read_uvarint(buf, pos - 1)")
        self.line(f"    if {count} > {MAX_TAGS}: raise malformed('%d tagged fields' % {count})")
        self.line(f"for _ in range({count}):")
        self.indent()
        self.line(f"{tag}, pos = read_uvarint(buf, pos)")
        self.line(f"{stop}, pos = read_uvarint(buf, pos)")
        self.line(f"{stop} += pos")
        self.line(f"if {stop} > len(buf): raise malformed('tagged field %d is cut' % {tag})")
        branch = "if"
        for field in self.tagged_fields(cls):
            self.line(f"{branch} {tag} == {field.tag}:")
            self.indent()
            self._value(field, f"{target}.{field.name}")
            self._flush()
            self.line(f"if pos != {stop}: raise malformed('length of {field.name}')")
            self.dedent()
            branch = "elif"
        self.line("else:" if branch == "elif" else "if True:")
        self.line(f"    if {target}.unknown_tags is None: {target}.unknown_tags = {{}}")
        self.line(f"    {target}.unknown_tags[{tag}] = bytes(buf[pos:{stop}])")
        self.line(f"    pos = {stop}")
        self.dedent()
        self.dedent()
