"""What a case of the benchmark is, and what it gets of the broker that it measures."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import NamedTuple

from kbroker.cli.raw_client import RawClient
from tools.bench.subjects import Subject
from tools.process_costs import Meter
from tools.topic_requests import create_topic, delete_topic

Figures = dict[str, float]  # unit → value
CPU, PEAK = "broker CPU s", "broker peak MB"


class Run:
    """A case with a broker, one measurement after the other. Where the broker stores nothing, there
    are no topics to create and no contents to check. ``start_another`` starts a broker of the same
    kind, with a log of its own."""

    def __init__(
        self, subject: Subject, stores: bool, start_another: Callable[[], Subject]
    ) -> None:
        self.subject, self.stores, self.start_another = subject, stores, start_another
        self.meter = Meter(subject.pid)  # entered for the time that is measured
        self._topics: list[str] = []

    @property
    def bootstrap(self) -> str:
        return self.subject.bootstrap

    def restart(self) -> None:
        """A clean stop, and a start with what was stored. Raises NotRunError."""
        self.subject.restart()
        self.meter = Meter(self.subject.pid)

    def costs(self) -> Figures:
        """Of what was last measured."""
        return {CPU: self.meter.cpu_s, PEAK: self.meter.peak_kb / 1024}

    def new_topic(self, partitions: int = 1, settings: Mapping[str, str] | None = None) -> str:
        name = f"bench-{uuid.uuid4().hex[:8]}"
        if self.stores:
            with RawClient(self.bootstrap) as client:
                create_topic(client, name, partitions, settings)
            self._topics.append(name)
        return name

    def delete_topics(self) -> None:
        """Those that ``new_topic`` has made."""
        if self._topics:
            with RawClient(self.bootstrap) as client:
                for name in self._topics:
                    delete_topic(client, name)
            self._topics.clear()


class Case(NamedTuple):
    """``measure`` raises CheckError where the broker does not do what it is measured at."""

    measure: Callable[[Run, int], Figures]
    amount: int  # of records, requests, transactions, partitions or connections
    quick: bool = False  # one of the few that stand for all
    fixed: bool = False  # what is measured depends on the amount: a warm-up cannot have less
