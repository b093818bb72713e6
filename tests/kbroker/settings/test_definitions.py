"""Every setting is one line that says everything, and says the truth."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kbroker.settings.definitions import (
    BROKER_SETTINGS,
    CLIENT_METRICS_SETTINGS,
    GROUP_SETTINGS,
    PLUGIN_SETTINGS,
    SINGLE_NODE,
    TOPIC_SETTINGS,
    is_known,
)
from kbroker.settings.setting import text_of
from kbroker.settings.status import STORED, Status

ROOT = Path(__file__).parent.parent.parent.parent / "kbroker"
DEFINITIONS = ROOT / "settings" / "definitions"
TABLES = (BROKER_SETTINGS, TOPIC_SETTINGS, GROUP_SETTINGS, CLIENT_METRICS_SETTINGS)
ALL = [setting for table in (*TABLES, PLUGIN_SETTINGS) for setting in table.values()]


def test_every_setting_has_a_sentence() -> None:
    for setting in ALL:
        assert isinstance(setting.status, Status), setting.name
        assert setting.doc[0].isupper() or setting.doc[0].isdigit(), setting.name
        assert setting.doc.endswith("."), setting.name
        assert "\n" not in setting.doc, setting.name


def test_all_of_kafka_are_there() -> None:
    """A 4.3.1 broker describes 340 broker and 33 topic settings, and takes 21 more."""
    described = [len([each for each in table.values() if not each.internal]) for table in TABLES]
    assert described == [340, 33, 17, 3]
    assert sum(setting.internal for setting in ALL) == 21


def test_every_setting_is_defined_once() -> None:
    """As many lines as settings: a second line of a name would take the first one's place."""
    lines = sum(
        len(re.findall(r"^    (?:Setting|inheriting)\(\"", path.read_text(), re.MULTILINE))
        for path in DEFINITIONS.glob("*.py")
    )
    assert lines == len(ALL)


def test_every_default_is_a_value_of_its_setting() -> None:
    """Shown as text and read again it is the same."""
    for setting in ALL:
        text = text_of(setting.default)
        if text is not None:
            assert setting.parse(text) == setting.default, setting.name
    for name, text in SINGLE_NODE.items():
        BROKER_SETTINGS[name].parse(text)


def test_defaults_come_from_the_broker() -> None:
    """In milliseconds, whatever unit the broker has."""
    assert TOPIC_SETTINGS["retention.ms"].default == 168 * 60 * 60 * 1000
    assert TOPIC_SETTINGS["segment.bytes"].default == BROKER_SETTINGS["log.segment.bytes"].default
    assert GROUP_SETTINGS["share.delivery.count.limit"].default == 5
    for setting in (*TOPIC_SETTINGS.values(), *GROUP_SETTINGS.values()):
        assert setting.broker is None or setting.broker in BROKER_SETTINGS


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("num.partitions", True),
        ("log.initial.task.delay.ms", True),
        ("super.users", True),
        ("allow.everyone.if.no.acl.found", True),
        ("listener.name.in.max.connections", True),
        ("config.providers.env.class", True),
        ("rlmm.config.remote.log.metadata.topic.num.partitions", True),
        ("num.partition", False),
    ],
)
def test_names_of_brokers_and_of_plug_ins_are_known(name: str, known: bool) -> None:
    assert is_known(name) is known


def test_what_is_asked_for_is_not_stored_only() -> None:
    """Code that reads a setting makes it more than stored: its line has to say so."""
    wrong = [
        f"{path.name}: {name}"
        for path in sorted(ROOT.rglob("*.py"))
        if "settings" not in path.parts[-3:-1]
        for name in re.findall(r'"([a-z]+(?:\.[a-z]+)+)"', path.read_text())
        if name in BROKER_SETTINGS and BROKER_SETTINGS[name].status is STORED
    ]

    assert wrong == []
