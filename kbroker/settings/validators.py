"""Which values a setting may have: Kafka's validators, in Kafka's words (ConfigDef)."""

from __future__ import annotations

import re

from kbroker.settings.setting import Check, Value, text_of

# Compiled when one is first needed: a start seldom needs any.
_REPLICA = r"[0-9]+:[0-9]+"
_VOTER = r"\d+@[^@]+:\d+"
_ADDRESS = r"\[?[0-9A-Za-z\-%._:]*\]?:\d+"


def at_least(low: float) -> Check:
    def check(value: Value) -> str | None:
        assert isinstance(value, int | float)
        if value < low:  # never of NaN, which passes in Kafka
            shown = text_of(value)
            return f"Invalid value {shown} for configuration NAME: Value must be at least {low}"
        return None

    return check


def between(low: float, high: float) -> Check:
    def check(value: Value) -> str | None:
        assert isinstance(value, int | float)
        if value > high:
            shown = text_of(value)
            return (
                f"Invalid value {shown} for configuration NAME: Value must be no more than {high}"
            )
        return at_least(low)(value)

    return check


def one_of(*choices: str) -> Check:
    def check(value: Value) -> str | None:
        if value in choices:
            return None
        listed = ", ".join(choices)
        return f"Invalid value {value} for configuration NAME: String must be one of: {listed}"

    return check


def one_of_any_case(*choices: str) -> Check:
    def check(value: Value) -> str | None:
        if str(value).upper() in choices:
            return None
        listed = ", ".join(choices)
        return (
            f"Invalid value {value} for configuration NAME: "
            f"String must be one of (case insensitive): {listed}"
        )

    return check


def list_of(*choices: str, may_be_empty: bool = True) -> Check:
    """A comma-separated list of some of the choices; without choices, of anything but nothing."""
    shown = f"[{', '.join(choices)}]" if choices else "any non-empty value"

    def check(value: Value) -> str | None:
        if not value:
            if may_be_empty:
                return None
            return f"Configuration 'NAME' must not be empty. Valid values include: {shown}"
        for item in str(value).split(","):
            if not item:
                return "Configuration 'NAME' values must not be empty."
            wrong = one_of(*choices)(item) if choices else None
            if wrong:
                return wrong
        return None

    return check


def throttled_replicas(value: Value) -> str | None:
    items = str(value).split(",") if value else []
    if value == "*" or all(not item or re.fullmatch(_REPLICA, item) for item in items):
        return None
    return (
        f"Invalid value [{', '.join(items)}] for configuration NAME: NAME must be the literal '*' "
        "or a list of replicas in the following format: "
        "[partitionId]:[brokerId],[partitionId]:[brokerId],..."
    )


def not_empty(value: Value) -> str | None:
    return None if value else "Invalid value  for configuration NAME: String must be non-empty"


def voters(value: Value) -> str | None:
    for item in str(value).split(",") if value else ():
        if not re.fullmatch(_VOTER, item):
            return (
                "Invalid configuration value for NAME. Each entry should be in the form "
                "`{id}@{host}:{port}`."
            )
    return None


def addresses(value: Value) -> str | None:
    for item in str(value).split(",") if value else ():
        if not re.fullmatch(_ADDRESS, item):
            return (
                f"Failed to parse host name from {item} for the configuration NAME. "
                'Each entry should be in the form "{host}:{port}"'
            )
    return None


def gzip_level(value: Value) -> str | None:
    if value == -1 or (isinstance(value, int) and 1 <= value <= 9):
        return None
    return (
        f"Invalid value {value} for configuration NAME: "
        "Value must be between 1 and 9 or equal to -1"
    )
