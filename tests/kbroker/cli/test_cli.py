"""The command line against a running broker."""

from __future__ import annotations

import json
import subprocess
import sys

from kbroker.apis import ADVERTISED


def kbroker(*words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "kbroker", *words],
        input=stdin, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_a_topics_life(bootstrap: str) -> None:
    """Create, describe, produce, consume, delete."""
    there = ("--bootstrap", bootstrap)
    assert kbroker("topic", "create", *there, "life:2:retention.ms=1000000").returncode == 0
    waited = kbroker("wait", *there, "--topic", "life", "-o", "json")
    assert json.loads(waited.stdout)["topics"] == ["life"]
    assert "life" in kbroker("topic", "list", *there).stdout.splitlines()
    assert "partitions=2" in kbroker("topic", "describe", *there, "life").stdout
    assert kbroker("produce", *there, "-K", "=", "life", stdin="k=a\nk=b\nk=c\n").returncode == 0
    consumed = kbroker("consume", *there, "-K", "=", "-e", "life").stdout
    counted = kbroker("consume", *there, "--from-beginning", "-n", "2", "life").stdout
    assert (consumed, counted) == ("k=a\nk=b\nk=c\n", "a\nb\n")
    assert kbroker("topic", "delete", *there, "life").returncode == 0
    assert "life" not in kbroker("topic", "list", *there).stdout


def test_failures_are_one_line(bootstrap: str) -> None:
    """In the broker's words."""
    there = ("--bootstrap", bootstrap)
    bad_name = kbroker("topic", "create", *there, "a/b")
    unknown = kbroker("topic", "delete", *there, "nope")
    nobody = kbroker("wait", "--bootstrap", "127.0.0.1:1", "--timeout", "0.1")

    assert bad_name.stderr.startswith("kbroker: a/b: Topic name is invalid")
    assert unknown.stderr == "kbroker: there is no topic 'nope'; kbroker topic list names them\n"
    assert nobody.stderr == "kbroker: no broker at 127.0.0.1:1 after 0.1 seconds\n"
    assert [done.returncode for done in (bad_name, unknown, nobody)] == [1, 1, 1]


def test_what_is_served() -> None:
    """The table of this build."""
    lines = kbroker("apis").stdout.splitlines()

    assert lines[0].split() == ["0", "PRODUCE", "0-13"]
    assert len(lines) == len(ADVERTISED)
    told = json.loads(kbroker("apis", "-o", "json").stdout)
    assert told[0] == {"key": 0, "name": "PRODUCE", "first": 0, "last": 13}


def test_words_that_make_no_command() -> None:
    """argparse says what it knows."""
    assert kbroker("dance").returncode == 2
    assert "serve" in kbroker("--help").stdout
    title, *table = kbroker("--version").stdout.splitlines()
    assert title.startswith("kbroker ")
    assert table == kbroker("apis").stdout.splitlines()
