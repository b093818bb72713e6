"""How far long work is, shown to whoever watches."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress(
    total: int | None, unit: str, *, beside_output: bool = False
) -> Iterator[Callable[[int], object]]:
    """Takes note of every so many ``unit``; shows a bar where standard error is a terminal.

    ``beside_output``: lines go to standard output meanwhile, so there is none if they are seen.
    """
    if not sys.stderr.isatty() or (beside_output and sys.stdout.isatty()):
        yield lambda _count: None
        return
    from tqdm import tqdm

    with tqdm(total=total, unit=unit, unit_scale=True, leave=False) as bar:
        yield bar.update
