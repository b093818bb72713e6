"""Which modules are compiled, and which of them are out of date."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tools import accelerate
from tools.accelerate import EXTENSION_SUFFIXES, MODULES, compiled, remove, stale


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A compiled one, and its source."""
    monkeypatch.setattr(accelerate, "ROOT", tmp_path)
    source = tmp_path / MODULES[0]
    source.parent.mkdir(parents=True)
    source.touch()
    library = source.with_suffix(EXTENSION_SUFFIXES[0])
    library.touch()
    os.utime(source, (1000, 1000))
    os.utime(library, (1000, 1000))
    return source


def test_all_modules_are_there() -> None:
    assert [name for name in MODULES if not (accelerate.ROOT / name).exists()] == []


def test_a_module_is_stale_when_its_source_is_newer(module: Path) -> None:
    assert stale() == []

    os.utime(module, (1001, 1001))

    assert stale() == [MODULES[0]]


def test_removed_modules_leave_their_sources(module: Path) -> None:
    assert len(compiled()) == 1

    remove()

    assert compiled() == []
    assert module.exists()
