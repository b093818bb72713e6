"""What a setting is, and which value a text stands for.

The messages about wrong texts reach clients (INVALID_CONFIG), so they are Kafka's (ConfigDef).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from kbroker.java_numbers import fits, read_double, read_integer, trimmed
from kbroker.settings.status import Status
from kbroker.settings.updatable import Updatable

BOOLEAN, STRING, INT, SHORT, LONG, DOUBLE, LIST, CLASS, PASSWORD = (
    "BOOLEAN", "STRING", "INT", "SHORT", "LONG", "DOUBLE", "LIST", "CLASS", "PASSWORD",
)  # fmt: skip
UNTYPED = "UNKNOWN"
# As ConfigResponse numbers them.
TYPE_CODES = {
    UNTYPED: 0,
    BOOLEAN: 1, STRING: 2, INT: 3, SHORT: 4, LONG: 5, DOUBLE: 6, LIST: 7, CLASS: 8, PASSWORD: 9,
}  # fmt: skip
_BITS = {SHORT: 16, INT: 32, LONG: 64}
_COMMA = re.compile(r"\s*,\s*", re.ASCII)

Value = bool | int | float | str | None
Check = Callable[[Value], str | None]


class InvalidValue(Exception):
    """A text that is no value of a setting; the message is Kafka's."""


class SettingError(Exception):
    """A setting that cannot be used; the message tells the operator which one and why."""


class Setting:
    """One line of kbroker/settings/definitions.

    ``default`` is None where there is none. ``status`` and ``doc`` say what becomes of the setting
    here and what it is for. ``valid`` returns what is wrong with a value, or None, with NAME for
    the setting's name. ``broker`` names the broker setting that counts where a topic or group says
    nothing. DescribeConfigs shows an ``internal`` one only where it was given.
    """

    __slots__ = (
        "broker", "default", "doc", "internal", "name", "status", "type", "updatable", "valid",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        kind: str,
        default: Value,
        status: Status,
        doc: str,
        *,
        valid: Check | None = None,
        updatable: Updatable = Updatable.NEVER,
        broker: str | None = None,
        internal: bool = False,
    ) -> None:
        self.name = name
        self.type = kind
        self.default = default
        self.status = status
        self.doc = doc
        self.valid = valid
        self.updatable = updatable
        self.broker = broker
        self.internal = internal

    def parse(self, text: str) -> Value:
        """The value that ``text`` stands for. Raises InvalidValue (Kafka's ConfigDef.parseType)."""
        trimmed_text = trimmed(text)
        value: Value = trimmed_text
        if self.type == BOOLEAN:
            value = trimmed_text.lower() == "true"
            if not value and trimmed_text.lower() != "false":
                raise self._invalid(text, "Expected value to be either true or false")
        elif self.type in _BITS:
            value = read_integer(trimmed_text)
            if value is None or not fits(value, _BITS[self.type]):
                raise self._invalid(text, f"Not a number of type {self.type}")
        elif self.type == DOUBLE:
            value = read_double(trimmed_text)
            if value is None:
                raise self._invalid(text, f"Not a number of type {self.type}")
        elif self.type == LIST:
            value = _COMMA.sub(",", trimmed_text)
        wrong = self.valid(value) if self.valid else None
        if wrong:
            raise InvalidValue(wrong.replace("NAME", self.name))
        if self.type == LIST:
            # Kafka drops what is there already, after it has looked at all of it.
            value = ",".join(dict.fromkeys(str(value).split(","))) or ("," if value else "")
        return value

    def _invalid(self, text: str, why: str) -> InvalidValue:
        return InvalidValue(f"Invalid value {text} for configuration {self.name}: {why}")


def text_of(value: Value) -> str | None:
    """A value as DescribeConfigs shows it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _java_double(value)
    return None if value is None else str(value)


def _java_double(value: float) -> str:
    """With an exponent from ten million on, and below a thousandth."""
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return str(value)
    if math.isnan(value) or math.isinf(value):
        return str(value).replace("inf", "Infinity").replace("nan", "NaN")
    written = (f"{value:.{digits}e}" for digits in range(1, 18))
    mantissa, exponent = next(text for text in written if float(text) == value).split("e")
    return f"{mantissa}E{int(exponent)}"
