"""``python -m kbroker`` and the ``kbroker`` command."""

from __future__ import annotations

import sys


def main() -> int:
    from kbroker.cli import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
