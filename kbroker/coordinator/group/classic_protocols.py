"""What members of a classic group say of themselves: which protocols they speak, what they read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

from kbroker.java_hashing import hash_map_order
from wire.codec import decoder
from wire.consumer_protocol import ConsumerProtocolSubscription
from wire.errors import MalformedRequest
from wire.messages.join_group import JoinGroupRequestProtocol


def protocol_names(protocols: list[JoinGroupRequestProtocol]) -> set[str]:
    return {protocol.name for protocol in protocols}


def elect_protocol(ballots: Collection[list[JoinGroupRequestProtocol]]) -> str:
    """Each ballot votes for its first protocol that is on all of them; the most votes win.

    Between equals the first in the order of Kafka's HashMap wins. There is a ballot, and a name
    that is on all of them.
    """
    speakers = Counter(name for protocols in ballots for name in protocol_names(protocols))
    candidates = {name for name, count in speakers.items() if count == len(ballots)}
    votes = Counter(
        next(protocol.name for protocol in protocols if protocol.name in candidates)
        for protocols in ballots
    )
    return max(hash_map_order(votes), key=lambda name: votes[name])


def subscribed_topics(subscriptions: Iterable[bytes]) -> frozenset[str] | None:
    """The topics of all subscriptions; None if one is a client's own format under the name of the
    consumer protocol."""
    topics: set[str] = set()
    for subscription in subscriptions:
        try:
            # Read as version 0 whatever it says: every version starts like it.
            decoded, end = decoder(ConsumerProtocolSubscription, 0)(memoryview(subscription), 2)
        except MalformedRequest:
            return None
        if end > len(subscription):
            return None
        topics.update(decoded.topics)
    return frozenset(topics)
