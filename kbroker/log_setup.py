"""The broker's log: one line per message, to standard error."""

from __future__ import annotations

import logging
from typing import Any

from kbroker.context import RequestContext
from kbroker.pending import Pending
from wire.api_keys import ApiKey
from wire.errors import ErrorCode

log = logging.getLogger("kbroker")


def set_up_logging(verbose: bool) -> None:
    level = logging.INFO if verbose else logging.WARNING
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=level)


def log_requests(ctx: RequestContext, key: ApiKey, request: Any, answer: Any) -> None:
    """Logs a request in one line: client, API, subjects, outcome."""
    log.info(
        "client=%s addr=%s %s v%d %s -> %s",
        ctx.client_id,
        ctx.connection.client_host,
        key.name,
        ctx.api_version,
        " ".join(_subjects(request)) or "-",
        _outcome(answer),
    )


def _subjects(request: Any) -> list[str]:
    """The groups, topics and partitions that a request names."""
    subjects = []
    for field in ("group_id", "key", "transactional_id"):
        value = getattr(request, field, None)
        if value:
            subjects.append(f"{field}={value}")
    for field in ("topics", "topic_data", "topic_names"):
        for topic in getattr(request, field, None) or ():
            subjects.append(_topic(topic))
    return subjects


def _topic(topic: Any) -> str:
    if isinstance(topic, str):
        return topic
    name = getattr(topic, "name", None) or getattr(topic, "topic", None)
    shown = name or getattr(topic, "topic_id", b"").hex() or "''"
    fields = ("partitions", "partition_data", "partition_indexes")
    partitions = next(filter(None, (getattr(topic, field, None) for field in fields)), ())
    listed = ",".join(str(_index(partition)) for partition in partitions)
    return f"{shown}[{listed}]" if listed else str(shown)


def _index(partition: Any) -> int:
    """Of a partition that has it under one of three names, or is nothing else."""
    for field in ("partition", "partition_index", "index"):
        partition = getattr(partition, field, partition)
    index: int = partition
    return index


def _outcome(answer: Any) -> str:
    if isinstance(answer, Pending):
        return "ok" if answer.done else "waits"
    if answer is None:
        return "no answer wanted"
    codes = set(_codes(answer)) - {0}
    return ",".join(ErrorCode(code).name for code in sorted(codes)) or "ok"


def _codes(message: Any) -> list[int]:
    """Every error code in an answer, at any depth."""
    codes = []
    for field in message.__fields__:
        value = getattr(message, field.name)
        if field.name == "error_code":
            codes.append(value)
        elif field.kind == "array" and field.of.kind == "struct":
            for item in value or ():
                codes += _codes(item)
    return codes
