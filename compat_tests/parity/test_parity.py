"""Every story, on the real Kafka and on kbroker.

With `--broker kafka` the real Kafka is compared with itself: that shows that stories can be played
and that the list of what may differ (normalise.py) is complete.  `--broker kbroker` alone proves
nothing, and is *not run*.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from compat_tests.brokers import Broker, NotRunError
from compat_tests.conftest import NOT_RUN, candidate_name, fresh
from compat_tests.parity.codec import JavaCodec
from compat_tests.parity.compare import Comparison, compare
from compat_tests.parity.runner import Player
from compat_tests.parity.script import Story
from compat_tests.parity.stories import all_stories

# Timers of groups are part of the stories: they must be allowed to be short.
SETTINGS = {"group.min.session.timeout.ms": "100"}
STORIES = all_stories()


@pytest.fixture(scope="session")
def codec() -> Iterator[JavaCodec]:
    try:
        one = JavaCodec()
    except NotRunError as reason:
        pytest.skip(f"{NOT_RUN}{reason}")
    yield one
    one.close()


@pytest.fixture(scope="session")
def reference(codec: JavaCodec) -> Iterator[Broker]:
    yield from fresh("kafka", settings=SETTINGS)


@pytest.fixture(scope="session")
def candidate(pytestconfig: pytest.Config, reference: Broker) -> Iterator[Broker]:
    """What is compared with the reference."""
    yield from fresh(candidate_name(pytestconfig), settings=SETTINGS)


@pytest.mark.parametrize("name", STORIES)
def test_story(
    name: str,
    candidate: Broker,
    reference: Broker,
    codec: JavaCodec,
    record_property: Any,
) -> None:
    result = compared(STORIES[name], reference.bootstrap, candidate.bootstrap, codec)
    counts = (result.steps, result.fields, len(result.accepted))
    record_property("parity", counts)
    lines = "\n".join(str(difference) for difference in result.differences)
    if result.differences:
        pytest.fail(f"{len(result.differences)} differences\n{lines}", pytrace=False)


def compared(story: Story, reference: str, candidate: str, codec: JavaCodec) -> Comparison:
    """Two brokers, by where they listen."""
    plays = [Player(bootstrap, codec).play(story) for bootstrap in (reference, candidate)]
    return compare(story, *plays)
