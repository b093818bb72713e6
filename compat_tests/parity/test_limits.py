"""The stories of brokers with narrow limits, on brokers that have them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from compat_tests.brokers import Broker
from compat_tests.conftest import candidate_name, fresh
from compat_tests.parity.codec import JavaCodec
from compat_tests.parity.conftest import Alike
from compat_tests.parity.stories import limits

STORIES = {story.name: story for story in limits.stories()}


@pytest.fixture(scope="module")
def narrow_reference(codec: JavaCodec) -> Iterator[Broker]:
    yield from fresh("kafka", settings=limits.SETTINGS)


@pytest.fixture(scope="module")
def narrow_candidate(pytestconfig: pytest.Config, narrow_reference: Broker) -> Iterator[Broker]:
    yield from fresh(candidate_name(pytestconfig), settings=limits.SETTINGS)


@pytest.mark.parametrize("name", STORIES)
def test_story(name: str, narrow_reference: Broker, narrow_candidate: Broker, alike: Alike) -> None:
    alike(STORIES[name], narrow_reference, narrow_candidate)
