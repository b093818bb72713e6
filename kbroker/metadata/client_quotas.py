"""Quotas of users, client ids and addresses (KIP-546): changing them, and finding them. Pure.

They are stored and described; they are not enforced. The checks, their order and their words are
those of Kafka's ClientQuotaControlManager and ClientQuotasImage.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from kbroker.java_hashing import hash_map_order
from kbroker.metadata.image import QuotaEntity, Quotas
from kbroker.settings.setting import (
    DOUBLE,
    INT,
    LONG,
)
from wire.errors import ErrorCode, KafkaError
from wire.integers import MAX_INT32, MAX_INT64
from wire.internal.cluster_metadata import ClientQuotaEntity, ClientQuotaRecord

USER, CLIENT_ID, IP = "user", "client-id", "ip"
EXACT, DEFAULT, SPECIFIED = range(3)  # kinds of matches
_OF_CLIENTS = {
    "producer_byte_rate": LONG,
    "consumer_byte_rate": LONG,
    "request_percentage": DOUBLE,
    "controller_mutation_rate": DOUBLE,
}
_OF_ADDRESSES = {"connection_creation_rate": INT}
_HIGHEST = {INT: ("an INT", MAX_INT32), LONG: ("a LONG", MAX_INT64)}
_HOST = re.compile(r"(?=.*[^\d.])[\w-]+(\.[\w-]+)*\.?\Z", re.ASCII)


class Alteration(NamedTuple):
    """The quotas to set on one entity: (key, value) pairs; None removes."""

    entity: QuotaEntity
    ops: Sequence[tuple[str, float | None]]


Outcome = dict[QuotaEntity, KafkaError | None]


def plan_alterations(
    alterations: Iterable[Alteration], quotas: Quotas
) -> tuple[list[ClientQuotaRecord], Outcome]:
    """The records, and the error of each entity. An entity that is named twice, or that names a
    key twice, is not altered; Kafka has the same message for both."""
    records: list[ClientQuotaRecord] = []
    outcome: Outcome = {}
    # The order of an entity's parts is only for show: it depends on how many the request has.
    named: dict[frozenset[tuple[str, str | None]], QuotaEntity] = {}
    for shown, ops in alterations:
        entity = named.setdefault(frozenset(shown), shown)
        values = dict(ops)
        wanted = {key: values[key] for key in hash_map_order(values, len(ops))}
        try:
            if entity in outcome or len(wanted) < len(ops):
                raise _invalid(f"Ignoring duplicate entity {_shown(shown)}")
            types = _quota_types(entity)
            for key, value in wanted.items():
                if value is not None:
                    _check_value(types, key, value)
        except KafkaError as error:
            outcome[entity] = error
        else:
            outcome[entity] = None
            stored = entity if entity in quotas else entity[::-1]
            current = quotas.get(stored)
            records += _changes(entity if current is None else stored, wanted, current or {})
    return records, outcome


def _changes(
    entity: QuotaEntity, wanted: Mapping[str, float | None], current: Mapping[str, float]
) -> Iterator[ClientQuotaRecord]:
    for key, value in wanted.items():
        if value != current.get(key):
            named = [ClientQuotaEntity(entity_type=kind, entity_name=name) for kind, name in entity]
            yield ClientQuotaRecord(entity=named, key=key, value=value or 0.0, remove=value is None)


def _quota_types(entity: QuotaEntity) -> Mapping[str, str]:
    """The quotas that an entity may have, and their types. Raises KafkaError."""
    for kind, name in entity:
        if kind not in (USER, CLIENT_ID, IP):
            raise _invalid(f"Unhandled client quota entity type: {kind}")
        if name == "":
            raise _invalid(f"Empty {kind} not supported")
    kinds = dict(entity)
    if not kinds:
        raise _invalid("Invalid empty client quota entity")
    if IP not in kinds:
        return _OF_CLIENTS
    if len(kinds) > 1:
        raise _invalid(
            "Invalid quota entity combination, IP entity shouldnot be combined with User or "
            "ClientId"
        )
    address = kinds[IP]
    if address is not None and not _is_address(address):
        raise _invalid(f"{address} is not a valid IP or resolvable host.")
    return _OF_ADDRESSES


def _is_address(text: str) -> bool:
    """Whether it is an address or a host name to Java's InetAddress; names are not resolved."""
    if ":" in text:
        return _is_ipv6(text)
    *leading, last = text.split(".")
    if not all(part.isascii() and part.isdecimal() for part in (*leading, last)):
        return _HOST.match(text) is not None
    return len(leading) < 4 and (
        all(int(part) < 256 for part in leading) and int(last) < 256 ** (4 - len(leading))
    )


