"""The codec that is not ours: Kafka's own, behind a pipe to a small Java program (codec/*.java)."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Protocol

from compat_tests.brokers import NotRunError
from compat_tests.reference import TOOLS, VERSION
from wire.api_keys import ApiKey

SOURCES = Path(__file__).parent / "codec"
CACHE = Path(__file__).parent.parent.parent / ".cache"

# The keys by name, as Kafka writes them in its message definitions.
API_KEYS = {key.name.title().replace("_", ""): int(key) for key in ApiKey}


class CodecError(Exception):
    """Kafka's codec refuses: a version cannot carry what a story asks, or an answer is garbled."""


class Codec(Protocol):
    """Turns JSON into requests, and answers into JSON. Both raise CodecError."""

    def encode(
        self, api: str, version: int, body: dict[str, Any], correlation: int, client: str | None
    ) -> bytes:
        """A whole request frame, header included, without its length."""

    def decode(self, api: str, version: int, frame: bytes) -> dict[str, Any]:
        """correlation, body, and what the body did not account for."""


class JavaCodec:
    """One Java process; one question at a time."""

    def __init__(self) -> None:
        classes, jars = compiled()
        self._process = subprocess.Popen(
            [
                "java",
                "-Xshare:auto",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                f"{classes}:{jars}/*",
                "Codec",
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def encode(
        self, api: str, version: int, body: dict[str, Any], correlation: int, client: str | None
    ) -> bytes:
        """A whole request frame, header included, without its length."""
        question = {"op": "encode", "body": body, "correlation": correlation, "client": client}
        return bytes.fromhex(self._ask(api, version, question)["hex"])

    def decode(self, api: str, version: int, frame: bytes) -> dict[str, Any]:
        """correlation, body, and what the body did not account for."""
        return self._ask(api, version, {"op": "decode", "hex": frame.hex()})

    def _ask(self, api: str, version: int, question: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        question |= {"api": API_KEYS[api], "version": version}
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        if "error" in answer:
            raise CodecError(f"{api} v{version}: {answer['error']}")
        return answer

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(timeout=10)


def compiled() -> tuple[Path, Path]:
    """The folder of compiled classes and that of Kafka's jars; both are made when missing."""
    if shutil.which("javac") is None:
        raise NotRunError("no javac: Kafka's own codec cannot be compiled")
    jars = kafka_jars()
    sources = sorted(SOURCES.glob("*.java"))
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]
    classes = CACHE / f"parity-codec-{VERSION}-{digest}"
    if not classes.exists():
        with tempfile.TemporaryDirectory(dir=CACHE) as work:
            building = Path(work) / "classes"
            subprocess.run(["javac", "-cp", f"{jars}/*", "-d", building, *sources], check=True)
            with contextlib.suppress(OSError):  # another worker was faster
                building.rename(classes)
    return classes, jars


def kafka_jars() -> Path:
    """For programs that java runs, so it has to be there as well."""
    if shutil.which("java") is None:
        raise NotRunError("no java: what is in Kafka's jars cannot be run")
    done = subprocess.run(
        [TOOLS / "fetch-jars", VERSION], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise NotRunError(f"no jars of Kafka {VERSION}: {done.stderr[-300:]}")
    return Path(done.stdout.strip())
