"""Every setting has its sentence, and nothing loads them before they are asked for."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping

import pytest

from kbroker.config_defs import BROKER_SETTINGS, TOPIC_SETTINGS
from kbroker.config_defs.client_metrics import CLIENT_METRICS_SETTINGS
from kbroker.config_defs.groups import GROUP_SETTINGS
from kbroker.config_docs import BROKER_DOCS, CLIENT_METRICS_DOCS, GROUP_DOCS, TOPIC_DOCS
from kbroker.config_docs.status import HONOURED, MEANINGLESS, STORED, Doc
from kbroker.settings import Setting

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
