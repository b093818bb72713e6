"""An answer that comes later: what a handler returns where the answer has to wait."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

R = TypeVar("R")


class Pending(Generic[R]):
    """Completed once, by its creator; delivered to the receiver that ``then`` names.

    ``abandoned`` means that the connection has closed. The Pending may be completed all the same;
    the answer is then dropped.
    """

    __slots__ = ("_deliver", "_response", "abandoned", "done")

    def __init__(self) -> None:
        self.done = False
        self.abandoned = False
        self._response: R | None = None
        self._deliver: Callable[[R], None] | None = None

    def complete(self, response: R) -> None:
        assert not self.done, "a Pending is completed once"
        self.done = True
        if self._deliver is not None:
            self._deliver(response)
        else:
            self._response = response

    def then(self, deliver: Callable[[R], None]) -> None:
        """Names the receiver; it is called at once if the Pending is completed."""
        if self.done:
            assert self._response is not None
            deliver(self._response)
        else:
            self._deliver = deliver

    def abandon(self) -> None:
        """Drops the receiver: its connection has closed."""
        self.abandoned = True
        self._deliver = None
