"""Who listens on a port."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kbroker.cli.port_holder import port_holder

TABLE = """  sl local_address rem_address st tx_queue:rx_queue tr:when retrnsmt uid timeout inode
   0: 0100007F:2384 00000000:0000 0A 0:0 00:0 0 0 0 777 1
   1: 0100007F:2385 0100007F:2384 01 0:0 00:0 0 0 0 778 1
"""


def test_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the socket's number in a process's descriptors; one that only talks does not count, and
    one that tells nothing does not end the search."""
    unsorted = Path.glob

    def in_order(folder: Path, pattern: str) -> Iterator[Path]:
        return iter(sorted(unsorted(folder, pattern)))

    monkeypatch.setattr(Path, "glob", in_order)
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "tcp").write_text(TABLE)
    (tmp_path / "41").mkdir()
    held = tmp_path / "42" / "fd"
    held.mkdir(parents=True)
    (held / "3").symlink_to("socket:[777]")
    (held / "4").symlink_to("socket:[778]")
    (tmp_path / "42" / "cmdline").write_bytes(b"java\0kafka.Kafka\0")

    assert port_holder(0x2384, tmp_path) == "java kafka.Kafka (process 42)"
    assert port_holder(0x2385, tmp_path) is None
    assert port_holder(0x2384, tmp_path / "nowhere") is None


def test_a_socket_of_both_worlds(tmp_path: Path) -> None:
    """Java's are of IPv6; there may be no table of IPv4. A name need not be UTF-8."""
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "tcp6").write_text(TABLE.replace("0100007F", "0" * 32))
    for number, inode in (("7", 1), ("8", 777)):
        held = tmp_path / number / "fd"
        held.mkdir(parents=True)
        (held / "0").symlink_to(f"socket:[{inode}]")
        (tmp_path / number / "cmdline").write_bytes(b"caf\xe9\0")

    assert port_holder(0x2384, tmp_path) == "caf\ufffd (process 8)"
