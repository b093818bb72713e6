"""Each anomaly in a history as small as it can be, found under its own name; and clean ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tools.check_history import check, circles, main
from tools.history import Event, Kind, Notes, Phase, Record, read_histories


class Story:
    """Writes a history down, an event for each call, each later than the one before."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def note(self, client: str, kind: Kind, phase: Phase, **facts: Any) -> Story:
        self.events.append(Event(len(self.events), client, kind, phase, **facts))
        return self

    def send(self, transaction: str, *values: str) -> Story:
        """By the producer that the transaction is named after: ``p1`` of ``p``."""
        records = tuple(Record("t-0", -1, value) for value in values)
        return self.note(transaction[0], "send", "begin", transaction=transaction, records=records)

    def end(self, transaction: str, kind: Kind = "commit", phase: Phase = "ok") -> Story:
        self.note(transaction[0], kind, "begin", transaction=transaction)
        return self.note(transaction[0], kind, phase, transaction=transaction)

    def poll(self, first: int, *values: str, client: str = "c", **facts: Any) -> Story:
        records = tuple(Record("t-0", first + n, value) for n, value in enumerate(values))
        return self.note(client, "poll", "ok", records=records, **facts)

    def final(self, *values: str | None) -> Story:
        """None for an offset that nobody may read."""
        records = tuple(Record("t-0", n, value) for n, value in enumerate(values) if value)
        return self.note("reader", "final", "ok", records=records, offsets={"t-0": len(values)})

    def offsets(self, offset: int, transaction: str = "", client: str = "g") -> Story:
        facts = {"group": "group", "offsets": {"t-0": offset}, "transaction": transaction}
        self.note(client, "offsets", "begin", **facts)
        return self.note(client, "offsets", "ok", **facts)

    def ask(self, offset: int) -> Story:
        self.note("asker", "ask", "begin", group="group")
        return self.note("asker", "ask", "ok", group="group", offsets={"t-0": offset})

    def recreate(self) -> Story:
        self.note("deleter", "recreate", "begin", topic="t")
        return self.note("deleter", "recreate", "ok", topic="t")

    @property
    def names(self) -> list[str]:
        return [name for name, _ in check(self.events)]


def test_a_clean_history_has_none() -> None:
    story = Story().send("p1", "a", "b").end("p1").send("q1", "x").end("q1", "abort")
    story.send("p2", "c").poll(0, "a", "b").offsets(2).end("p2").poll(5, "c").offsets(6)
    story.ask(6).final("a", "b", None, None, None, "c")

    assert story.names == []


def test_lost_write() -> None:
    assert Story().send("p1", "a", "b").end("p1").final("a").names == ["lost write"]


def test_lost_write_that_somebody_has_read() -> None:
    story = Story().send("p1", "a").end("p1", phase="unknown").poll(0, "a").final(None)

    assert story.names == ["lost write"]


def test_duplicate() -> None:
    assert Story().send("p1", "a").end("p1").final("a", "a").names == ["duplicate"]


def test_aborted_read() -> None:
    assert Story().send("p1", "a").end("p1", "abort").poll(0, "a").names == ["aborted read"]


def test_aborted_read_of_a_transaction_that_nobody_ended() -> None:
    assert Story().send("p1", "a").final("a").names == ["aborted read"]


def test_precommitted_read() -> None:
    story = Story().send("p1", "a").poll(0, "a").end("p1").final("a")

    assert story.names == ["precommitted read"]


def test_precommitted_read_of_its_own_write() -> None:
    story = Story().send("p1", "a").poll(0, "a", client="p", transaction="p1").end("p1")

    assert story.names == ["precommitted read"]


def test_inconsistent_offset() -> None:
    story = Story().send("p1", "a", "b").end("p1").poll(0, "a").poll(0, "b", client="d")

    assert story.names == ["inconsistent offset"]


def test_circular_flow() -> None:
    story = Story().send("p1", "a").send("q1", "x").end("p1").end("q1")
    story.poll(1, "x", client="p", transaction="p1").poll(0, "a", client="q", transaction="q1")

    assert story.names == ["circular flow"]


def test_writes_between_those_of_others_are_no_anomaly() -> None:
    """G0, the write cycle, is what Kafka does."""
    story = Story().send("p1", "a").send("q1", "x").send("p1", "b").send("q1", "y")

    assert story.end("p1").end("q1").final("a", "x", "b", "y").names == []


def test_rewound_offset() -> None:
    assert Story().offsets(5).ask(3).names == ["rewound offset"]


def test_rewound_offset_of_a_commit_that_should_have_been_refused() -> None:
    assert Story().offsets(5).offsets(3).names == ["rewound offset"]


def test_rewound_offset_of_a_transaction() -> None:
    assert Story().offsets(5, "p1", "p").end("p1").ask(-1).names == ["rewound offset"]


def test_offsets_of_an_aborted_transaction_may_be_gone() -> None:
    assert Story().offsets(5, "p1", "p").end("p1", "abort").ask(-1).names == []


def test_an_answer_may_lack_what_was_committed_since_the_question() -> None:
    story = Story().note("asker", "ask", "begin", group="group").offsets(5)

    assert story.note("asker", "ask", "ok", group="group", offsets={"t-0": 3}).names == []


def test_reordered_writes() -> None:
    assert Story().send("p1", "a", "b").end("p1").final("b", "a").names == ["reordered"]


def test_reordered_reads() -> None:
    story = Story().send("p1", "a", "b").end("p1").poll(1, "b").poll(0, "a").final("a", "b")

    assert story.names == ["reordered"]


