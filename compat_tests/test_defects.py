"""Checks must be red on the defects that they exist for, and green without.

The scenarios are called as they are, with clients whose broker lies; the comparison is made between
the broker and the same broker behind a lie.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from compat_tests import defects
from compat_tests.brokers import Broker
from compat_tests.clients import base, client_classes
from compat_tests.clients.base import Client
from compat_tests.clients.raw import KafkaPythonRequests
from compat_tests.defects import Defect, DefectiveBroker
from compat_tests.parity.codec import JavaCodec
from compat_tests.parity.compare import compare
from compat_tests.parity.conftest import codec, played
from compat_tests.parity.test_parity import STORIES
from compat_tests.scenarios import test_classic_groups, test_idempotence, test_produce_consume

__all__ = ["codec"]  # the fixture

Check = Callable[[Client, Client, KafkaPythonRequests, str], None]


def plain(client: Client, admin: Client, raw: KafkaPythonRequests, name: str) -> None:
    test_produce_consume.test_many_batches(client, admin, name)


def whole(client: Client, admin: Client, raw: KafkaPythonRequests, name: str) -> None:
    test_produce_consume.test_every_record_comes_back_as_it_was(client, admin, name, "none")


def ordered(client: Client, admin: Client, raw: KafkaPythonRequests, name: str) -> None:
    test_produce_consume.test_order_by_key_over_partitions(client, admin, name)


def commits(client: Client, admin: Client, raw: KafkaPythonRequests, name: str) -> None:
    test_classic_groups.test_commits_and_resets(client, admin, name)


def sequences(client: Client, admin: Client, raw: KafkaPythonRequests, name: str) -> None:
    admin.create_topic(name)
    sequencer = test_idempotence.Sequencer(raw, name, 7000)
    test_idempotence.test_a_duplicate_gets_the_old_offset(sequencer, admin, name)


def gaps(client: Client, admin: Client, raw: KafkaPythonRequests, name: str) -> None:
    admin.create_topic(name)
    sequencer = test_idempotence.Sequencer(raw, name, 7000)
    test_idempotence.test_a_gap_is_refused(sequencer, admin, name)


CHECKS: tuple[Check, ...] = (plain, whole, ordered, commits, sequences, gaps)
PLANTED: list[tuple[type[Defect], Check]] = [
    (defects.LostBatch, plain),
    (defects.LostBatch, whole),
    (defects.LostBatch, ordered),
    (defects.SkippedOffset, plain),
    (defects.ChangedByte, whole),
    (defects.WrongWatermark, whole),
    (defects.LostCommit, commits),
    (defects.ForgottenSequences, sequences),
    (defects.ForgottenSequences, gaps),
]
TOLD_APART = [
    (defects.LostBatch, "fetch-v12"),
    (defects.SkippedOffset, "fetch-v12"),
    (defects.ChangedByte, "fetch-v4"),
    (defects.WrongWatermark, "list-offsets-v7"),
    (defects.WrongWatermark, "fetch-limits-v11"),
    (defects.LostCommit, "offset-fetch-v8"),
    (defects.ForgottenSequences, "idempotence-v9"),
]


@pytest.fixture
def behind(broker: Broker) -> Iterator[Callable[[Defect], DefectiveBroker]]:
    started: list[DefectiveBroker] = []

    def start(defect: Defect) -> DefectiveBroker:
        started.append(DefectiveBroker(broker.bootstrap, defect))
        return started[-1]

    yield start
    for one in started:
        one.close()


def run(check: Check, liar: DefectiveBroker, admin: Client, name: str) -> None:
    client = client_classes()["kafka-python"](liar.bootstrap)
    raw = KafkaPythonRequests(liar.bootstrap)
    try:
        check(client, admin, raw, name)
    finally:
        client.close()
        raw.close()


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_green_without_a_defect(
    behind: Callable[[Defect], DefectiveBroker], admin: Client, name: str, check: Check
) -> None:
    run(check, behind(Defect()), admin, name)


@pytest.mark.parametrize(("defect", "check"), PLANTED, ids=lambda part: part.__name__)
def test_red_on_a_planted_defect(
    behind: Callable[[Defect], DefectiveBroker],
    admin: Client,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
    defect: type[Defect],
    check: Check,
) -> None:
    # What is lost is waited for: not for as long as a slow machine may take.
    poll_until = base.poll_until
    monkeypatch.setattr(base, "poll_until", lambda member, count: poll_until(member, count, 3))
    with pytest.raises((AssertionError, TimeoutError)):
        run(check, behind(defect()), admin, name)


@pytest.mark.parametrize("story", sorted({story for _, story in TOLD_APART}))
def test_the_comparison_is_green_without_a_defect(
    behind: Callable[[Defect], DefectiveBroker], broker: Broker, codec: JavaCodec, story: str
) -> None:
    plays = played(STORIES[story], broker, broker, codec)
    assert not compare(STORIES[story], *plays).differences


@pytest.mark.parametrize(("defect", "story"), TOLD_APART)
def test_the_comparison_is_red_on_a_planted_defect(
    behind: Callable[[Defect], DefectiveBroker],
    broker: Broker,
    codec: JavaCodec,
    defect: type[Defect],
    story: str,
) -> None:
    plays = played(STORIES[story], broker, behind(defect()), codec)
    assert compare(STORIES[story], *plays).differences