def _is_ipv6(text: str) -> bool:
    from ipaddress import IPv6Address  # slow to load, and seldom asked for

    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    try:
        return IPv6Address(bare).scope_id is None
    except ValueError:
        return False


def _check_value(types: Mapping[str, str], key: str, value: float) -> None:
    kind = types.get(key)
    if kind is None:
        raise _invalid(f"Invalid configuration key {key}")
    if value <= 0:
        raise _invalid(f"Quota {key} must be greater than 0")
    if kind in _HIGHEST:
        shown, highest = _HIGHEST[kind]
        if value > float(highest):
            raise _invalid(f"Proposed value for {key} is too large for {shown}.")
        if value % 1 > 1e-6:
            raise _invalid(f"{key} cannot be a fractional value.")


class Component(NamedTuple):
    """One condition: how entities of a type must be named."""

    entity_type: str
    match_type: int
    match: str | None


def find_quotas(
    components: Sequence[Component], quotas: Quotas, *, strict: bool
) -> list[tuple[QuotaEntity, Mapping[str, float]]]:
    """Entities that match all components; ``strict`` allows no other parts. Raises KafkaError."""
    _check_components(components)
    return [
        (entity, values)
        for entity, values in quotas.items()
        if (not strict or len(entity) == len(components))
        and all(_fits(component, dict(entity)) for component in components)
    ]


def _fits(component: Component, named: Mapping[str, str | None]) -> bool:
    return component.entity_type in named and (
        component.match_type == SPECIFIED or named[component.entity_type] == component.match
    )


def _check_components(components: Sequence[Component]) -> None:
    seen: set[str] = set()
    for kind, match_type, match in components:
        if not kind:
            raise _invalid("Invalid empty entity type.")
        if kind in seen:
            raise _invalid(f"Entity type {kind} cannot appear more than once in the filter.")
        if kind not in (USER, CLIENT_ID, IP):
            raise KafkaError(ErrorCode.UNSUPPORTED_VERSION, f"Unsupported entity type {kind}")
        if match_type == EXACT and match is None:
            raise _invalid("Request specified MATCH_TYPE_EXACT, but set match string to null.")
        if match_type in (DEFAULT, SPECIFIED) and match is not None:
            shown = "DEFAULT" if match_type == DEFAULT else "SPECIFIED"
            raise _invalid(
                f"Request specified MATCH_TYPE_{shown}, but also specified a match string."
            )
        if match_type not in (EXACT, DEFAULT, SPECIFIED):
            raise _invalid(f"Unknown match type {match_type}")
        seen.add(kind)
    if IP in seen and len(seen) > 1:
        raise _invalid(
            "Invalid entity filter component combination. IP filter component should not be used "
            "with user or clientId filter component."
        )


def _shown(entity: QuotaEntity) -> str:
    named = ", ".join(f"{kind}={'null' if name is None else name}" for kind, name in entity)
    return f"ClientQuotaEntity(entries={{{named}}})"


def _invalid(message: str) -> KafkaError:
    return KafkaError(ErrorCode.INVALID_REQUEST, message)
