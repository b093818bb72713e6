"""Programs that consume, transform and produce exactly once, as their makers' manuals have it.

Each takes BOOTSTRAP and NAME, and runs until it is killed: what it reads in the topic NAME-in it
writes in capitals to the same partition of NAME-out, in transactions that hold its offsets too, as
the group NAME.  Those that end transactions by themselves abort every third.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from compat_tests.brokers import NotRunError
from compat_tests.reference import VERSION

HERE = Path(__file__).parent
CACHE = HERE.parent.parent / ".cache"


def java(source: str) -> list[str]:
    jars = CACHE / f"jars-streams-{VERSION}"
    if shutil.which("java") is None:
        raise NotRunError("no java: Kafka's own clients cannot be run")
    if not jars.exists():
        if shutil.which("mvn") is None:
            raise NotRunError("no mvn: Kafka Streams cannot be fetched")
        _made([str(HERE / "fetch-streams"), VERSION, str(jars)])
    return ["java", "-Xshare:auto", "-Xmx256m", "-cp", f"{jars}/*", str(HERE / source)]


def franz_go() -> list[str]:
    if shutil.which("go") is None:
        raise NotRunError("no go: franz-go cannot be built")
    program = CACHE / "transform-franz-go"
    # Go has what it built before, and two that build at once do no harm.
    _made(["go", "-C", str(HERE / "franz_go"), "build", "-o", str(program), "."])
    return [str(program)]


def _made(command: list[str]) -> None:
    CACHE.mkdir(exist_ok=True)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotRunError(f"{Path(command[0]).name} failed: {done.stderr[-300:]}")


# What starts each, to be followed by its two arguments.
PROGRAMS: dict[str, Callable[[], list[str]]] = {
    "java": lambda: java("Transform.java"),
    "kafka-streams": lambda: java("StreamsTransform.java"),
    "franz-go": franz_go,
}
