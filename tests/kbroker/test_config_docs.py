"""Every setting has its sentence, and nothing loads them before they are asked for."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from kbroker.config_defs import BROKER_SETTINGS, TOPIC_SETTINGS
from kbroker.config_defs.client_metrics import CLIENT_METRICS_SETTINGS
from kbroker.config_defs.groups import GROUP_SETTINGS
from kbroker.config_docs import BROKER_DOCS, CLIENT_METRICS_DOCS, GROUP_DOCS, TOPIC_DOCS
from kbroker.config_docs.status import HONOURED, MEANINGLESS, STORED, Doc
from kbroker.settings import Setting

SOURCES = Path(__file__).parent.parent.parent / "kbroker"
TABLES = [
    (BROKER_SETTINGS, BROKER_DOCS),
    (TOPIC_SETTINGS, TOPIC_DOCS),
    (GROUP_SETTINGS, GROUP_DOCS),
    (CLIENT_METRICS_SETTINGS, CLIENT_METRICS_DOCS),
]


@pytest.mark.parametrize(("settings", "docs"), TABLES)
def test_every_setting_has_its_sentence(
    settings: Mapping[str, Setting], docs: Mapping[str, Doc]
) -> None:
    assert docs.keys() == settings.keys()


@pytest.mark.parametrize(("_settings", "docs"), TABLES)
def test_sentences_are_sentences(_settings: Mapping[str, Setting], docs: Mapping[str, Doc]) -> None:
    for name, doc in docs.items():
        assert doc.status in (HONOURED, STORED, MEANINGLESS), name
        assert doc.text[0].isupper() or doc.text.startswith(tuple("0123456789")), name
        assert doc.text.endswith("."), name
        assert "\n" not in doc.text, name


def test_a_broker_starts_without_them() -> None:
    code = "import kbroker.cli.serve, sys; print('kbroker.config_docs' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "False\n"


# They name settings without heeding them.
NOT_USERS = (
    "config_defs", "config_docs", "setting_rules.py", "listener_rules.py", "updatable.py",
    "broker_config_changes.py",
)  # fmt: skip


def test_what_is_asked_for_is_not_stored_only() -> None:
    """Whoever makes a setting count says so in its row."""
    wrong = [
        f"{path.name}: {name}"
        for path in sorted(SOURCES.rglob("*.py"))
        if not any(part in NOT_USERS for part in path.parts)
        for name in re.findall(r'"([a-z]+(?:\.[a-z]+)+)"', path.read_text())
        if name in BROKER_DOCS and BROKER_DOCS[name].status == STORED
    ]

    assert wrong == []
