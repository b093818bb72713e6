"""Feeds damaged bytes to everything that decodes them; nothing but our own errors may come out.

    python -m tools.fuzz_decode [--seconds 600] [--corpus FILE]

The first byte of an input says what the rest is taken for: a request, an answer, record batches,
or a producer snapshot. With atheris (pip install atheris) new inputs are found by the branches that
they reach; the corpus that it starts from is the golden frames and what is in FILE, a line of hex
each. ``make test`` replays FILE.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from storage.producer_state import ProducerStates
from wire.api_keys import ApiKey
from wire.codec import decode_prefix
from wire.errors import CorruptBatch, MalformedRequest
from wire.headers import decode_client_id, peek_request
from wire.messages import request_class, response_class
from wire.records.batch import batches

TESTS = Path(__file__).parent.parent / "tests" / "wire"
CORPUS = TESTS / "fuzz_corpus.txt"
# Keys that only controllers speak are not in our table.
KEYS = {
    int(key): key for key in ApiKey if find_spec(f"wire.messages.{key.name.lower()}") is not None
}
MAX_DECOMPRESSED_BYTES = 1 << 16

REQUEST, RESPONSE, RECORDS, SNAPSHOT = range(4)


def fuzz_one(data: bytes) -> None:
    """Takes the bytes for what their first one says. Raises only what is a defect."""
    if not data:
        return
    kind, rest = data[0] % 4, memoryview(data)[1:]
    try:
        if kind in (REQUEST, RESPONSE):
            _message(rest, kind == REQUEST)
        elif kind == RECORDS:
            for batch in batches(rest):
                batch.is_valid()
                for _ in batch.records(MAX_DECOMPRESSED_BYTES):
                    pass
        else:
            ProducerStates().load(bytes(rest))
    except (MalformedRequest, CorruptBatch):
        pass


def _message(frame: memoryview, is_request: bool) -> None:
    """An answer comes with the request header that tells what it is an answer to."""
    number, version, _ = peek_request(frame)
    key = KEYS.get(number)
    if key is None or not key.first_version <= version <= key.last_version:
        return
    cls = request_class(key) if is_request else response_class(key)
    position = 8
    if is_request:
        _, position = decode_client_id(frame, version >= key.first_flexible)
    decode_prefix(cls, version, frame, position)


def seeds() -> Iterator[bytes]:
    """Inputs to begin with: frames of a real Kafka, batches of a real Kafka."""
    for path in sorted((TESTS / "golden").glob("*.json")):
        exchange = json.loads(path.read_text())
        request, response = bytes.fromhex(exchange["request"]), bytes.fromhex(exchange["response"])
        yield bytes([REQUEST]) + request
        yield bytes([RESPONSE]) + request[:8] + response[4:]
    for path in sorted((TESTS.parent / "storage" / "golden").rglob("*.log")):
        yield bytes([RECORDS]) + path.read_bytes()
    for path in sorted((TESTS.parent / "storage" / "golden").rglob("*.snapshot")):
        yield bytes([SNAPSHOT]) + path.read_bytes()


def read_corpus(path: Path) -> list[bytes]:
    return [bytes.fromhex(line) for line in path.read_text().split()]


def main() -> int:
    parser = argparse.ArgumentParser(description="damaged bytes for every decoder")
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    arguments = parser.parse_args()
    import atheris  # no dependency of the project: it needs a compiler on some machines

    atheris.instrument_all()  # the generated codecs, too
    with tempfile.TemporaryDirectory() as folder:
        known = read_corpus(arguments.corpus) if arguments.corpus.exists() else []
        for number, seed in enumerate([*seeds(), *known]):
            Path(folder, str(number)).write_bytes(seed)
        options = [f"-max_total_time={arguments.seconds}", "-max_len=20000", "-timeout=10"]
        atheris.Setup([sys.argv[0], *options, folder], fuzz_one)
        atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
