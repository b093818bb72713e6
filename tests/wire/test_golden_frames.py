"""What a real Kafka 4.3.1 said and was told, decoded and encoded again to the same bytes.

Recorded by tools/record_golden.py; each file says who asked.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from wire.api_keys import ApiKey
from wire.codec import decode, encode
from wire.headers import decode_client_id, peek_request, response_header_size
from wire.messages import request_class, response_class

FILES = sorted((Path(__file__).parent / "golden").glob("*.json"))
KEYS = {int(key): key for key in ApiKey}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_same_bytes(path: Path) -> None:
    """Nothing in a frame is lost or read as something else."""
    exchange = json.loads(path.read_text())
    request = memoryview(bytes.fromhex(exchange["request"]))
    response = memoryview(bytes.fromhex(exchange["response"]))
    number, version, correlation_id = peek_request(request)
    key = KEYS[number]
    flexible = version >= key.first_flexible
    _, position = decode_client_id(request, flexible)
    asked = decode(request_class(key), version, request, position)
    start = response_header_size(key, version)
    answered = decode(response_class(key), version, response, start)

    assert int.from_bytes(response[:4], "big") == correlation_id
    assert encode(asked, version) == bytes(request[position:])
    assert encode(answered, version) == bytes(response[start:])


def test_every_key_is_there() -> None:
    """All that a broker's listener of 4.3.1 serves, but what only brokers may ask."""
    recorded = {int(path.stem.split("_")[0]) for path in FILES}

    assert len(recorded) >= 65
    assert recorded >= set(range(4)) | set(range(8, 18)) | set(range(18, 24))
