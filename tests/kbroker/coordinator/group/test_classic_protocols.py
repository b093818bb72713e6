from __future__ import annotations

import pytest

from kbroker.coordinator.group.classic_protocols import elect_protocol, subscribed_topics
from wire.consumer_protocol import ConsumerProtocolSubscription
from wire.internal.stored import encode_blob
from wire.messages.join_group import JoinGroupRequestProtocol


def ballot(*names: str) -> list[JoinGroupRequestProtocol]:
    return [JoinGroupRequestProtocol(name=name, metadata=b"") for name in names]


def subscription(*topics: str, version: int = 3) -> bytes:
    return encode_blob(ConsumerProtocolSubscription(topics=list(topics)), version)


def test_most_votes_win() -> None:
    """The protocol that most members like best is chosen."""
    ballots = [ballot("x", "y"), ballot("y", "x"), ballot("y", "x")]
    assert elect_protocol(ballots) == "y"


def test_only_common_protocols_are_candidates() -> None:
    """A protocol that one member does not speak gets no vote."""
    assert elect_protocol([ballot("y", "x"), ballot("y", "x"), ballot("x")]) == "x"


def test_what_a_member_names_twice_is_no_candidate() -> None:
    """Kafka counts names, not members: two in one ballot are one too many."""
    assert elect_protocol([ballot("x", "x", "y")]) == "y"
    assert elect_protocol([ballot("x", "y"), ballot("x", "x", "y")]) == "y"


def test_without_candidates_what_all_speak_is_chosen() -> None:
    """Kafka's members would wait in vain."""
    assert elect_protocol([ballot("x", "x"), ballot("y", "x")]) == "x"


@pytest.mark.parametrize(
    ("one", "other", "winner"),
    [
        ("range", "sticky", "sticky"),
        ("range", "roundrobin", "range"),
        ("cooperative-sticky", "roundrobin", "roundrobin"),
    ],
)
def test_draws_end_as_in_kafka(one: str, other: str, winner: str) -> None:
    """Between equals the order of Kafka's hash map decides (measured on 4.3.1)."""
    assert elect_protocol([ballot(one, other), ballot(other, one)]) == winner
    assert elect_protocol([ballot(other, one), ballot(one, other)]) == winner


@pytest.mark.parametrize("version", [0, 1, 2, 3])
def test_subscriptions_of_any_version_are_read(version: int) -> None:
    """The topics of all members together, whichever version of the blob each sends."""
    assert subscribed_topics(
        [subscription("a", "b", version=version), subscription("b", "c")]
    ) == frozenset("abc")


@pytest.mark.parametrize("blob", [b"", b"r", b"\0\1\0\0\0\1\0\5ab", b"\0\0\0\0\0\0\0\0\0\5ab"])
def test_foreign_subscriptions_are_unknown(blob: bytes) -> None:
    """Bytes that are no subscription make the whole group's topics unknown."""
    assert subscribed_topics([subscription("a"), blob]) is None


def test_without_members_nothing_is_subscribed() -> None:
    """An empty group reads nothing, which is known."""
    assert subscribed_topics([]) == frozenset()
