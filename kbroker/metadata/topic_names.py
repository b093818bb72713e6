"""Valid topic names (Kafka's ``Topic.validate``), and names that collide."""

from __future__ import annotations

import re

from wire.errors import ErrorCode, KafkaError

CLUSTER_METADATA = "__cluster_metadata"  # the log of the catalog; clients cannot use it as a topic
MAX_LENGTH = 249
_LEGAL = re.compile(r"[a-zA-Z0-9._-]+\Z")


def validate_topic_name(name: str) -> None:
    """Raises KafkaError(INVALID_TOPIC_EXCEPTION) with Kafka's reason."""
    if name == "":
        reason = "the empty string is not allowed"
    elif name in (".", ".."):
        reason = f"'{name}' is not allowed"
    elif len(name) > MAX_LENGTH:
        reason = f"the length of '{name}' is longer than the max allowed length {MAX_LENGTH}"
    elif not _LEGAL.match(name):
        reason = (
            f"'{name}' contains one or more characters other than ASCII alphanumerics,"
            " '.', '_' and '-'"
        )
    else:
        return
    raise KafkaError(ErrorCode.INVALID_TOPIC_EXCEPTION, f"Topic name is invalid: {reason}")


def collision_key(name: str) -> str:
    """Names with equal keys collide, since ``.`` and ``_`` are the same in metric names."""
    return name.replace(".", "_")
