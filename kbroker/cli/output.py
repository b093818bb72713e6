"""What commands answer with: a table for people, or JSON for programs (``-o json``)."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]


def add_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-o",
        dest="output",
        choices=("table", "json"),
        default="table",
        help="table for people or json for programs (default table)",
    )


def show(arguments: argparse.Namespace, document: Any, lines: Iterable[str]) -> None:
    """The document as one line of JSON where that was asked for, else the lines."""
    if arguments.output == "json":
        print(json.dumps(document))
        return
    for line in lines:
        print(line)


def show_rows(arguments: argparse.Namespace, rows: Sequence[Row]) -> None:
    """An array of objects, or a table."""
    show(arguments, rows, table(rows))


def table(rows: Sequence[Row], *columns: str) -> Iterator[str]:
    """Columns under headings like those of Kafka's tools: the keys (of the first row, unless
    ``columns`` chooses), in capitals."""
    if not rows:
        return
    keys = columns or tuple(rows[0])
    cells = [[key.upper().replace("_", "-") for key in keys]]
    cells += [[_cell(row[key]) for key in keys] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        padded = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        yield "  ".join(padded).rstrip()


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, list):
        return ",".join(map(str, value)) or "-"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)
