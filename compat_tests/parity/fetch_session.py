"""The fetch sessions of a generated story."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any


class FetchSession:
    """Makes fetches of a story go on in the session that an earlier one began (KIP-227)."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._epoch: int | None = None  # of the next fetch; None: there is no session

    def used(self, body: dict[str, Any]) -> Mapping[str, str]:
        """Changes some requests; returns what is to be captured from the answer."""
        if "sessionId" not in body or self._rng.random() < 0.4:
            return {}
        if self._epoch is None or self._rng.random() < 0.15:
            body |= {"sessionId": 0, "sessionEpoch": 0}
            self._epoch = 1
            return {"session": "sessionId"}
        wrong = self._rng.choice([-1, 1]) if self._rng.random() < 0.05 else 0
        body |= {"sessionId": "${session}", "sessionEpoch": self._epoch + wrong}
        if self._rng.random() < 0.3:
            body["topics"] = []
        self._epoch += not wrong
        return {}