def test_a_consumer_may_go_back_when_it_is_given_its_partition_anew() -> None:
    story = Story().send("p1", "a", "b").end("p1").poll(0, "a", "b").poll(0, "a", session=1)

    assert story.final("a", "b").names == []


def test_skipped_read() -> None:
    story = Story().send("p1", "a", "b", "c").end("p1").poll(0, "a").poll(2, "c")

    assert story.final("a", "b", "c").names == ["skipped read"]


def test_torn_transaction() -> None:
    story = Story().send("p1", "a", "b").end("p1", phase="unknown").final("a", None)

    assert story.names == ["torn transaction"]


def test_a_transaction_of_unknown_end_may_be_there_or_not() -> None:
    unknown = Story().send("p1", "a", "b").end("p1", phase="unknown")

    assert unknown.final(None, None).names == []
    assert Story().send("p1", "a").end("p1", phase="unknown").final("a").names == []


def test_processed_twice() -> None:
    story = Story().send("p1", "a").end("p1")
    for transaction in ("q1", "r1"):
        facts = {"transaction": transaction, "group": "group"}
        story.poll(0, "a", client=transaction[0], **facts).end(transaction)

    assert story.names == ["processed twice"]


def test_never_written() -> None:
    assert Story().final("a").names == ["never written"]


def test_circles() -> None:
    assert list(circles({"a": {"b"}, "b": {"c"}, "d": {"c"}})) == []
    assert list(circles({"a": {"b", "c"}, "b": {"d"}, "d": {"b"}})) == [["b", "d"]]


def test_files_are_told_in_the_order_of_time(tmp_path: Path) -> None:
    one, two = Notes(tmp_path / "1", "p"), Notes(tmp_path / "2", "c")
    one.note("send", "begin", transaction="p1", records=(Record("t-0", -1, "a"),))
    two.note("poll", "ok", records=(Record("t-0", 0, "a"),), session=3)
    one.note("abort", "ok", transaction="p1")

    events = read_histories([tmp_path / "2", tmp_path / "1"])

    assert [(event.client, event.kind) for event in events] == [
        ("p", "send"),
        ("c", "poll"),
        ("p", "abort"),
    ]
    assert events[1].records == (Record("t-0", 0, "a"),)
    assert main([str(tmp_path / "1"), str(tmp_path / "2")]) == 1
    assert main([str(tmp_path / "1")]) == 0


class PerfectBroker:
    """One partition, producers with a transaction each, a consumer, and a group that commits."""

    def __init__(self) -> None:
        self.story = Story()
        self.log: list[tuple[str, str]] = []  # transaction, value; a marker has no value
        self.ended: dict[str, bool] = {}  # transaction: whether committed
        self.count = dict.fromkeys("pqr", 1)
        self.position = 0

    def send(self, producer: str) -> None:
        transaction = f"{producer}{self.count[producer]}"
        value = f"v{len(self.log)}"
        self.log.append((transaction, value))
        self.story.send(transaction, value)

    def end(self, producer: str, commit: bool, known: bool) -> None:
        transaction = f"{producer}{self.count[producer]}"
        self.story.end(transaction, "commit" if commit else "abort", "ok" if known else "unknown")
        self.log.append((transaction, ""))
        self.ended[transaction] = commit
        self.count[producer] += 1

    def poll(self) -> None:
        records = []
        while self.position < len(self.log) and self.log[self.position][0] in self.ended:
            transaction, value = self.log[self.position]
            if value and self.ended[transaction]:
                records.append(Record("t-0", self.position, value))
            self.position += 1
        self.story.note("c", "poll", "ok", records=tuple(records))
        self.story.offsets(self.position, client="c").ask(self.position)

    def finish(self) -> list[str]:
        for producer in self.count:
            self.end(producer, commit=False, known=True)
        self.poll()
        values = [value if self.ended[done] else None for done, value in self.log]
        return self.story.final(*values).names


PRODUCERS = st.sampled_from("pqr")
STEPS = st.one_of(
    st.tuples(st.just("send"), PRODUCERS),
    st.tuples(st.just("end"), PRODUCERS, st.booleans(), st.booleans()),
    st.tuples(st.just("poll")),
)


@given(st.lists(STEPS, max_size=40))
def test_a_perfect_broker_has_no_anomalies(steps: list[tuple[Any, ...]]) -> None:
    broker = PerfectBroker()
    for name, *arguments in steps:
        getattr(broker, name)(*arguments)

    assert broker.finish() == []


def test_a_topic_that_was_created_again_has_lost_nothing() -> None:
    """Offsets begin anew, and what was written before, or meanwhile, may be gone."""
    story = Story().send("p1", "a", "b").end("p1").poll(0, "a", "b").send("q1", "x", "y")
    story.recreate().end("q1").send("p2", "c").end("p2").poll(0, "c")

    assert story.final("c").names == []


def test_a_record_of_a_deleted_topic() -> None:
    story = Story().send("p1", "a").end("p1").recreate().send("p2", "c").end("p2")

    assert story.final("a", "c").names == ["deleted record"]


def test_a_lost_write_after_a_topic_was_created_again() -> None:
    story = Story().send("p1", "a").end("p1").recreate().send("p2", "c").end("p2")

    assert story.final().names == ["lost write"]


def test_a_record_sent_while_a_topic_is_created_again_may_be_there() -> None:
    story = Story().send("p1", "a").recreate().end("p1")

    assert story.final("a").names == []
