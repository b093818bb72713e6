"""What one broker made of one story."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Json = Any


@dataclass
class Play:
    """What one broker made of one story: an outcome a step, when it was there (ms since 1970), and
    the values that the broker chose itself. ``began_ms`` is when the story began."""

    run: str
    began_ms: int
    outcomes: list[dict[str, Json]] = field(default_factory=list)
    times_ms: list[int] = field(default_factory=list)
    captured: dict[str, Json] = field(default_factory=dict)
