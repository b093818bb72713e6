"""The protocols and subscriptions of the members of a classic group."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from itertools import chain

from kbroker.java_hashing import hash_map_order
from wire.codec import decoder
from wire.consumer_protocol import ConsumerProtocolSubscription
from wire.errors import MalformedRequest
from wire.messages.join_group import JoinGroupRequestProtocol


def names_once(protocols: Iterable[JoinGroupRequestProtocol]) -> list[str]:
    """The protocols that a member names exactly once.

    Kafka's ClassicGroup counts how often its members name a protocol. It is common to all where the
    count equals the number of members. So one that a member names twice is common to none.
    """
    counts = Counter(protocol.name for protocol in protocols)
    return [name for name, count in counts.items() if count == 1]


def elect_protocol(ballots: Collection[list[JoinGroupRequestProtocol]]) -> str:
    """Each ballot votes for its first protocol that is on all ballots; most votes win.

    Of equals the first in the order of Java's HashMap wins. There has to be a ballot, and a name
    that is on all ballots.
    """
    candidates = common_to(ballots, map(names_once, ballots))
    if not candidates:
        # Kafka leaves a group without candidates unanswered until its members' sessions end.
        candidates = common_to(ballots, ({one.name for one in ballot} for ballot in ballots))
    votes = Counter(
        next(protocol.name for protocol in protocols if protocol.name in candidates)
        for protocols in ballots
    )
    return max(hash_map_order(votes), key=lambda name: votes[name])


def common_to(ballots: Collection[object], names: Iterable[Iterable[str]]) -> set[str]:
    counts = Counter(chain.from_iterable(names))
    return {name for name, count in counts.items() if count == len(ballots)}


def subscribed_topics(subscriptions: Iterable[bytes]) -> frozenset[str] | None:
    """The topics of all subscriptions; None if one has another format than the consumer
    protocol's."""
    topics: set[str] = set()
    for subscription in subscriptions:
        try:
            # Read as version 0: every version starts with its fields.
            decoded, end = decoder(ConsumerProtocolSubscription, 0)(memoryview(subscription), 2)
        except MalformedRequest:
            return None
        if end > len(subscription):
            return None
        topics.update(decoded.topics)
    return frozenset(topics)
