"""Two brokers and Kafka's codec, for whatever compares answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from compat_tests.brokers import Broker, NotRunError
from compat_tests.conftest import NOT_RUN, candidate_name, fresh
from compat_tests.parity.codec import JavaCodec
from compat_tests.parity.compare import compare
from compat_tests.parity.play import Play
from compat_tests.parity.reach import OverTcp
from compat_tests.parity.recorded import keep
from compat_tests.parity.runner import Player, new_run
from compat_tests.parity.script import Story

# Timers of groups are part of the stories: they must be allowed to be short.
SETTINGS = {"group.min.session.timeout.ms": "100"}

Alike = Callable[[Story, Broker, Broker], None]


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


@pytest.fixture
def alike(codec: JavaCodec, record_property: Any, pytestconfig: pytest.Config) -> Alike:
    """Fails where a story is another one on the second broker than on the first."""
    record_to = pytestconfig.getoption("--record")

    def play(story: Story, reference: Broker, candidate: Broker) -> None:
        # The same names on both: what hashes them has the same order then.
        plays = played(story, reference, candidate, codec, new_run(story))
        if record_to is not None:
            keep(Path(record_to), story.name, plays[0])
        result = compare(story, *plays)
        record_property("parity", (result.steps, result.fields, len(result.accepted)))
        lines = "\n".join(str(difference) for difference in result.differences)
        if result.differences:
            pytest.fail(f"{len(result.differences)} differences\n{lines}", pytrace=False)

    return play


def played(
    story: Story, reference: Broker, candidate: Broker, codec: JavaCodec, run: str | None = None
) -> tuple[Play, Play]:
    """On two brokers; each under names of its own unless ``run`` is given."""
    one, other = (Player(OverTcp(at.bootstrap, at), codec) for at in (reference, candidate))
    return one.play(story, run), other.play(story, run)
