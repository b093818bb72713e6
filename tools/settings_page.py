"""Writes docs/settings.md: every setting of Kafka 4.3.1, and what becomes of it here.

    python -m tools.settings_page [--check]

It comes from kbroker/config_defs and kbroker/config_docs. With --check it writes nothing and fails
when the page is not as it would be.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from kbroker.config_defs import BROKER_SETTINGS, SINGLE_NODE, TOPIC_SETTINGS
from kbroker.config_defs.client_metrics import CLIENT_METRICS_SETTINGS
from kbroker.config_defs.groups import GROUP_SETTINGS
from kbroker.config_docs import BROKER_DOCS, CLIENT_METRICS_DOCS, GROUP_DOCS, TOPIC_DOCS
from kbroker.config_docs.status import HONOURED, MEANINGLESS, STORED, Doc
from kbroker.metadata.updatable import PER_LISTENER, UPDATABLE
from kbroker.settings import Setting, text_of

PAGE = Path(__file__).parent.parent / "docs" / "settings.md"
INTRODUCTION = f"""\
# Settings

<!-- Written by python -m tools.settings_page from kbroker/config_defs and kbroker/config_docs. -->

kbroker takes every setting that Kafka 4.3.1 has, checks its value as Kafka does, and tells it to
whoever asks (DescribeConfigs). Not every one has an effect here:

- **{HONOURED}**: it does here what it does in Kafka;
- **{STORED}**: it is checked, kept and told, but nothing heeds it so far;
- **{MEANINGLESS}**: it is about something that kbroker has not: threads, Java classes, other
  brokers, a remote store. It is checked, kept and told all the same.

Settings that may be changed while the broker runs are marked with ⟳.
"""


def page() -> str:
    return "\n".join(
        [
            INTRODUCTION,
            _section("Topics", TOPIC_SETTINGS, TOPIC_DOCS, set(TOPIC_SETTINGS)),
            _section("Broker", BROKER_SETTINGS, BROKER_DOCS, UPDATABLE - PER_LISTENER),
            _section("Groups", GROUP_SETTINGS, GROUP_DOCS, set(GROUP_SETTINGS)),
            _section(
                "Client metrics",
                CLIENT_METRICS_SETTINGS,
                CLIENT_METRICS_DOCS,
                set(CLIENT_METRICS_SETTINGS),
            ),
        ]
    )


def _section(
    title: str,
    settings: Mapping[str, Setting],
    docs: Mapping[str, Doc],
    updatable: frozenset[str] | set[str],
) -> str:
    count = Counter(doc.status for doc in docs.values())
    told = ", ".join(f"{count[status]} {status}" for status in (HONOURED, STORED, MEANINGLESS))
    rows = [
        _row(setting, docs[name], "⟳" if name in updatable else "")
        for name, setting in sorted(settings.items())
    ]
    head = ["| setting | | type | default | here | what it is for |", "| - | - | - | - | - | - |"]
    return "\n".join(
        [f"## {title}", "", f"{len(settings)} settings: {told}.", "", *head, *rows, ""]
    )


def _row(setting: Setting, doc: Doc, mark: str) -> str:
    """Defaults are those of a broker that was given nothing."""
    default = text_of(setting.default)
    if setting.name in SINGLE_NODE and BROKER_SETTINGS.get(setting.name) is setting:
        default = SINGLE_NODE[setting.name]
    shown = f"`{default}`" if default else "none" if default is None else "empty"
    text = doc.text.replace("|", "\\|").replace("*", "\\*")
    kind = setting.type.lower()
    return f"| `{setting.name}` | {mark} | {kind} | {shown} | {doc.status} | {text} |"


def main() -> int:
    parser = argparse.ArgumentParser(description="the page of all settings")
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    wanted = page()
    if arguments.check:
        fresh = PAGE.exists() and PAGE.read_text() == wanted
        if not fresh:
            print("docs/settings.md is not up to date: run python -m tools.settings_page")
        return 0 if fresh else 1
    PAGE.write_text(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
