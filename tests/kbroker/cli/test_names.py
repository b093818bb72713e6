"""Words that are no names: the nearest right one is told."""

from __future__ import annotations

import pytest

from kbroker.cli import run
from kbroker.cli.names import meant_value


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("topc list", "there is no command 'topc'; did you mean 'topic'?"),
        ("topic lst", "there is no verb 'lst'; did you mean 'list'?"),
        ("topic list --bootstrp x", "there is no option '--bootstrp'; did you mean '--bootstrap'?"),
        ("topic list --bootstrp=x", "there is no option '--bootstrp'; did you mean '--bootstrap'?"),
        ("topic list --zzz", "there is no option '--zzz'; kbroker topic list --help has the rest"),
        ("topic list -q", "unrecognized arguments: -q; kbroker topic list --help has the rest"),
        ("--prot 9", "there is no option '--prot'; did you mean '--port'?"),
        ("topic list -o jsn", "there is no -o 'jsn'; did you mean 'json'?"),
        ("config set topc t a=b", "there is no kind 'topc'; did you mean 'topic'?"),
        ("group zzz", "there is no verb 'zzz'; there are list, describe, reset-offsets, delete"),
        ("topic list x", "unrecognized arguments: x; kbroker topic list --help has the rest"),
        ("group reset-offsets g", "one of the arguments --to --by is required; "
         "kbroker group reset-offsets --help has the rest"),
    ],
)  # fmt: skip
def test_words(words: str, why: str, capsys: pytest.CaptureFixture[str]) -> None:
    """They make no command: exit code 2, one line."""
    with pytest.raises(SystemExit) as exit_info:
        run(words.split())

    assert exit_info.value.code == 2
    assert capsys.readouterr().err == f"kbroker: {why}\n"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("-c num.partition=4", "unknown setting 'num.partition' (did you mean 'num.partitions'?)"),
        ("-c compression.type=gzp", "did you mean 'gzip'?"),
    ],
)
def test_settings_of_serve(words: str, why: str, capsys: pytest.CaptureFixture[str]) -> None:
    """No broker starts with them."""
    assert run(words.split()) == 1
    assert capsys.readouterr().err.rstrip().endswith(why)


@pytest.mark.parametrize(
    ("message", "advice"),
    [
        ("Invalid value Delet for configuration cleanup.policy: String must be one of: "
         "compact, delete", "; did you mean 'delete'?"),
        ("Invalid value GZIP for configuration compression.type: String must be one of: "
         "uncompressed, gzip, producer", "; did you mean 'gzip'?"),
        ("Invalid value q for configuration a: String must be one of: compact, delete", ""),
        ("Unknown topic config name: retention.m", "; did you mean 'retention.ms'?"),
        ("Unknown topic config name: zzz", ""),
        ("Topic 'a' already exists.", ""),
    ],
)  # fmt: skip
def test_values(message: str, advice: str) -> None:
    """A broker's message gets what it lacks."""
    assert meant_value(message) == message + advice
