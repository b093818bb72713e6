"""Writes the generated parts of README.md: what is served, and what differs from Kafka.

    python -m tools.supported_apis [--check]

The first comes from kbroker/apis.py, the second from compat_tests/differences.py. With --check it
writes nothing and fails when README.md is not as it would be.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from compat_tests.differences import ACCEPTED, UNTOLD
from kbroker.apis import APIS

UNASKED = ", told only with `metric.reporters=kbroker.ClientTelemetry`"
README = Path(__file__).parent.parent / "README.md"


def api_table() -> str:
    rows = [
        f"| {api.key.value} | {api.key.name.title().replace('_', '')} | "
        f"{api.listed[1]} to {api.last}{UNASKED if api.for_telemetry else ''} |"
        for api in APIS.values()
    ]
    return "\n".join(["| key | API | versions |", "| ---: | --- | --- |", *rows])


def difference_list() -> str:
    """Each reason once, in the order of the list."""
    reasons = dict.fromkeys([*(found.reason for found in ACCEPTED), *UNTOLD])
    return "\n".join(f"- {reason}" for reason in reasons)


def rewritten(text: str) -> str:
    text = _with_part(text, "apis", api_table())
    return _with_part(text, "differences", difference_list())


def _with_part(text: str, name: str, content: str) -> str:
    """The text with what stands between the two comments of this name replaced."""
    pattern = re.compile(rf"(<!-- {name}: [^\n]*-->\n).*?(<!-- end of {name} -->)", re.DOTALL)
    found = pattern.search(text)
    assert found is not None, f"README.md has no place for the {name}"
    return f"{text[: found.start()]}{found[1]}\n{content}\n\n{found[2]}{text[found.end() :]}"


def main() -> int:
    parser = argparse.ArgumentParser(description="the generated parts of README.md")
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    text = README.read_text()
    wanted = rewritten(text)
    if arguments.check:
        if text != wanted:
            print("README.md is not up to date: run python -m tools.supported_apis")
        return 0 if text == wanted else 1
    README.write_text(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
