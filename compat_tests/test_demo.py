"""make demo, with the text once: the whole walk of a real text, and the check that judges it."""

from __future__ import annotations

from compat_tests.brokers import Broker
from tools.delivery_check import check_the_check
from tools.demo import main


def test_the_check_sees_planted_defects() -> None:
    check_the_check()


def test_every_record_arrives(broker: Broker) -> None:
    assert main(["--broker", broker.bootstrap, "--rounds", "1"]) == 0
