"""The stories of brokers with other settings, on brokers that have them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from compat_tests.brokers import Broker
from compat_tests.conftest import candidate_name, fresh
from compat_tests.parity.codec import JavaCodec
from compat_tests.parity.conftest import Alike
from compat_tests.parity.script import Story
from compat_tests.parity.stories import limits, upkeep

SETTINGS_AND_STORY = [
    pytest.param(one.SETTINGS, story, id=story.name)
    for one in (limits, upkeep)
    for story in one.stories()
]


@pytest.fixture(scope="module")
def settings(request: pytest.FixtureRequest) -> dict[str, str]:
    given: dict[str, str] = request.param
    return given


@pytest.fixture(scope="module")
def own_reference(codec: JavaCodec, settings: dict[str, str]) -> Iterator[Broker]:
    yield from fresh("kafka", settings=settings)


@pytest.fixture(scope="module")
def own_candidate(
    pytestconfig: pytest.Config, own_reference: Broker, settings: dict[str, str]
) -> Iterator[Broker]:
    yield from fresh(candidate_name(pytestconfig), settings=settings)


@pytest.mark.parametrize(("settings", "story"), SETTINGS_AND_STORY, indirect=["settings"])
def test_story(story: Story, own_reference: Broker, own_candidate: Broker, alike: Alike) -> None:
    alike(story, own_reference, own_candidate)
