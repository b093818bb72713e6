"""What becomes of a setting here, and a sentence on it."""

from __future__ import annotations

from typing import NamedTuple

HONOURED = "honoured"
STORED = "stored only"  # kept, checked and told, but nothing heeds it
MEANINGLESS = "meaningless here"  # it is about something that kbroker has not


class Doc(NamedTuple):
    status: str
    text: str
