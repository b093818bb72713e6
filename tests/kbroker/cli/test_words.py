"""Arguments without a meaning are refused before anything is done."""

from __future__ import annotations

from pathlib import Path

import pytest

from kbroker.cli import run
from kbroker.cli.serve import parse_topic
from kbroker.cli.words import between, seconds, word
from kbroker.settings.setting import SettingError


@pytest.mark.parametrize(
    "words",
    ["serve --data-dir", "serve --config", "serve --ready-file", "serve --host", "check",
     "doctor --data-dir", "consume t -g", "produce t -K", "group reset-offsets --to end"],
)  # fmt: skip
def test_empty_words(words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str],
                     monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    """A variable of a shell that is not set does not mean the working directory."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as exit_info:
        run([*words.split(), ""])

    assert exit_info.value.code == 2
    assert "the value is empty; give one, or leave the option out" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        ("consume t -n -3", "'-3' is not a number from 0 to "),
        ("consume t -n x", "'x' is not a number from 0 to "),
        (f"produce t --timestamp {'9' * 20}", f"{'9' * 20!r} is not a number from 0 to "),
        (f"consume t --from @{'9' * 23}", f"{'9' * 23!r} is not a number from 0 to "),
        ("topic add-partitions e 99999999999", "'99999999999' is not a number from 1 to "),
        ("wait --timeout nan", "'nan' is not a number of seconds"),
        ("wait --timeout x", "'x' is not a number of seconds"),
        ("wait --timeout inf", "'inf' is not a number of seconds"),
        ("wait --timeout -1", "'-1' is not a number of seconds"),
        (f"topic delete-records e --before {'9' * 23}", " is not a number from -1 to "),
    ],
)
def test_numbers(words: str, wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    """They fit where the protocol wants them."""
    with pytest.raises(SystemExit):
        run(words.split())

    assert wrong in capsys.readouterr().err


def test_partitions_of_a_new_topic() -> None:
    with pytest.raises(SettingError, match="'99999999999' is not a number of partitions"):
        parse_topic("zz:99999999999")


def test_the_first_and_the_last_of_what_may_be() -> None:
    assert [between(-1, 7)("-1"), between(-1, 7)("7")] == [-1, 7]
    assert [seconds("0"), seconds("0.5")] == [0, 0.5]
    assert word(" ") == " "
