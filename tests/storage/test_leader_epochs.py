"""Which leader epoch starts where."""

from __future__ import annotations

import pytest

from storage import MemoryFilesystem
from storage.leader_epochs import LeaderEpochs


@pytest.fixture
def epochs() -> LeaderEpochs:
    filesystem = MemoryFilesystem()
    filesystem.make_folders("/d")
    epochs = LeaderEpochs(filesystem, "/d")
    for epoch, start_offset in ((2, 10), (4, 20), (5, 35)):
        epochs.assign(epoch, start_offset)
    return epochs


def reloaded(epochs: LeaderEpochs) -> list[tuple[int, int]]:
    again = LeaderEpochs(epochs._filesystem, "/d")
    again.load()
    assert again.latest == (again.entries[-1][0] if again.entries else None)
    return again.entries


def test_the_file(epochs: LeaderEpochs) -> None:
    assert epochs._filesystem.read(epochs.path) == b"0\n3\n2 10\n4 20\n5 35\n"
    assert reloaded(epochs) == epochs.entries


@pytest.mark.parametrize(
    "text",
    [b"", b"0\n", b"1\n0\n", b"0\n2\n1 2\n", b"0\n1\nx y\n", b"0\n1\n1\n", b"\xff\xfe", b"0\nx\n"],
)
def test_a_damaged_file_says_nothing(epochs: LeaderEpochs, text: bytes) -> None:
    epochs._filesystem.replace(epochs.path, text)
    assert reloaded(epochs) == []


def test_entries_out_of_order_are_dropped(epochs: LeaderEpochs) -> None:
    epochs._filesystem.replace(epochs.path, b"0\n3\n1 5\n1 7\n2 3\n")
    assert reloaded(epochs) == [(1, 5)]
    epochs._filesystem.replace(epochs.path, b"0\n3\n1 5\n4 7\n3 9\n")
    assert reloaded(epochs) == [(1, 5), (4, 7)]


@pytest.mark.parametrize(
    ("epoch", "start_offset", "expected"),
    [
        (5, 40, [(2, 10), (4, 20), (5, 35)]),
        (5, 30, [(2, 10), (4, 20), (5, 30)]),
        (6, 35, [(2, 10), (4, 20), (6, 35)]),
        (4, 50, [(2, 10), (4, 50)]),
        (9, 15, [(2, 10), (9, 15)]),
    ],
)
def test_assign(
    epochs: LeaderEpochs, epoch: int, start_offset: int, expected: list[tuple[int, int]]
) -> None:
    epochs.assign(epoch, start_offset)
    assert epochs.entries == expected
    assert reloaded(epochs) == expected


@pytest.mark.parametrize(
    ("epoch", "expected"),
    [
        (5, (5, 99)),
        (4, (4, 35)),
        (3, (2, 20)),
        (2, (2, 20)),
        (1, (1, 10)),
        (0, (0, 10)),
        (6, None),
        (-1, None),
    ],
)
def test_end_offset(epochs: LeaderEpochs, epoch: int, expected: tuple[int, int] | None) -> None:
    assert epochs.end_offset_for(epoch, 99) == expected


def test_epoch_of_an_offset(epochs: LeaderEpochs) -> None:
    found = [epochs.epoch_for(offset) for offset in (9, 10, 19, 20, 34, 35, 99)]
    assert found == [None, 2, 2, 4, 4, 5, 5]


def test_truncation_from_the_end(epochs: LeaderEpochs) -> None:
    epochs.truncate_from_end(36)
    assert len(epochs.entries) == 3
    epochs.truncate_from_end(35)
    assert reloaded(epochs) == epochs.entries == [(2, 10), (4, 20)]


@pytest.mark.parametrize(
    ("start_offset", "expected"),
    [
        (5, [(2, 10), (4, 20), (5, 35)]),
        (10, [(2, 10), (4, 20), (5, 35)]),
        (15, [(2, 15), (4, 20), (5, 35)]),
        (20, [(4, 20), (5, 35)]),
        (99, [(5, 99)]),
    ],
)
def test_truncation_from_the_start(
    epochs: LeaderEpochs, start_offset: int, expected: list[tuple[int, int]]
) -> None:
    epochs.truncate_from_start(start_offset)
    assert reloaded(epochs) == epochs.entries == expected


def test_clear(epochs: LeaderEpochs) -> None:
    epochs.clear()
    assert reloaded(epochs) == []
    assert epochs.latest is None
    assert epochs.end_offset_for(0, 5) is None


def test_what_was_not_written_is_not_known(
    epochs: LeaderEpochs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that it is written when there is room again."""

    def fail(_self: MemoryFilesystem, _path: str, _data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(MemoryFilesystem, "replace", fail)
    with pytest.raises(OSError, match="No space"):
        epochs.assign(6, 50)
    assert epochs.latest == 5
    monkeypatch.undo()
    epochs.assign(6, 50)
    assert reloaded(epochs) == [(2, 10), (4, 20), (5, 35), (6, 50)]


def test_each_change_has_to_be_synced(epochs: LeaderEpochs) -> None:
    """So has what is found at a start: it may have been written just before the power failed."""
    versions = [epochs.version]
    for change in (
        lambda: epochs.assign(6, 50),
        lambda: epochs.truncate_from_end(50),
        lambda: epochs.truncate_from_start(15),
        epochs.clear,
    ):
        change()
        versions.append(epochs.version)
    assert versions == sorted(set(versions))
    again = LeaderEpochs(epochs._filesystem, "/d")
    again.load()
    assert again.version > 0


def test_the_file_is_written_only_for_a_change(epochs: LeaderEpochs) -> None:
    """Every write has to be synced later."""
    version = epochs.version
    epochs.assign(5, 35)
    epochs.assign(5, 40)
    epochs.truncate_from_end(36)
    epochs.truncate_from_start(10)
    assert epochs.version == version
