"""Whether a setting of a running broker can be changed, and where (KIP-226)."""

from __future__ import annotations

from enum import Enum, auto


class Updatable(Enum):
    """A name may begin with ``listener.name.NAME.``: then the setting is one listener's."""

    NEVER = auto()  # read when the broker starts
    ALL_BROKERS = auto()  # for one broker or for all
    EVERY_LEVEL = auto()  # the same, and for one listener of all brokers
    ONE_BROKER = auto()  # not for all brokers at once
    ONE_LISTENER = auto()  # only for one listener of one broker


NEVER, ALL_BROKERS, EVERY_LEVEL, ONE_BROKER, ONE_LISTENER = Updatable
