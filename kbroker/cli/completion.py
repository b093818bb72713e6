"""``kbroker completion``: what a shell needs to complete commands, verbs and options."""

from __future__ import annotations

import argparse
import importlib
import re
from collections.abc import Callable, Iterator

from kbroker.cli import COMMANDS, Parser

Words = dict[str, list[str]]  # by what stands before them: "", "topic", "topic list"

HELP = """put it where your shell looks when it starts, for example:
  bash  eval "$(kbroker completion bash)" in ~/.bashrc
  zsh   eval "$(kbroker completion zsh)" in ~/.zshrc
  fish  kbroker completion fish > ~/.config/fish/completions/kbroker.fish"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = HELP
    parser.add_argument("shell", choices=_SCRIPTS)


def run(arguments: argparse.Namespace) -> int:
    for line in _SCRIPTS[arguments.shell](_words()):
        print(line)
    return 0


def _words() -> Words:
    words = {"": list(COMMANDS)}
    for name in COMMANDS:
        parser = Parser(prog=f"kbroker {name}")
        importlib.import_module(f"kbroker.cli.{name.replace('-', '_')}").add_arguments(parser)
        words[name] = list(parser.verbs) or _options(parser)
        for verb, inner in parser.verbs.items():
            words[f"{name} {verb}"] = _options(inner)
    return words


def _options(parser: argparse.ArgumentParser) -> list[str]:
    """All names of each: the left column of its help."""
    names = " ".join(re.findall(r"^  (-.*?)(?:  |$)", parser.format_help(), re.MULTILINE))
    return re.findall(r"(?<![\w-])--?\w[\w-]*", names)


def _bash(words: Words) -> Iterator[str]:
    yield "_kbroker() {"
    yield "  local words="
    yield '  case "$COMP_CWORD:${COMP_WORDS[1]} ${COMP_WORDS[2]}" in'
    # The first pattern that fits counts, so verbs come before what may follow them.
    for before, found in words.items():
        command, _, verb = before.partition(" ")
        has_verbs = any(other.startswith(f"{before} ") for other in words)
        place = "1" if not before else "2" if has_verbs else "*"
        pattern = f'"{command} {verb}"' if verb else f'"{command} "*' if command else "*"
        yield f"    {place}:{pattern}) words='{' '.join(found)}' ;;"
    yield "  esac"
    yield '  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))'
    yield "}"
    yield "complete -o default -F _kbroker kbroker"


def _zsh(words: Words) -> Iterator[str]:
    yield "(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }"
    yield "autoload -Uz bashcompinit && bashcompinit"
    yield from _bash(words)


# Whether the words between ``kbroker`` and the cursor are these, and whether they begin with them.
_FISH_FUNCTIONS = """\
function __kbroker_is; set -l w (commandline -opc); set -e w[1]; test "$w" = "$argv"; end
function __kbroker_begins; set -l w (commandline -opc); set -e w[1]
    string match -q -- "$argv *" "$w "; end"""


def _fish(words: Words) -> Iterator[str]:
    yield _FISH_FUNCTIONS
    for before, found in words.items():
        place = "begins" if found[0].startswith("-") else "is"
        condition = f"__kbroker_{place} {before}" if before else "__fish_use_subcommand"
        for word in found:
            if word.startswith("--"):
                what = f"-l {word[2:]}"
            else:
                what = f"-s {word[1:]}" if word.startswith("-") else f"-f -a {word}"
            summary = f" -d '{COMMANDS[word]}'" if not before else ""
            yield f"complete -c kbroker -n '{condition}' {what}{summary}"


_SCRIPTS: dict[str, Callable[[Words], Iterator[str]]] = {
    "bash": _bash,
    "zsh": _zsh,
    "fish": _fish,
}
