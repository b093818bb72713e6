"""Quotas of clients: what may be set on whom, and what filters find. Nobody is slowed down."""

from __future__ import annotations

from collections.abc import Iterator

from compat_tests.parity.script import Json, Step, Story, call
from compat_tests.parity.stories.common import versions

USER, CLIENT, ADDRESS = "user", "client-id", "ip"
EXACT, DEFAULT, SPECIFIED = range(3)
RATE, CONNECTIONS = "producer_byte_rate", "connection_creation_rate"
PLENTY = 1e15
ME, OTHER = "${topic}", "${group}"  # names of this play alone
Named = dict[str, str | None]


def stories() -> Iterator[Story]:
    for version in versions("AlterClientQuotas"):
        yield Story(f"quotas-kept-v{version}", list(kept(version)))
        yield Story(f"quotas-refused-v{version}", list(refused(version)))
    for version in versions("DescribeClientQuotas"):
        yield Story(f"quotas-filtered-wrongly-v{version}", list(filtered_wrongly(version)))


def entry(named: Named, *ops: tuple[str, float | None]) -> dict[str, Json]:
    return {
        "entity": [{"entityType": kind, "entityName": name} for kind, name in named.items()],
        "ops": [{"key": key, "value": value or 0.0, "remove": value is None} for key, value in ops],
    }


def alter(version: int, what: str, *entries: Json, only_looked_at: bool = False) -> Step:
    body = {"entries": list(entries), "validateOnly": only_looked_at}
    return call("AlterClientQuotas", version, body, what)


Component = tuple[str, int, str | None]


def find(version: int, *components: Component, strict: bool = False, awaited: Json = None) -> Step:
    """``awaited`` is the first value to be waited for: a cluster needs its time."""
    filters = [
        {"entityType": kind, "matchType": how, "match": name} for kind, how, name in components
    ]
    return call(
        "DescribeClientQuotas",
        version,
        {"components": filters, "strict": strict},
        f"find {components} {strict}",
        until_value=None if awaited is None else ("entries.0.values.0.value", awaited),
    )


def kept(version: int) -> Iterator[Step]:
    mine: Named = {USER: ME}
    pairs: tuple[Named, ...] = ({USER: ME, CLIENT: OTHER}, {USER: ME, CLIENT: None})
    yield alter(version, "nothing")
    yield alter(version, "only looked at", entry(mine, (RATE, 1.0)), only_looked_at=True)
    yield alter(version, "without quotas", entry(mine))
    yield find(version, (USER, EXACT, ME))
    yield alter(
        version,
        "set",
        *(entry(pair, (RATE, PLENTY), ("request_percentage", 1e6)) for pair in pairs),
        entry(mine, ("controller_mutation_rate", 1e6)),
        entry({CLIENT: OTHER}, ("consumer_byte_rate", PLENTY)),
        entry({ADDRESS: "192.0.2.1"}, (CONNECTIONS, 1000.0)),
    )
    yield find(version, (USER, EXACT, ME), strict=True, awaited=1e6)
    for strict in (False, True):
        for components in (
            [(USER, EXACT, ME)], [(CLIENT, EXACT, OTHER)], [(USER, EXACT, OTHER)],
            [(USER, EXACT, ME), (CLIENT, EXACT, OTHER)],
            [(USER, EXACT, ME), (CLIENT, DEFAULT, None)],
            [(CLIENT, SPECIFIED, None), (USER, EXACT, ME)], [(ADDRESS, SPECIFIED, None)],
            [(USER, SPECIFIED, None)], [(ADDRESS, EXACT, "192.0.2.1")], [],
        ):  # fmt: skip
            yield find(version, *components, strict=strict)
    yield alter(
        version, "other values", entry(mine, (RATE, 5e14), ("controller_mutation_rate", None))
    )
    yield find(version, (USER, EXACT, ME), strict=True, awaited=5e14)
    everything = (RATE, "request_percentage", "consumer_byte_rate", "no.such")
    yield alter(
        version,
        "remove",
        *(entry(named, *((key, None) for key in everything)) for named in (*pairs, mine)),
        entry({CLIENT: OTHER}, ("consumer_byte_rate", None)),
        entry({ADDRESS: "192.0.2.1"}, (CONNECTIONS, None)),
    )


def refused(version: int) -> Iterator[Step]:
    for key, value in (
        (RATE, 0.0), (RATE, -1.0), (RATE, 1.5), (RATE, 1e19), (CONNECTIONS, 5.0), ("no.such", 1.0),
        ("request_percentage", 0.0), ("controller_mutation_rate", -0.5),
    ):  # fmt: skip
        yield alter(version, f"{key}={value}", entry({USER: ME}, (key, value)))
    for key, value in ((CONNECTIONS, 1.5), (CONNECTIONS, 3e9), (RATE, 1.0)):
        yield alter(
            version, f"{key}={value} of an address", entry({ADDRESS: "192.0.2.2"}, (key, value))
        )
    named: tuple[Named, ...] = (
        {}, {"x": "y"}, {USER: ""}, {CLIENT: ""}, {ADDRESS: ""}, {ADDRESS: "not a host"},
        {ADDRESS: "300.1.1.1"}, {ADDRESS: "192.0.2.1", USER: ME}, {USER: None, ADDRESS: None},
        {USER: ME, "x": "y"}, {ADDRESS: "fe80::1%no"}, {ADDRESS: "1:2"},
    )  # fmt: skip
    for one in named:
        yield alter(version, f"of {one}", entry(one, (RATE, PLENTY)))
    wrong, right = entry({USER: ME}, (RATE, -1.0)), entry({USER: OTHER}, (RATE, PLENTY))
    yield alter(version, "one of two", wrong, right)
    yield alter(version, "a key twice", entry({USER: ME}, (RATE, PLENTY), (RATE, None)))
    yield alter(version, "wrong and again", wrong, entry({USER: ME}, (RATE, PLENTY)))
    yield alter(version, "again", right, entry({USER: OTHER}, (RATE, 1e14)))
    yield find(version, (USER, EXACT, OTHER), awaited=PLENTY)
    yield find(version, (USER, EXACT, ME))
    yield alter(version, "remove", entry({USER: OTHER}, (RATE, None)))


def filtered_wrongly(version: int) -> Iterator[Step]:
    for components in (
        [("", EXACT, "a")], [("x", EXACT, "a")], [(USER, EXACT, None)], [(USER, DEFAULT, "a")],
        [(USER, SPECIFIED, "a")], [(USER, 3, "a")], [(USER, -1, None)],
        [(USER, EXACT, "a"), (USER, EXACT, "b")], [(USER, EXACT, "a"), (ADDRESS, EXACT, "b")],
        [(CLIENT, SPECIFIED, None), (ADDRESS, DEFAULT, None)],
    ):  # fmt: skip
        yield find(version, *components)
