"""The tables and the chart of the benchmark."""

from __future__ import annotations

from tools.bench.goals import verdicts
from tools.bench.report import chart, markdown, medians_of, table, verdict_lines

SAMPLES = {
    "produce-1k MB/s": {"kbroker": [300.0, 100.0, 200.0], "kfake": [1234.0], "floor": []},
    "produce-1k broker CPU s": {"kbroker": [0.5], "kfake": [0.25]},
}


def test_the_table_has_medians_with_their_spread() -> None:
    lines = [line.split("  ") for line in table(SAMPLES).splitlines()]
    cells = [[cell.strip() for cell in line if cell.strip()] for line in lines]

    assert cells == [
        ["median (least, greatest)", "kbroker", "kfake", "floor"],
        ["produce-1k MB/s", "200 (100, 300)", "1,234 (1,234, 1,234)", "-"],
        ["produce-1k broker CPU s", "0.5 (0.5, 0.5)", "0.25 (0.25, 0.25)", "-"],
    ]


def test_markdown_has_no_costs_but_the_ratio() -> None:
    assert markdown(SAMPLES).splitlines()[2:] == ["| produce-1k MB/s | 200 | 1,234 | - | 0.16 |"]


def test_a_broker_without_values_has_no_median() -> None:
    assert medians_of(SAMPLES)["produce-1k MB/s"] == {"kbroker": 200.0, "kfake": 1234.0}


def test_a_line_says_what_is_met() -> None:
    medians = {"produce-1k MB/s": {"kbroker": 300.0, "kafka": 100.0}}

    assert verdict_lines(verdicts(medians)).splitlines() == [
        "met     must   produce-1k MB/s: 3.00 of best peer, at least 1",
        "met     must   produce-1k MB/s: 3.00 of kafka, at least 1.5",
        "met     target produce-1k MB/s: 3.00 of best peer, at least 1.2",
    ]


def test_the_longest_bar_is_the_best() -> None:
    drawn = chart(
        {"cold-start ms": {"kbroker": 50.0, "kafka": 100.0}}, ["cold-start ms", "no such figure"]
    )

    assert [part.split('"')[1] for part in drawn.split("width=")[2:]] == ["240.0", "120.0"]
    assert "kafka 100" in drawn
