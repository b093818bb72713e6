"""The language of the message tables: a message is a class, and its attributes are the fields.

    class FetchPartition(Struct):
        partition: int = int32()
        current_leader_epoch: int = int32(since=9, default=-1)
        high_watermark: int = int64(since=18, tag=1, default=MAX_INT64)

One line is one field, in wire order. ``since`` and ``until`` are the first and last version that
carry it, ``null_since`` and ``null_until`` those that allow null, ``tag`` makes it a tagged field
(KIP-482).
A field with a ``default`` may be left out of the constructor. The classes only collect their
fields: constructors are compiled at the first instance and codecs at the first use (codec.py).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypedDict, TypeVar, Unpack, cast, dataclass_transform

from wire.api_keys import ApiKey
from wire.uuids import ZERO_UUID

T = TypeVar("T")

NEWEST = 32767  # the greatest possible version: the ``until`` of a field without one
NEVER = NEWEST + 1
REQUIRED: Any = object()


class Options(TypedDict, total=False):
    """The keywords of every field specifier."""

    since: int
    until: int
    null_since: int
    null_until: int
    tag: int
    default: Any
    default_factory: Any  # the class of a struct


class Field:
    """One field: its wire type, the versions that carry it, and its value where they do not."""

    __slots__ = (
        "default", "has_factory", "kind", "name", "null_since", "null_until",
        "of", "required", "since", "tag", "until",
    )  # fmt: skip

    def __init__(
        self,
        kind: str,
        zero: Any,
        of: Any = None,
        *,
        since: int = 0,
        until: int = NEWEST,
        null_since: int = NEVER,
        null_until: int = NEWEST,
        tag: int | None = None,
        default: Any = REQUIRED,
        default_factory: Any = None,
    ) -> None:
        self.name = ""
        self.kind = kind
        self.of = of  # the element's field of an array, or the class of a struct
        self.since = since
        self.until = until
        self.null_since = null_since
        self.null_until = null_until
        self.tag = tag
        self.has_factory = default_factory is not None
        self.required = default is REQUIRED and default_factory is None
        self.default = zero if default is REQUIRED else default

    def shared_default(self) -> Any:
        """The value of the field where a message leaves it out. A default struct is made once and
        shared, so structs inside messages must not be changed."""
        if self.default is None and self.kind == "struct" and (self.has_factory or self.required):
            self.default = blank(self.of)
        return self.default

    def in_version(self, version: int) -> bool:
        return self.since <= version <= self.until

    def nullable(self, version: int) -> bool:
        return self.null_since <= version <= self.null_until


def _field(kind: str, zero: T, options: Options, of: Any = None) -> T:
    """A Field that a type checker takes for the value it will hold."""
    return cast(T, Field(kind, zero, of, **options))


def boolean(**options: Unpack[Options]) -> bool:
    return _field("bool", False, options)


def int8(**options: Unpack[Options]) -> int:
    return _field("int8", 0, options)


def int16(**options: Unpack[Options]) -> int:
    return _field("int16", 0, options)


def uint16(**options: Unpack[Options]) -> int:
    return _field("uint16", 0, options)


def int32(**options: Unpack[Options]) -> int:
    return _field("int32", 0, options)


def int64(**options: Unpack[Options]) -> int:
    return _field("int64", 0, options)


def float64(**options: Unpack[Options]) -> float:
    return _field("float64", 0.0, options)


def uuid(**options: Unpack[Options]) -> bytes:
    """16 bytes; wire/uuids.py has Kafka's text form."""
    return _field("uuid", ZERO_UUID, options)


def string(**options: Unpack[Options]) -> str:
    return _field("string", "", options)


def binary(**options: Unpack[Options]) -> bytes:
    return _field("bytes", b"", options)


def raw_records(**options: Unpack[Options]) -> Any:
    """Record batches. Decoding gives a memoryview into the frame, valid as long as the frame is;
    encoding passes any object with a length (bytes, a region of a file) to the output."""
    return _field("records", b"", options)


def array(of: Callable[..., T], **options: Unpack[Options]) -> list[T]:
    """A list of structs, ``array(FetchPartition)``, or of plain values, ``array(int32)``."""
    element = Field("struct", None, of) if isinstance(of, type) else of()
    return _field("array", [], options, of=element)


def struct(of: Callable[..., T], **options: Unpack[Options]) -> T:
    """A struct in a field of its own: ``struct(ReplicaState, default_factory=ReplicaState)``."""
    return cast(T, Field("struct", None, of, **options))


