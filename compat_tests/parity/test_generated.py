"""A few stories that nobody wrote; ``generate`` plays as many as there is time for."""

from __future__ import annotations

import pytest

from compat_tests.brokers import Broker
from compat_tests.parity.codec import JavaCodec
from compat_tests.parity.generate import Comparer
from compat_tests.parity.generated import generated

SEEDS = tuple(range(1, 11))


@pytest.mark.parametrize("seed", SEEDS)
def test_generated_story(seed: int, reference: Broker, candidate: Broker, codec: JavaCodec) -> None:
    comparer = Comparer(reference, candidate, codec)
    assert comparer.lasting(generated(seed)) == []
