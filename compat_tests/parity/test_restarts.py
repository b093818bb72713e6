"""The stories with restarts, each on brokers of its own: leader epochs count the starts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from compat_tests.brokers import Broker
from compat_tests.conftest import candidate_name, fresh
from compat_tests.parity.codec import JavaCodec
from compat_tests.parity.conftest import Alike
from compat_tests.parity.stories import restarts

STORIES = {story.name: story for story in restarts.stories()}


@pytest.fixture
def own_reference(codec: JavaCodec) -> Iterator[Broker]:
    yield from fresh("kafka", settings=restarts.SETTINGS)


@pytest.fixture
def own_candidate(pytestconfig: pytest.Config, own_reference: Broker) -> Iterator[Broker]:
    yield from fresh(candidate_name(pytestconfig), settings=restarts.SETTINGS)


@pytest.mark.parametrize("name", STORIES)
def test_story(name: str, own_reference: Broker, own_candidate: Broker, alike: Alike) -> None:
    alike(STORIES[name], own_reference, own_candidate)