@dataclass_transform(
    kw_only_default=True,
    field_specifiers=(
        boolean, int8, int16, uint16, int32, int64, float64,
        uuid, string, binary, raw_records, array, struct,
    ),
)  # fmt: skip
class StructMeta(type):
    """Collects the Field attributes of a class body and makes them slots."""

    def __new__(
        mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **facts: Any
    ) -> StructMeta:
        fields = []
        for key in namespace.get("__annotations__", ()):
            value = namespace.get(key)
            if isinstance(value, Field):
                value.name = key
                fields.append(value)
                del namespace[key]
        namespace["__fields__"] = tuple(fields)
        namespace["__slots__"] = tuple([field.name for field in fields])
        return type.__new__(mcs, name, bases, namespace, **facts)


class _Tagged:
    """A base without fields, so that ``unknown_tags`` is no argument of constructors."""

    __slots__ = ("unknown_tags",)

    unknown_tags: dict[int, bytes] | None


class Struct(_Tagged, metaclass=StructMeta):
    """A group of fields. ``unknown_tags`` keeps tagged fields that this table does not know."""

    __fields__: ClassVar[tuple[Field, ...]]

    def __init__(self, **values: Any) -> None:
        compile_constructor(type(self))
        self.__init__(**values)  # type: ignore[misc]  # now the compiled one

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self.unknown_tags == other.unknown_tags and all(
            getattr(self, field.name) == getattr(other, field.name) for field in self.__fields__
        )

    __hash__ = None  # type: ignore[assignment]  # fields may change, so no instance is a key

    def __repr__(self) -> str:
        shown = ", ".join(
            f"{field.name}={getattr(self, field.name)!r}" for field in self.__fields__
        )
        return f"{type(self).__name__}({shown})"


class Message(Struct):
    """A struct that stands alone: a request or response of an API, or a stored key or value.

    ``class FetchRequest(Message, api=ApiKey.FETCH)`` takes its versions from the API's line in
    api_keys.py; anything else gives them: ``versions=(first, last), flexible=first_flexible``,
    and a stored record its number: ``record_type=3``.
    """

    __facts__: ClassVar[MessageFacts]

    def __init_subclass__(
        cls,
        api: ApiKey | None = None,
        versions: tuple[int, int] = (0, 0),
        flexible: int = NEVER,
        record_type: int | None = None,
    ) -> None:
        if api is not None:
            versions, flexible = (api.first_version, api.last_version), api.first_flexible
        cls.__facts__ = MessageFacts(api, *versions, flexible, record_type)


class MessageFacts:
    """The facts of a message as a whole: API, versions, record type."""

    __slots__ = ("api", "first_flexible", "first_version", "last_version", "record_type")

    def __init__(
        self,
        api: ApiKey | None,
        first_version: int,
        last_version: int,
        first_flexible: int,
        record_type: int | None,
    ) -> None:
        self.api = api
        self.first_version = first_version
        self.last_version = last_version
        self.first_flexible = first_flexible
        self.record_type = record_type  # of a stored record (wire/internal/)


def first_version_of(cls: type[Struct], field_name: str) -> int:
    """The first version that carries a field. Raises StopIteration for one that there is not."""
    return next(field.since for field in cls.__fields__ if field.name == field_name)


def blank(cls: type[T]) -> T:
    """A struct as Kafka makes one: fields without a default are zero or empty."""
    fields: tuple[Field, ...] = cls.__fields__  # type: ignore[attr-defined]
    return cls(**{field.name: field.shared_default() for field in fields if field.required})


def compile_constructor(cls: type[Struct]) -> None:
    """Gives a class the straight-line ``__init__`` that its fields describe."""
    parameters, body = [], ["    self.unknown_tags = None"]
    scope: dict[str, Any] = {}
    for field in cls.__fields__:
        name = field.name
        if field.required:
            parameters.append(name)
            body.append(f"    self.{name} = {name}")
        elif field.default == []:
            # A list of its own for each message; REQUIRED stands for "not given", as None may be.
            scope[f"_{name}"] = REQUIRED
            parameters.append(f"{name}=_{name}")
            body.append(f"    self.{name} = [] if {name} is _{name} else {name}")
        else:
            scope[f"_{name}"] = field.shared_default()
            parameters.append(f"{name}=_{name}")
            body.append(f"    self.{name} = {name}")
    star = "*, " if parameters else ""
    source = f"def __init__(self, {star}{', '.join(parameters)}):\n" + "\n".join(body) + "\n"
    exec(source, scope)  # noqa: S102  # the source is made of this table's own field names
    cls.__init__ = scope["__init__"]  # type: ignore[method-assign]
