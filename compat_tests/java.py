"""Java programs of one source file, run with libraries of any version."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from compat_tests.brokers import NotRunError

HERE = Path(__file__).parent
CACHE = HERE.parent / ".cache"
SILENT = "org.slf4j:slf4j-nop:1.7.36"


def command(source: Path, library: str) -> list[str]:
    """What runs the program with a library (``artifact:version``) of Kafka's; its arguments follow.

    Raises NotRunError."""
    if shutil.which("java") is None:
        raise NotRunError("no java: Kafka's own clients cannot be run")
    jars = CACHE / f"jars-{library.replace(':', '-')}"
    if not jars.exists():
        fetch = [str(HERE / "fetch-jars"), str(jars), f"org.apache.kafka:{library}", SILENT]
        done = subprocess.run(fetch, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotRunError(f"{library} cannot be fetched: {done.stderr[-300:]}")
    return ["java", "-Xshare:auto", "-Xmx256m", "-cp", f"{jars}/*", str(source)]
