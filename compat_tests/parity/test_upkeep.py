"""The stories of what brokers do unasked, on brokers that do it soon."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from compat_tests.brokers import Broker
from compat_tests.conftest import candidate_name, fresh
from compat_tests.parity.codec import JavaCodec
from compat_tests.parity.conftest import Alike
from compat_tests.parity.stories import upkeep

STORIES = {story.name: story for story in upkeep.stories()}


@pytest.fixture(scope="module")
def own_reference(codec: JavaCodec) -> Iterator[Broker]:
    yield from fresh("kafka", settings=upkeep.SETTINGS)


@pytest.fixture(scope="module")
def own_candidate(pytestconfig: pytest.Config, own_reference: Broker) -> Iterator[Broker]:
    yield from fresh(candidate_name(pytestconfig), settings=upkeep.SETTINGS)


@pytest.mark.parametrize("name", STORIES)
def test_story(name: str, own_reference: Broker, own_candidate: Broker, alike: Alike) -> None:
    alike(STORIES[name], own_reference, own_candidate)
