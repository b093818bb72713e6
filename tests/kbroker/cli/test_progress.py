"""A bar on a terminal, nothing elsewhere."""

from __future__ import annotations

import sys

import pytest

from kbroker.cli.progress import progress


def test_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is shown, nor imported."""
    with progress(10, "B") as advance:
        advance(5)

    assert capsys.readouterr().err == ""


def test_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A bar, which is gone when the work is done."""
    pytest.importorskip("tqdm")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with progress(10, "B") as advance:
        advance(5)
    told = capsys.readouterr().err

    assert "/10.0" in told
    assert told.endswith("\r")


def test_no_bar_runs_into_lines_that_are_seen(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It shows when they go to a file or a pipe."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    shown = []
    for to_terminal in (True, False):
        monkeypatch.setattr(sys.stdout, "isatty", lambda told=to_terminal: told)
        with progress(10, "B", beside_output=True) as advance:
            advance(5)
        shown.append("/10.0" in capsys.readouterr().err)

    assert shown == [False, True]
