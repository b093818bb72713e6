"""The partitions that a request names, topic by topic: which exist, and one answer per topic."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar

from kbroker.metadata.image import TopicImage


class Named(Protocol):
    """A partition of a request."""

    partition_index: int


class TopicAnswer(Protocol):
    """What an answer has of one topic."""

    partitions: list[Any]


P = TypeVar("P", bound=Named)
A = TypeVar("A", bound=TopicAnswer)


def split_existing(topic: TopicImage | None, partitions: Iterable[P]) -> tuple[list[P], list[P]]:
    """Those that ``topic`` has, and the others; a topic of None has none."""
    count = 0 if topic is None else len(topic.partitions)
    existing, missing = list[P](), list[P]()
    for partition in partitions:
        (existing if 0 <= partition.partition_index < count else missing).append(partition)
    return existing, missing


def one_per_topic(answers: Iterable[A], key: Callable[[A], str | bytes]) -> list[A]:
    """Answers about one topic become one, in the order of their first mentions; ``key`` gives the
    topic's name or id."""
    by_topic: dict[str | bytes, A] = {}
    for answer in answers:
        known = by_topic.setdefault(key(answer), answer)
        if known is not answer:
            known.partitions += answer.partitions
    return list(by_topic.values())
