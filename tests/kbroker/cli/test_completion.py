"""What shells complete."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from kbroker.cli import COMMANDS, run


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
@pytest.mark.parametrize(
    ("line", "completed"),
    [
        ("kbroker ", list(COMMANDS)),
        ("kbroker to", ["topic"]),
        ("kbroker group ", ["list", "describe", "reset-offsets", "delete"]),
        ("kbroker group re", ["reset-offsets"]),
        ("kbroker topic list --b", ["--bootstrap", "--bootstrap-server"]),
        ("kbroker consume t --m", ["--max-messages"]),
        ("kbroker group reset-offsets g --d", ["--dry-run"]),
        ("kbroker consume t --from", ["--from", "--from-beginning"]),
    ],
)
def test_bash(line: str, completed: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Commands, verbs and options."""
    assert run(["completion", "bash"]) == 0
    words = " ".join(f"'{word}'" for word in line.split(" "))
    script = (
        f"{capsys.readouterr().out}\n"
        f"COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _kbroker\n"
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.split() == completed


FISH_LINE = re.compile(
    r"complete -c kbroker -n '([^']*)' (-l|-s|-f -a) ([\w-]+)( -d '[^']*')?", re.ASCII
)
DASHES = {"-l": "--", "-s": "-", "-f -a": ""}


def fish_holds(condition: str, seen: list[str]) -> bool:
    """A function of fish or of the script, for the words before the one that is completed."""
    name, *words = condition.split()
    if name == "__fish_use_subcommand":
        return not seen
    if name == "__kbroker_is":
        return seen == words
    assert name == "__kbroker_begins"
    return seen[: len(words)] == words


@pytest.mark.parametrize(
    ("line", "completed"),
    [
        ("kbroker ", list(COMMANDS)),
        ("kbroker to", ["topic"]),
        ("kbroker group ", ["list", "describe", "reset-offsets", "delete"]),
        ("kbroker group re", ["reset-offsets"]),
        ("kbroker topic list --b", ["--bootstrap", "--bootstrap-server"]),
        ("kbroker consume --m", ["--max-messages"]),
        ("kbroker group reset-offsets --d", ["--dry-run"]),
        ("kbroker consume --from", ["--from", "--from-beginning"]),
        ("kbroker wait -b", ["-b"]),
        ("kbroker group list de", []),
        ("kbroker consume topic d", []),
        ("kbroker topic describe wait --t", []),
    ],
)
def test_fish(line: str, completed: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Its lines are read as fish reads them."""
    assert run(["completion", "fish"]) == 0
    seen, begun = line.split(" ")[1:-1], line.rsplit(" ", maxsplit=1)[-1]
    found = []
    _, _, lines = capsys.readouterr().out.partition("; end\ncomplete")
    for text in f"complete{lines}".splitlines():
        parts = FISH_LINE.fullmatch(text)
        assert parts is not None, text
        conditions, kind, word, _ = parts.groups()
        if fish_holds(conditions, seen):
            found.append(DASHES[kind] + word)

    assert [word for word in found if word.startswith(begun)] == completed


def test_other_shells(capsys: pytest.CaptureFixture[str]) -> None:
    """zsh reads what bash reads; fish has a line for each word."""
    assert run(["completion", "zsh"]) == 0
    assert "bashcompinit\n_kbroker() {" in capsys.readouterr().out
    assert run(["completion", "fish"]) == 0
    lines = capsys.readouterr().out.splitlines()

    assert f"complete -c kbroker -n '__fish_use_subcommand' -f -a wait -d '{COMMANDS['wait']}'" in (
        lines
    )
    assert ("complete -c kbroker -n '__kbroker_begins topic list' -l bootstrap") in lines
