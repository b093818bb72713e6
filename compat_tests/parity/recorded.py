"""The answers of a real Kafka to every story, kept in a file: CI compares with them, without Java.

    export STORIES_NOW_MS=$(( ($(date +%s) - 3600) * 1000 ))
    python -m pytest compat_tests/parity -n 2 --broker both --record FOLDER
    python -m compat_tests.parity.recorded FOLDER

The second command plays the stories, and the third makes the file of what Kafka answered. With the
moment in the file (``now_ms``) some stories can be played, and take the place of their answers;
``generate --record FOLDER`` adds stories that nobody wrote. A change of the generator makes others
of the same seeds: then they are recorded anew.
"""

from __future__ import annotations

import json
import lzma
import sys
from dataclasses import asdict
from pathlib import Path

from compat_tests.parity.play import Play

FILE = Path(__file__).parent / "recorded.tsv.xz"


def now_ms() -> int:
    """From which the stories date their records."""
    with lzma.open(FILE, "rt") as file:
        return int(file.readline())


def lines() -> dict[str, str]:
    """What ``play`` reads, by story."""
    _now_ms, *rest = lzma.decompress(FILE.read_bytes()).decode().splitlines(keepends=True)
    return dict(line.split("\t") for line in rest)


def play(line: str) -> Play:
    return Play(**json.loads(line))


def keep(folder: Path, name: str, play: Play) -> None:
    """For the file that is made of the folder."""
    (folder / f"{name}.json").write_text(json.dumps(asdict(play)))


def main() -> None:
    from compat_tests.parity.batches import NOW

    folder = Path(sys.argv[1])
    found = lines() if now_ms() == NOW else {}
    found |= {path.stem: path.read_text() + "\n" for path in folder.glob("*.json")}
    with lzma.open(FILE, "wt", preset=9 | lzma.PRESET_EXTREME) as file:
        file.write(f"{NOW}\n")
        file.writelines(f"{name}\t{line}" for name, line in sorted(found.items()))


if __name__ == "__main__":
    main()
