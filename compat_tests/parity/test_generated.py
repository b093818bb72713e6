"""A few stories that nobody wrote; ``generate`` plays as many as there is time for."""

from __future__ import annotations

from typing import Any

import pytest

from compat_tests.parity.generate import Comparer
from compat_tests.parity.generated import generated
from compat_tests.parity.test_parity import candidate, codec, reference  # noqa: F401 - fixtures

SEEDS = tuple(range(1, 11))


@pytest.mark.parametrize("seed", SEEDS)
def test_generated_story(seed: int, reference: Any, candidate: Any, codec: Any) -> None:  # noqa: F811
    comparer = Comparer(reference.bootstrap, candidate.bootstrap, codec)
    assert comparer.lasting(generated(seed)) == []
