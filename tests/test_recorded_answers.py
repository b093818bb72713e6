"""kbroker answers every story as a real Kafka did, whose answers are kept in a file."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest

from compat_tests.parity.compare import compare
from compat_tests.parity.generated import generated
from compat_tests.parity.in_process import InProcess
from compat_tests.parity.own_codec import OwnCodec
from compat_tests.parity.recorded import lines, play
from compat_tests.parity.runner import Player
from compat_tests.parity.stories import (
    all_stories,
    limits,
    precedence,
    precedence_admin,
    precedence_groups,
    restarts,
    upkeep,
)
from tests.drivers import BrokerDriver

# On brokers of their own, with other settings.
OTHERS = (limits, restarts, upkeep)
WRITTEN = all_stories() | {story.name: story for one in OTHERS for story in one.stories()}
SETTINGS = {story.name: one.SETTINGS for one in OTHERS for story in one.stories()}
SETTINGS_OF_MOST = {"group.min.session.timeout.ms": "100"}
RECORDED = lines()
GENERATED = RECORDED.keys() - WRITTEN.keys()
LEFT_OUT = {
    "limits-idle": "connections are closed by the layer of sockets, which is not there",
    "metadata-records-of-a-request": "it makes more than 10,000 partitions, which takes long",
}


LEFT_OUT_LATE = {
    "produce-v13": "it asks for acknowledgements in no time",
} | {
    story.name: "what is refused is never committed"
    for module in (precedence, precedence_admin, precedence_groups)
    for story in module.stories()
}


def newest(names: Iterable[str]) -> set[str]:
    """Of the stories of each version of an API that of the newest one, and all others."""
    found: dict[str, str] = {}
    for name in sorted(names, key=lambda name: (len(name), name)):  # v10 after v9
        found[re.sub(r"-v\d+$", "", name)] = name
    return set(found.values())


@pytest.mark.parametrize("name", sorted(RECORDED.keys() - LEFT_OUT.keys()))
def test_story(name: str) -> None:
    compare_with_recorded(name)


@pytest.mark.parametrize("name", sorted(newest(WRITTEN) - LEFT_OUT.keys() - LEFT_OUT_LATE.keys()))
def test_story_with_late_commits(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers are the same where they have to wait for an fsync."""
    monkeypatch.setattr(BrokerDriver, "commits_late", True)
    compare_with_recorded(name)


def compare_with_recorded(name: str) -> None:
    story = WRITTEN[name] if name in WRITTEN else generated(int(name.removeprefix("generated-")))
    kafka = play(RECORDED[name])
    broker = InProcess(kafka.began_ms, SETTINGS.get(name, SETTINGS_OF_MOST))
    kbroker = Player(broker, OwnCodec()).play(story, kafka.run)
    found = compare(story, kafka, kbroker).differences

    assert [str(difference) for difference in found] == []


def test_every_story_is_recorded() -> None:
    """A new story needs an answer of the real Kafka (compat_tests/parity/recorded.py)."""
    assert WRITTEN.keys() <= RECORDED.keys()
    assert len(GENERATED) >= 100
    assert all(name.startswith("generated-") for name in GENERATED)
