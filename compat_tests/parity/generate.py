"""Plays generated stories on two brokers until the time is over, and tells what differs.

python -m compat_tests.parity.generate --minutes 5 --seed 1000 [--restarts] [--record FOLDER]

A difference counts when it comes again: what depends on the moment is no difference, and is only
told in one line. With ``--restarts`` both brokers are stopped and killed in each story. A story
that differs is told with the steps that it takes. ``--record`` keeps what Kafka answered to the
others (see ``recorded``).
"""

# ruff: noqa: T201 - it is a program that prints

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import replace
from pathlib import Path

from compat_tests.brokers import Broker
from compat_tests.kbroker_process import KbrokerProcess
from compat_tests.parity.codec import CodecError, JavaCodec
from compat_tests.parity.compare import Difference, compare
from compat_tests.parity.conftest import SETTINGS
from compat_tests.parity.generated import generated
from compat_tests.parity.play import Play
from compat_tests.parity.reach import OverTcp
from compat_tests.parity.recorded import keep
from compat_tests.parity.runner import Player, UnsettledError, new_run
from compat_tests.parity.script import Step, Story
from compat_tests.reference import RealKafka


class Comparer:
    """Two brokers. ``kafkas`` is the first one's play of the latest story."""

    kafkas: Play

    def __init__(self, kafka: Broker, kbroker: Broker, codec: JavaCodec) -> None:
        self._brokers = [OverTcp(broker.bootstrap, broker) for broker in (kafka, kbroker)]
        self._codec = codec

    def differences(self, story: Story) -> list[Difference]:
        """Raises UnsettledError."""
        run = new_run(story)  # the same, since what hashes names has the same order then
        try:
            plays = [Player(broker, self._codec).play(story, run) for broker in self._brokers]
        finally:
            self._restart_equally()
        self.kafkas = plays[0]
        return compare(story, *plays).differences

    def _restart_equally(self) -> None:
        """Leader epochs rise with each start; a story that was given up has left one behind."""
        most = max(broker.restarts for broker in self._brokers)
        for broker in self._brokers:
            while broker.restarts < most:
                broker.restart(clean=True)

    def lasting(self, story: Story, plays: int = 3) -> list[Difference]:
        """Those that come in every play."""
        found = self.differences(story)
        for _ in range(plays - 1):
            if not found:
                return []
            again = {place(one) for one in self.differences(story)}
            for one in found:
                if place(one) not in again:
                    print(f"once only: {one}", file=sys.stderr)
            found = [one for one in found if place(one) in again]
        return found

    def shrunk(self, story: Story, wanted: tuple[str, str]) -> Story:
        """The story without the steps that the difference does not need."""
        droppable = [one for one in story.steps if one.compared and one.name != wanted[0]][::-1]
        for size in (8, 4, 1):
            for at in range(0, len(droppable), size):
                run = [one for one in droppable[at : at + size] if one in story.steps]
                fewer = replace(story, steps=[one for one in story.steps if one not in run])
                try:
                    if run and wanted in {place(one) for one in self.differences(fewer)}:
                        story = fewer
                except (UnsettledError, KeyError):
                    continue
        return story


def place(difference: Difference) -> tuple[str, str]:
    return difference.step, difference.path


def told(step: Step) -> str:
    return f"  {step.connection}: {step.name} {json.dumps(step.body, default=repr)}"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--restarts", action="store_true")
    parser.add_argument("--record", metavar="FOLDER", type=Path)
    arguments = parser.parse_args()
    brokers: list[Broker] = []
    try:
        for start in (RealKafka, KbrokerProcess):
            brokers.append(start(settings=SETTINGS))
        comparer = Comparer(brokers[0], brokers[1], JavaCodec())
        return compare_for(arguments, comparer)
    finally:
        for broker in brokers:
            broker.remove()


def compare_for(arguments: argparse.Namespace, comparer: Comparer) -> int:
    until = time.monotonic() + 60 * arguments.minutes
    seed, differing, unsettled = arguments.seed, 0, 0
    while time.monotonic() < until:
        story = generated(seed, restarts=arguments.restarts)
        try:
            found = comparer.lasting(story)
            if arguments.record is not None and not found:
                keep(arguments.record, story.name, comparer.kafkas)
        except (UnsettledError, CodecError) as error:
            unsettled += 1
            print(f"seed {seed} says nothing: {str(error)[:200]}", file=sys.stderr)
            found = []
        if found:
            differing += 1
            print(f"seed {seed}", *found, sep="\n  ")
            story = comparer.shrunk(story, place(found[0]))
            print(*(told(step) for step in story.steps if step.compared), sep="\n", flush=True)
        seed += 1
    print(f"{seed - arguments.seed} stories, {differing} differ, {unsettled} say nothing")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
