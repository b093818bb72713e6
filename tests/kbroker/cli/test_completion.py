"""What shells complete."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

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
        ("kbroker wait -", ["-h", "--help", "-b", "--bootstrap", "--bootstrap-server", "-o",
                            "--timeout", "--topic"]),
        ("kbroker dump-log --h", ["--help"]),
        ("kbroker topic list x y --b", ["--bootstrap", "--bootstrap-server"]),
        ("kbroker topic list de", []),
        ("kbroker topic de", ["describe", "delete-records", "delete"]),
    ],
)  # fmt: skip
def test_bash(line: str, completed: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Commands, verbs and options."""
    assert run(["completion", "bash"]) == 0
    words = " ".join(f"'{word}'" for word in line.split(" "))
    script = (
        f"{capsys.readouterr().out}\n"
        f"COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))\n"
        "COMPREPLY=(old); _kbroker\n"
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


def test_what_is_no_word_of_ours_may_be_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    """As for ``check`` and ``dump-log``."""
    for shell in ("bash", "zsh"):
        assert run(["completion", shell]) == 0
        last = capsys.readouterr().out.splitlines()[-1]
        assert last == "complete -o default -F _kbroker kbroker"


def completes(shell: list[str], program: str, home: Path, before: str = "") -> list[str]:
    """What a real shell without settings prints, once it has read our script."""
    script = home / "script"
    with script.open("w") as file:
        words = [sys.executable, "-m", "kbroker", "completion", shell[0]]
        subprocess.run(words, stdout=file, timeout=60, check=True)
    done = subprocess.run(
        [*shell, "-c", f"{before}source {script}; {program}"], capture_output=True, text=True,
        timeout=60, check=False, cwd=home, env=os.environ | {"HOME": str(home)},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


@pytest.mark.skipif(shutil.which("zsh") is None, reason="no zsh")
@pytest.mark.parametrize("before", ["", "autoload -Uz compinit; compinit -u; "])
def test_zsh_completes_whether_it_was_set_up_to_or_not(before: str, tmp_path: Path) -> None:
    (line,) = completes(["zsh", "-f"], 'print -r -- "$_comps[kbroker]"', tmp_path, before)
    assert line == "_bash_complete -o default -F _kbroker"


@pytest.mark.skipif(shutil.which("fish") is None, reason="no fish")
def test_fish_itself(tmp_path: Path) -> None:
    """What follows some words is of these words, and a file where there may be one."""
    lines = {
        "kbroker group re": ["reset-offsets"],
        "kbroker to": [f"topic\t{COMMANDS['topic']}"],
        "kbroker topic list --b": ["--bootstrap", "--bootstrap-server"],
        "kbroker consume x -b a --m": ["--max-messages"],
        "kbroker topic delete --be": [],
        "kbroker topic delete-records --be": ["--before"],
        "kbroker check scr": ["script"],
        "kbroker wait -t": [],
    }
    program = "; ".join(f"echo = '{line}'; complete -C '{line}'" for line in lines)
    expected = [word for line, found in lines.items() for word in (f"= {line}", *found)]
    assert completes(["fish", "--no-config"], program, tmp_path) == expected


def test_the_shell_has_to_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(["completion"])
    assert (ended.value.code, capsys.readouterr().out) == (2, "")
