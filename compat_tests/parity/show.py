"""Plays stories on running brokers, by hand: on one it prints the answers, on two the differences.

python -m compat_tests.parity.show HOST:PORT 'fetch-limits-v12' 'produce-*'
python -m compat_tests.parity.show KAFKA_HOST:PORT KBROKER_HOST:PORT 'fetch-*'
"""

# ruff: noqa: T201 - it is a program that prints

from __future__ import annotations

import json
import sys
from collections import Counter
from fnmatch import fnmatchcase

from compat_tests.parity.codec import JavaCodec
from compat_tests.parity.compare import compare
from compat_tests.parity.play import Play
from compat_tests.parity.reach import OverTcp
from compat_tests.parity.runner import Player, UnsettledError
from compat_tests.parity.script import Story
from compat_tests.parity.stories import all_stories


def main(*arguments: str) -> None:
    brokers = [argument for argument in arguments if ":" in argument]
    patterns = [argument for argument in arguments if ":" not in argument] or ["*"]
    codec = JavaCodec()
    count: Counter[str] = Counter()
    for story in all_stories().values():
        if not any(fnmatchcase(story.name, pattern) for pattern in patterns):
            continue
        print(f"# {story.name}", flush=True)
        try:
            plays = [Player(OverTcp(broker), codec).play(story) for broker in brokers]
        except UnsettledError as error:
            print(f"UNSETTLED {error}")
            count["unsettled"] += 1
            continue
        if len(plays) == 1:
            tell(story, plays[0])
        else:
            result = compare(story, plays[0], plays[1])
            count.update(
                steps=result.steps,
                fields=result.fields,
                accepted=len(result.accepted),
                differences=len(result.differences),
            )
            print("\n".join(str(difference) for difference in result.differences))
    print(dict(count))


def tell(story: Story, play: Play) -> None:
    for step, outcome in zip(story.steps, play.outcomes, strict=True):
        if step.compared and outcome:
            print(f"{step.name} -> {json.dumps(outcome)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
