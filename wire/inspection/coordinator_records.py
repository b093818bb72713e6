"""The form of coordinators' stored records, as constructs.

A key is an int16 type and fields, a value an int16 version and fields. Keys are never flexible
(their bytes have to be the same whoever writes them), values of newer kinds always are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from construct import Construct, Enum, Int16sb, Struct, Switch, this

from wire.inspection.primitives import NullableString


class Kind(NamedTuple):
    """A kind of record: the type in its key, the key's fields, and the value's at each version."""

    type: int
    key: Construct
    values: list[Construct]


GroupKey = Struct("group_id" / NullableString)
MemberKey = Struct("group_id" / NullableString, "member_id" / NullableString)


class CoordinatorRecords:
    """The keys and values of one topic: ``key`` parses keys, ``values`` has a construct for each
    type that a parsed key can have. Fields of unknown types and versions are None."""

    def __init__(self, kinds: Mapping[str, Kind]) -> None:
        self.key = Struct(
            "type" / Enum(Int16sb, **{name: kind.type for name, kind in kinds.items()}),
            "fields" / Switch(this.type, {name: kind.key for name, kind in kinds.items()}),
        )
        self.values = {
            name: Struct(
                "version" / Int16sb,
                "fields" / Switch(this.version, dict(enumerate(kind.values))),
            )
            for name, kind in kinds.items()
        }
