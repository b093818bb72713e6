"""Every story, on the real Kafka and on kbroker.

With `--broker kafka` the real Kafka is compared with itself: that shows that stories can be played
and that the list of what may differ (normalise.py) is complete.  `--broker kbroker` alone proves
nothing, and is *not run*.
"""

from __future__ import annotations

import pytest

from compat_tests.brokers import Broker
from compat_tests.parity.conftest import Alike
from compat_tests.parity.stories import all_stories

STORIES = all_stories()


@pytest.mark.parametrize("name", STORIES)
def test_story(name: str, reference: Broker, candidate: Broker, alike: Alike) -> None:
    alike(STORIES[name], reference, candidate)
