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

from compat_tests import java
from compat_tests.brokers import NotRunError
from compat_tests.reference import VERSION

HERE = Path(__file__).parent
STREAMS = f"kafka-streams:{VERSION}"


def franz_go() -> list[str]:
    if shutil.which("go") is None:
        raise NotRunError("no go: franz-go cannot be built")
    java.CACHE.mkdir(exist_ok=True)
    program = java.CACHE / "transform-franz-go"
    # Go has what it built before, and two that build at once do no harm.
    build = ["go", "-C", str(HERE / "franz_go"), "build", "-o", str(program), "."]
    done = subprocess.run(build, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotRunError(f"franz-go cannot be built: {done.stderr[-300:]}")
    return [str(program)]


# What starts each, to be followed by its two arguments.
PROGRAMS: dict[str, Callable[[], list[str]]] = {
    "java": lambda: java.command(HERE / "Transform.java", STREAMS),
    "kafka-streams": lambda: java.command(HERE / "StreamsTransform.java", STREAMS),
    "franz-go": franz_go,
}
