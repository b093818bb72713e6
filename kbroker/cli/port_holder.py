"""Which process listens on a port. Only Linux tells."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

LISTENS = "0A"


def port_holder(port: int, proc: Path = Path("/proc")) -> str | None:
    """Its command line and id; None where nobody listens, or nobody knows."""
    sockets = {f"socket:[{inode}]" for inode in _inodes(port, proc)}
    for process in proc.glob("[0-9]*") if sockets else ():
        try:
            if any(str(held.readlink()) in sockets for held in (process / "fd").iterdir()):
                words = (process / "cmdline").read_bytes().replace(b"\0", b" ")
                return f"{words.decode(errors='replace').strip()} (process {process.name})"
        except OSError:
            continue  # it ended, or belongs to somebody else
    return None


def _inodes(port: int, proc: Path) -> Iterator[str]:
    for name in ("tcp", "tcp6"):
        try:
            lines = (proc / "net" / name).read_text().splitlines()[1:]
        except OSError:
            continue
        for fields in map(str.split, lines):
            local, state, inode = fields[1], fields[3], fields[9]
            if state == LISTENS and int(local.rpartition(":")[2], 16) == port:
                yield inode
