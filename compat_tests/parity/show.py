"""Plays stories on one running broker and prints what it answers:

python -m compat_tests.parity.show HOST:PORT 'fetch-limits-v12' 'produce-*'
"""

from __future__ import annotations

import json
import secrets
import sys
from fnmatch import fnmatchcase

from compat_tests.parity.codec import JavaCodec
from compat_tests.parity.runner import Player
from compat_tests.parity.stories import all_stories


def main(bootstrap: str, *patterns: str) -> None:
    codec = JavaCodec()
    for story in all_stories().values():
        if not any(fnmatchcase(story.name, pattern) for pattern in patterns):
            continue
        print(f"# {story.name}", flush=True)  # noqa: T201 - it is a program
        run = secrets.token_hex(4)
        names = {"run": run, "topic": f"{run}-t", "group": f"{run}-g"}
        play = Player(bootstrap, codec, names).play(story)
        for step, outcome in zip(story.steps, play.outcomes, strict=True):
            if step.compared and outcome:
                print(f"{step.name} -> {json.dumps(outcome)}")  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
