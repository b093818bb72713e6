"""What a setting is: a name, a type, a default, and Kafka's checks of a value.

The words of the checks reach clients (INVALID_CONFIG), so they are Kafka's (ConfigDef)."""

from __future__ import annotations

from collections.abc import Callable

MAX_INT = (1 << 31) - 1
MAX_LONG = (1 << 63) - 1

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

Value = bool | int | float | str | None
Check = Callable[[Value], str | None]


class InvalidValue(Exception):
    """A text that is no value of a setting; the message is Kafka's."""


class Setting:
    """``broker`` names the broker setting that gives a topic setting its default; ``valid`` returns
    what is wrong with a value, or None."""

    __slots__ = ("broker", "default", "name", "type", "valid")

    def __init__(
        self,
        name: str,
        kind: str,
        default: Value,
        broker: str | None = None,
        valid: Check | None = None,
    ) -> None:
        self.name = name
        self.type = kind
        self.default = default
        self.broker = broker
        self.valid = valid

    def parse(self, text: str) -> Value:
        """The value that ``text`` stands for. Raises InvalidValue (Kafka's ConfigDef.parseType)."""
        value: Value = text.strip()
        if self.type == BOOLEAN:
            value = text.strip().lower() == "true"
            if not value and text.strip().lower() != "false":
                raise self._invalid(text, "Expected value to be either true or false")
        elif self.type in _BITS:
            try:
                value = int(text)
            except ValueError:
                value = 1 << 64
            if not -(1 << _BITS[self.type] - 1) <= value < 1 << _BITS[self.type] - 1:
                raise self._invalid(text, f"Not a number of type {self.type}")
        elif self.type == DOUBLE:
            try:
                value = float(text)
            except ValueError:
                raise self._invalid(text, f"Not a number of type {self.type}") from None
        wrong = self.valid(value) if self.valid else None
        if wrong:
            raise InvalidValue(wrong.replace("NAME", self.name))
        return value

    def _invalid(self, text: str, why: str) -> InvalidValue:
        return InvalidValue(f"Invalid value {text} for configuration {self.name}: {why}")


def text_of(value: Value) -> str | None:
    """A value as DescribeConfigs shows it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(value).replace("e+", "E")  # as Java writes it
    return None if value is None else str(value)


def at_least(low: int) -> Check:
    def check(value: Value) -> str | None:
        assert isinstance(value, int | float)
        if value >= low:
            return None
        return f"Invalid value {value} for configuration NAME: Value must be at least {low}"

    return check


def between(low: int, high: int) -> Check:
    def check(value: Value) -> str | None:
        assert isinstance(value, int | float)
        if value > high:
            return (
                f"Invalid value {value} for configuration NAME: Value must be no more than {high}"
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


def list_of(*choices: str) -> Check:
    """A comma-separated list of some of the choices, none of them twice."""

    def check(value: Value) -> str | None:
        for item in str(value).split(",") if value else ():
            wrong = one_of(*choices)(item.strip())
            if wrong:
                return wrong
        return None

    return check


def gzip_level(value: Value) -> str | None:
    if value == -1 or (isinstance(value, int) and 1 <= value <= 9):
        return None
    return (
        f"Invalid value {value} for configuration NAME: "
        "Value must be between 1 and 9 or equal to -1"
    )


def no_empty_items(value: Value) -> str | None:
    if value and not all(item.strip() for item in str(value).split(",")):
        return "Configuration 'NAME' values must not be empty."
    return None
