"""What the files of a segment are called: Kafka's names."""

from __future__ import annotations

SEGMENT_SUFFIXES = (".log", ".index", ".timeindex", ".txnindex")
CLEANED_SUFFIX = ".cleaned"  # a cleaning writes it
SWAP_SUFFIX = ".swap"  # it is complete, and takes the place of what it was made from
DELETED_SUFFIX = ".deleted"


class SegmentName:
    """``stem`` is the path without a suffix, ``ending`` is empty or one of the suffixes above.
    Shared by a segment and its indexes, so that all are renamed at once."""

    __slots__ = ("_stem", "ending")

    def __init__(self, stem: str, ending: str = "") -> None:
        self._stem = stem
        self.ending = ending

    def path(self, suffix: str) -> str:
        """Of the file with this suffix: ".log", ".index" …"""
        return self._stem + suffix + self.ending
