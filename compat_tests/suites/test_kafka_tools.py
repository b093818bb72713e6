"""Kafka's own tools print the same about kbroker as about a real Kafka."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from difflib import unified_diff
from functools import partial

import pytest

from compat_tests.brokers import Broker, NotRunError
from compat_tests.conftest import NOT_RUN
from compat_tests.parity.codec import kafka_jars
from compat_tests.suites import kafka_tools


@pytest.mark.parametrize("chapter", kafka_tools.CHAPTERS)
def test_chapter(chapter: str, candidate: Broker, reference: Broker) -> None:
    try:
        kafka_jars()
    except NotRunError as reason:
        pytest.skip(f"{NOT_RUN}{reason}")
    play = partial(kafka_tools.run, chapter=chapter)
    with ThreadPoolExecutor(2) as pool:
        expected, printed = pool.map(play, (reference.bootstrap, candidate.bootstrap))
    differences = [
        f"{line}\n"
        + "\n".join(unified_diff(expected[line].split("\n"), printed[line].split("\n"), n=0))
        for line in expected
        if expected[line] != printed[line]
    ]

    if differences:
        pytest.fail("\n\n".join(differences), pytrace=False)
