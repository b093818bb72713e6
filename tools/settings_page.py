"""Writes docs/settings.md: every setting, what it is for, and what becomes of it here.

    python -m tools.settings_page [--check]

It comes from kbroker/settings/definitions. With --check it writes nothing and fails where the page
is not up to date.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from kbroker.settings.definitions import (
    BROKER_SETTINGS,
    CLIENT_METRICS_SETTINGS,
    GROUP_SETTINGS,
    PLUGIN_SETTINGS,
    SINGLE_NODE,
    TOPIC_SETTINGS,
)
from kbroker.settings.setting import Setting, text_of
from kbroker.settings.status import HONOURED, MEANINGLESS, STORED, Status
from kbroker.settings.updatable import Updatable

PAGE = Path(__file__).parent.parent / "docs" / "settings.md"
INTRODUCTION = f"""\
# Settings

<!-- Written by python -m tools.settings_page from kbroker/settings/definitions. -->

kbroker takes every setting that Kafka 4.3.1 has, checks its value as Kafka does, and shows it to
whoever asks (DescribeConfigs). Not every one has an effect here:

- **{HONOURED}**: it does here what it does in Kafka;
- **{STORED}**: it is checked, kept and shown, but nothing acts on it so far;
- **{MEANINGLESS}**: it is about something that kbroker does not have: threads, Java classes, other
  brokers, a remote store. It is checked, kept and shown all the same.

⟳ marks settings that can be changed while the broker runs. *Internal* settings are taken like the
others, but Kafka documents none of them, and shows one only where it was given.
"""
PLUGINS = """\
A broker does not read these itself. They are kept for the plug-ins that come with Kafka, and shown
as secrets. So are all that begin with `config.providers.`, `rsm.config.` and `rlmm.config.`, and
whatever else a `server.properties` file has. Behind `listener.name.NAME.` stands a broker's setting
for one listener.
"""


def page() -> str:
    others = (TOPIC_SETTINGS, GROUP_SETTINGS, CLIENT_METRICS_SETTINGS)
    updatable = {id(setting) for settings in others for setting in settings.values()}
    updatable |= {id(setting) for setting in BROKER_SETTINGS.values() if _is_updatable(setting)}
    return "\n".join(
        [
            INTRODUCTION,
            _section("Topics", TOPIC_SETTINGS.values(), updatable),
            _section("Broker", BROKER_SETTINGS.values(), updatable),
            _section("Groups", GROUP_SETTINGS.values(), updatable),
            _section("Client metrics", CLIENT_METRICS_SETTINGS.values(), updatable),
            _section("Plug-ins", PLUGIN_SETTINGS.values(), updatable),
            PLUGINS,
        ]
    )


def _is_updatable(setting: Setting) -> bool:
    return setting.updatable not in (Updatable.NEVER, Updatable.ONE_LISTENER)


def _section(title: str, settings: Iterable[Setting], updatable: set[int]) -> str:
    listed = sorted(settings, key=lambda setting: setting.name)
    count = Counter(setting.status for setting in listed)
    counted = ", ".join(f"{count[status]} {status}" for status in Status if count[status])
    rows = [_row(setting, "⟳" if id(setting) in updatable else "") for setting in listed]
    head = ["| setting | | type | default | here | what it is for |", "| - | - | - | - | - | - |"]
    return "\n".join(
        [f"## {title}", "", f"{len(listed)} settings: {counted}.", "", *head, *rows, ""]
    )


def _row(setting: Setting, mark: str) -> str:
    """Defaults are those of a broker that was given nothing."""
    default = text_of(setting.default)
    if setting.name in SINGLE_NODE and BROKER_SETTINGS.get(setting.name) is setting:
        default = SINGLE_NODE[setting.name]
    shown = f"`{default}`" if default else "none" if default is None else "empty"
    text = setting.doc.replace("|", "\\|").replace("*", "\\*")
    if setting.internal:
        text = f"*Internal.* {text}"
    kind = setting.type.lower()
    return f"| `{setting.name}` | {mark} | {kind} | {shown} | {setting.status} | {text} |"


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
