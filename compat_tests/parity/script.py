"""A story is data: steps on connections, with values taken from answers for later steps.

`${name}` in a step stands for a captured value, or for one of these: `${topic}`, `${group}` (names
of this play of the story alone), `${run}` (what both begin with).  A text that is nothing but
`${name}` becomes the value itself, a number included.  A batch in a body is encoded when it is
sent, its producer's id being a variable, perhaps.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from compat_tests.parity.batches import Batch, b64

Json = Any


@dataclass(frozen=True)
class Step:
    """One thing done on one connection.

    `what`: call (send and wait for the outcome), send (without waiting), receive (the outcome of a
    send before), raw (bytes as they are, and the outcome), hang_up; stop and kill: the broker ends,
    all connections with it, and starts again.
    """

    what: str
    name: str
    api: str = "Metadata"
    version: int = 0
    body: Mapping[str, Json] = field(default_factory=dict)
    connection: str = "a"
    client: str | None = "parity"
    raw: bytes = b""
    capture: Mapping[str, str] = field(default_factory=dict)
    # Preparation: repeated until every error code is 0, because a cluster needs time to settle.
    until_settled: bool = False
    # Repeated until the answer's error code is this one: what another connection did must arrive.
    until_code: int | None = None
    # Repeated until this path of the answer has this value.
    until_value: tuple[str, Json] | None = None
    # The bytes of records may differ, because another compressor made them; what they hold may not.
    exact_bytes: bool = True
    # Preparation that is not worth comparing (its own story compares it).
    compared: bool = True
    # How long nothing may come before the outcome is "silent".
    patience_s: float = 10.0
    # The answer must take between these; the outcome says whether it did.
    takes_s: tuple[float, float] | None = None


@dataclass(frozen=True)
class Story:
    """Steps in order.  The name is unique, and good in the name of a topic."""

    name: str
    steps: Sequence[Step]

    def __post_init__(self) -> None:
        assert re.fullmatch(r"[a-z0-9-]+", self.name), self.name


def call(api: str, version: int, body: Mapping[str, Json], name: str = "", **more: Any) -> Step:
    return Step("call", name or f"{api} v{version}", api, version, body, **more)


def send(api: str, version: int, body: Mapping[str, Json], name: str = "", **more: Any) -> Step:
    return Step("send", name or f"send {api} v{version}", api, version, body, **more)


def receive(api: str, version: int, connection: str, name: str = "", **more: Any) -> Step:
    return Step(
        "receive", name or f"{api} v{version} answer", api, version, connection=connection, **more
    )


def raw(name: str, data: bytes, api: str = "Metadata", version: int = 0, **more: Any) -> Step:
    return Step("raw", name, api, version, raw=data, **more)


def hang_up(connection: str = "a") -> Step:
    return Step("hang_up", f"hang up {connection}", connection=connection)


def restart(what: str) -> Step:
    """`what`: stop (in good order) or kill."""
    return Step(what, f"{what} and start again")


def prepare(api: str, version: int, body: Mapping[str, Json], name: str = "", **more: Any) -> Step:
    """A step that only makes ready: repeated until it succeeds, not compared."""
    return call(api, version, body, name, until_settled=True, compared=False, **more)


def substitute(value: Json, variables: Mapping[str, Json]) -> Json:
    if isinstance(value, str):
        if whole := re.fullmatch(r"\$\{(\w+)}", value):
            return variables[whole[1]]
        return re.sub(r"\$\{(\w+)}", lambda match: str(variables[match[1]]), value)
    if isinstance(value, Batch):
        producer_id = substitute(value.producer_id, variables)
        return b64(replace(value, producer_id=producer_id))
    if isinstance(value, Mapping):
        return {key: substitute(inner, variables) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [substitute(inner, variables) for inner in value]
    return value


def at_path(body: Json, path: str) -> Json:
    """`topics.0.topicId` and the like."""
    for part in path.split("."):
        body = body[int(part)] if isinstance(body, list) else body[part]
    return body


def error_codes(body: Json) -> list[int]:
    """Every error code anywhere in an answer."""
    if isinstance(body, Mapping):
        own = [body["errorCode"]] if isinstance(body.get("errorCode"), int) else []
        return own + [code for inner in body.values() for code in error_codes(inner)]
    if isinstance(body, list):
        return [code for inner in body for code in error_codes(inner)]
    return []
