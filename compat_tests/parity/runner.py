"""Plays a story on one broker and notes the outcome of every step."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Mapping
from typing import Any

from compat_tests.parity.codec import Codec, CodecError
from compat_tests.parity.play import Play
from compat_tests.parity.reach import Connection, Reach
from compat_tests.parity.script import Json, Step, Story, at_path, error_codes, substitute

SETTLING_S = 20.0


class UnsettledError(Exception):
    """A preparing step did not succeed in time: the story says nothing about this broker."""


class Player:
    """One story on one broker."""

    def __init__(self, reach: Reach, codec: Codec) -> None:
        self._reach = reach
        self._codec = codec
        self._variables: dict[str, Json] = {}
        self._connections: dict[str, Connection] = {}
        self._correlation = 0
        self._sent: dict[str, tuple[int, float]] = {}

    def play(self, story: Story, run: str | None = None) -> Play:
        """``run`` begins all names; a new one where it is not given."""
        run = run or new_run(story)
        self._variables |= {"run": run, "topic": f"{run}-t", "group": f"{run}-g"}
        play = Play(run, self._reach.now_ms())
        try:
            for step in story.steps:
                outcome = self._settled(step) if waits(step) else self._outcome(step)
                for name, path in step.capture.items():
                    play.captured[name] = self._take(step, outcome, name, path)
                play.outcomes.append(outcome)
                play.times_ms.append(self._reach.now_ms())
        finally:
            for connection in self._connections.values():
                connection.close()
        return play

    def _take(self, step: Step, outcome: Mapping[str, Json], name: str, path: str) -> Json:
        try:
            value = at_path(outcome["answer"], path)
        except (KeyError, IndexError, TypeError) as error:
            raise UnsettledError(f"{step.name}: no {path} in {outcome}") from error
        self._variables[name] = value
        return value

    def _settled(self, step: Step) -> dict[str, Json]:
        deadline = self._reach.monotonic_s() + SETTLING_S
        while True:
            outcome = self._outcome(step)
            if "answer" in outcome and as_awaited(step, outcome["answer"]):
                return outcome
            if self._reach.monotonic_s() > deadline:
                raise UnsettledError(f"{step.name}: {outcome}")
            self._reach.sleep(0.02)

    def _outcome(self, step: Step) -> dict[str, Json]:
        if step.what == "hang_up":
            self._connections.pop(step.connection).close()
            return {}
        if step.what in ("stop", "kill"):
            self._restart(clean=step.what == "stop")
            return {}
        if step.what != "receive":
            self._send(step)
        return {} if step.what == "send" else self._receive(step)

    def _restart(self, *, clean: bool) -> None:
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()
        self._reach.restart(clean=clean)

    def _send(self, step: Step) -> None:
        if step.connection not in self._connections:
            self._connections[step.connection] = self._reach.connect()
        connection = self._connections[step.connection]
        self._correlation += 1
        self._sent[step.connection] = (self._correlation, self._reach.monotonic_s())
        # That the broker hung up shows when the answer is read.
        with contextlib.suppress(ConnectionError):
            if step.what == "raw":
                connection.send_bytes(step.raw)  # half frames and wrong lengths included
            else:
                connection.send_frame(self._encoded(step))

    def _encoded(self, step: Step) -> bytes:
        body = substitute(step.body, self._variables)
        return self._codec.encode(step.api, step.version, body, self._correlation, step.client)

    def _receive(self, step: Step) -> dict[str, Json]:
        correlation, sent_at = self._sent[step.connection]
        connection = self._connections[step.connection]
        try:
            frame = connection.read_frame(step.patience_s)
        except ConnectionError:
            del self._connections[step.connection]
            connection.close()
            return {"closed": True}
        except TimeoutError:
            return {"silent": True}
        outcome = self._decoded(step, frame, None if step.what == "raw" else correlation)
        if step.takes_s is not None:
            took = self._reach.monotonic_s() - sent_at
            early, late = took < step.takes_s[0], took > step.takes_s[1]
            outcome["took"] = "too short" if early else "too long" if late else "as it should"
        return outcome

    def _decoded(self, step: Step, frame: bytes, correlation: int | None) -> dict[str, Json]:
        try:
            decoded = self._codec.decode(step.api, step.version, frame)
        except CodecError as error:
            return {"undecodable": str(error), "frame": frame.hex()}
        outcome: dict[str, Any] = {"answer": decoded["body"]}
        if correlation is not None and decoded["correlation"] != correlation:
            outcome["correlation"] = decoded["correlation"] - correlation
        for odd in ("rest", "unknownTags"):
            if decoded[odd]:
                outcome[odd] = decoded[odd]
        return outcome


def new_run(story: Story) -> str:
    return f"{secrets.token_hex(4)}-{story.name}"


def waits(step: Step) -> bool:
    return step.until_settled or step.until_code is not None or step.until_value is not None


def as_awaited(step: Step, answer: Json) -> bool:
    if step.until_value is not None:
        path, value = step.until_value
        try:
            return bool(at_path(answer, path) == value)
        except LookupError:
            return False  # not there yet
    codes = error_codes(answer)
    return not any(codes) if step.until_code is None else step.until_code in codes
