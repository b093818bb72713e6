"""A response that will come: what a handler returns when Kafka's answer has to wait."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

R = TypeVar("R")


class Pending(Generic[R]):
    """Completed once, by whoever made it; delivered to the one who waits, if still there.

    ``abandoned`` tells the maker that the connection is gone. It may complete the Pending all the
    same: that reaches nobody.
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
        """Names the receiver; called at once when the response is already there."""
        if self.done:
            assert self._response is not None
            deliver(self._response)
        else:
            self._deliver = deliver

    def abandon(self) -> None:
        """The receiver no longer wants it."""
        self.abandoned = True
        self._deliver = None
