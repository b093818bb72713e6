"""What becomes of a setting here. docs/settings.md explains the three to users."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    HONOURED = "honoured"
    STORED = "stored only"  # checked, kept and told, but nothing acts on it so far
    MEANINGLESS = "meaningless here"  # it is about something that kbroker does not have


HONOURED, STORED, MEANINGLESS = Status
