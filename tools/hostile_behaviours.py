"""What hostile clients do to a broker, each in one small function.

A behaviour acts through an ``Attack``, whose connections stay open while the harm is measured.
"""

from __future__ import annotations

import random
import selectors
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import repeat

from kbroker.cli.raw_client import RawClient
from tools.topic_requests import produce_request
from wire.api_keys import ApiKey
from wire.headers import encode_request
from wire.integers import MAX_INT32
from wire.messages.fetch import FetchPartition, FetchRequest, FetchTopic
from wire.messages.metadata import MetadataRequest
from wire.messages.produce import PartitionProduceData, ProduceRequest, TopicProduceData
from wire.records.batch import CRC_START, HEADER, LOG_OVERHEAD, NEWEST_MAGIC
from wire.records.compression import Compression
from wire.records.crc32c import crc32c

PLAIN_TOPIC, COMPACTED_TOPIC, BIG_TOPIC = "plain", "compacted", "big"
MANY_TOPICS = 300  # make a large answer to Metadata
BIG_TOPIC_BYTES = 32 << 20
MAX_FRAME = 104_857_600  # socket.request.max.bytes
MB = 1 << 20
CONNECT_S = 10
ANSWER_S = 60
NO_LINGER = struct.pack("ii", 1, 0)  # closing then resets the connection
NOW_MS = 1_790_000_000_000


class Attack:
    """The connections of one behaviour. ``held_bytes`` counts what was sent of frames that are not
    complete: a broker may hold that much, and no more."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self.sockets: list[socket.socket] = []
        self.held_bytes = 0

    def connect(self, *, receive_buffer: int = 0) -> socket.socket:
        host, _, port = self.bootstrap.rpartition(":")
        sock = socket.socket()
        if receive_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        sock.settimeout(CONNECT_S)
        sock.connect((host, int(port)))
        self.sockets.append(sock)
        return sock

    def say(self, data: bytes, count: int = 1) -> None:
        """Sends the same on ``count`` new connections."""
        for _ in range(count):
            sock = self.connect()
            with suppress(ConnectionError):  # the broker may hang up in the middle
                sock.sendall(data)

    def hold(self, data: bytes, count: int = 1) -> None:
        """``say`` for the beginning of a frame whose rest never comes."""
        self.held_bytes += len(data) * count
        self.say(data, count)

    def push(self, data: bytes) -> None:
        """Sends ``data`` again and again on every connection, until none takes any more for a
        while, and reads nothing."""
        waiting = selectors.DefaultSelector()
        for sock in self.sockets:
            sock.setblocking(False)
            waiting.register(sock, selectors.EVENT_WRITE, bytearray(data))
        while ready := waiting.select(0.3):
            for key, _ in ready:
                self._push_some(key, waiting, data)

    def _push_some(
        self, key: selectors.SelectorKey, waiting: selectors.BaseSelector, data: bytes
    ) -> None:
        sock = key.fileobj
        assert isinstance(sock, socket.socket)
        try:
            del key.data[: sock.send(key.data)]
        except BlockingIOError:
            return
        except OSError:
            waiting.unregister(sock)
            return
        if not key.data:
            key.data.extend(data)

    def closed(self) -> int:
        """How many of the connections the broker has ended."""
        return sum(_is_closed(sock) for sock in self.sockets)

    def close(self) -> None:
        for sock in self.sockets:
            sock.close()


def _is_closed(sock: socket.socket) -> bool:
    """What came before the end has to be read to see it; a bounded share of it is."""
    sock.setblocking(False)
    try:
        for _ in range(64):
            if not sock.recv(MB):
                return True
    except BlockingIOError:
        return False
    except OSError:
        return True
    return False


@dataclass(frozen=True)
class Behaviour:
    """``prepare`` is run before anything is measured, since it costs processor time itself."""

    name: str
    act: Callable[[Attack], None]
    prepare: Callable[[], object] | None = None


# -- frames that are none --------------------------------------------------------------------------


def announce_2_gb(attack: Attack) -> None:
    attack.say(MAX_INT32.to_bytes(4, "big") + b"x" * 4096, 50)


def announce_negative(attack: Attack) -> None:
    attack.say(b"\xff\xff\xff\xff" + b"x" * 4096, 50)


def announce_100_mb_and_send_slowly(attack: Attack) -> None:
    """As large as is allowed; a megabyte of it comes, in pieces, on each of 32 connections."""
    beginning = (MAX_FRAME - 1).to_bytes(4, "big") + _header(ApiKey.PRODUCE, 9)
    attack.hold(beginning, 32)
    for _ in range(16):
        for sock in attack.sockets:
            sock.sendall(bytes(MB // 16))
            attack.held_bytes += MB // 16


def half_a_frame(attack: Attack) -> None:
    whole = encode_request(produce_request(PLAIN_TOPIC, [bytes(1000)], NOW_MS), 9, 1, "half")
    attack.hold(whole[: len(whole) // 2], 300)


def garbage(attack: Attack) -> None:
    """Other protocols, random bytes, and random bytes in a proper frame."""
    rng = random.Random(1)
    attack.say(b"GET / HTTP/1.1\r\nHost: broker\r\n\r\n", 20)
    attack.say(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + rng.randbytes(506), 20)
    for _ in range(60):
        attack.say(_frame(rng.randbytes(rng.randint(1, 2000))))


def unknown_key(attack: Attack) -> None:
    attack.say(_frame(_header(999, 0)), 50)
    attack.say(_frame(_header(ApiKey.METADATA, 99)), 50)


# -- connections -----------------------------------------------------------------------------------


def open_and_drop_10_000(attack: Attack) -> None:
    """A few hundred are open at any time; half of them end with a reset."""
    for number in range(10_000):
        sock = attack.connect()
        if number % 2:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
        if len(attack.sockets) > 300:
            attack.sockets.pop(0).close()


# -- answers that nobody reads ---------------------------------------------------------------------


def never_read_fetches(attack: Attack) -> None:
    wanted = FetchPartition(partition=0, fetch_offset=0, partition_max_bytes=BIG_TOPIC_BYTES)
    request = FetchRequest(
        max_wait_ms=0,
        min_bytes=1,
        max_bytes=BIG_TOPIC_BYTES,
        topics=[FetchTopic(topic=BIG_TOPIC, partitions=[wanted])],
    )
    _never_read(attack, encode_request(request, 11, 1, "deaf"))


def never_read_metadata(attack: Attack) -> None:
    _never_read(attack, encode_request(MetadataRequest(topics=None), 9, 1, "deaf"))


def _never_read(attack: Attack, request: bytes) -> None:
    for _ in range(30):
        attack.connect(receive_buffer=4096)
    attack.push(request)


def flood_without_acks(attack: Attack) -> None:
    """Valid requests as fast as they go, none of which is answered."""
    request = encode_request(produce_request(PLAIN_TOPIC, [b"x"], NOW_MS, acks=0), 9, 1, "flood")
    sock = attack.connect()
    end = time.monotonic() + 1.5
    while time.monotonic() < end:
        sock.sendall(request * 100)


# -- requests that promise more than they hold -----------------------------------------------------


def arrays_of_a_billion(attack: Attack) -> None:
    count = (1_000_000_000).to_bytes(4, "big")
    compact = b"\x81\x94\xeb\xdc\x03"  # a billion and one, as compact arrays count
    for body in (
        _header(ApiKey.METADATA, 1) + count,
        _header(ApiKey.METADATA, 9) + compact,
        _header(ApiKey.PRODUCE, 3) + b"\xff\xff" + b"\0\x01" + bytes(4) + count,
        _header(ApiKey.PRODUCE, 9) + b"\0" + b"\0\x01" + bytes(4) + compact,
        _header(ApiKey.FETCH, 4) + bytes(17) + count,
        _header(ApiKey.CREATE_TOPICS, 2) + count,
        _header(ApiKey.JOIN_GROUP, 0) + b"\0\1g" + bytes(4) + b"\0\0" + b"\0\0" + count,
        _header(ApiKey.OFFSET_FETCH, 6) + b"\2g" + compact,
    ):
        attack.say(_frame(body), 5)
        attack.say(_frame(body + bytes(100_000)), 5)


def bomb_of_zeros(attack: Attack) -> None:
    """A record of a gigabyte, in some kilobytes."""
    _produce_bomb(attack, PLAIN_TOPIC, _zeros(), 1)


def bomb_of_records(attack: Attack) -> None:
    """Thirty million records, in less than a message may have."""
    _produce_bomb(attack, PLAIN_TOPIC, _records(_EMPTY_KEY), BOMB_RECORDS)


def bomb_of_errors(attack: Attack) -> None:
    """The same without keys, for a topic that needs them: each record is a mistake of its own."""
    _produce_bomb(attack, COMPACTED_TOPIC, _records(_NO_KEY), BOMB_RECORDS)


def most_errors_allowed(attack: Attack) -> None:
    """As many as an uncompressed message may hold."""
    _produce_bomb(attack, COMPACTED_TOPIC, _few_records(_NO_KEY), FEW_RECORDS)


def most_records_allowed(attack: Attack) -> None:
    """The same with keys: nothing is wrong with them."""
    _produce_bomb(attack, COMPACTED_TOPIC, _few_records(_EMPTY_KEY), FEW_RECORDS)


BOMB_RECORDS = 30_000_000
FEW_RECORDS = 149_000
# Length, attributes, timestamp delta, offset delta, key, value (null), headers.
_EMPTY_KEY = b"\x0c\0\0\0\0\x01\0"
_NO_KEY = b"\x0c\0\0\0\x01\x01\0"


@cache
def _zeros() -> bytes:
    # A record's length, and what comes before its value: all of a gigabyte.
    start = b"\x8a\x80\x80\x80\x08" + b"\0\0\0\x01" + b"\x80\x80\x80\x80\x08"
    return _zstd(start, repeat(bytes(MB), 1024))


@cache
def _records(record: bytes) -> bytes:
    return _zstd(b"", repeat(record * 100_000, BOMB_RECORDS // 100_000))


@cache
def _few_records(record: bytes) -> bytes:
    return _zstd(b"", repeat(record * 1000, FEW_RECORDS // 1000))


def _zstd(start: bytes, pieces: Iterator[bytes]) -> bytes:
    import zstandard

    compressor = zstandard.ZstdCompressor().compressobj()
    parts = [compressor.compress(start)]
    parts += [compressor.compress(piece) for piece in pieces]
    return b"".join((*parts, compressor.flush()))


def _produce_bomb(attack: Attack, topic: str, body: bytes, count: int) -> None:
    """The header's greatest timestamp is below its first: Kafka then has to look at all records."""
    header = HEADER.pack(
        0, HEADER.size - LOG_OVERHEAD + len(body), -1, NEWEST_MAGIC, 0, Compression.ZSTD,
        count - 1, NOW_MS, NOW_MS - 1, -1, -1, -1, count,
    )  # fmt: skip
    checksum = crc32c(body, crc32c(header[CRC_START:]))
    batch = header[: CRC_START - 4] + checksum.to_bytes(4, "big") + header[CRC_START:] + body
    request = ProduceRequest(
        acks=1,
        timeout_ms=30_000,
        topic_data=[
            TopicProduceData(
                name=topic, partition_data=[PartitionProduceData(index=0, records=batch)]
            )
        ],
    )
    client = RawClient(attack.bootstrap, ANSWER_S)
    attack.sockets.append(client.socket)
    with suppress(ConnectionError, TimeoutError):
        client.ask(request, 9)


# -- bytes -----------------------------------------------------------------------------------------


def _frame(body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + body


def _header(key: int, version: int) -> bytes:
    """A request header of v1; the flexible versions get v2's empty tagged fields."""
    first_flexible = {int(ApiKey.METADATA): 9, int(ApiKey.PRODUCE): 9, int(ApiKey.OFFSET_FETCH): 6}
    tagged = b"\0" if version >= first_flexible.get(key, 1000) else b""
    return struct.pack(">hhih", key, version, 1, 4) + b"evil" + tagged


BEHAVIOURS = [
    Behaviour("announces 2 GB", announce_2_gb),
    Behaviour("announces -1 bytes", announce_negative),
    Behaviour("announces 100 MB, sends slowly", announce_100_mb_and_send_slowly),
    Behaviour("sends half a frame", half_a_frame),
    Behaviour("sends garbage", garbage),
    Behaviour("asks for an unknown key", unknown_key),
    Behaviour("opens and drops 10,000", open_and_drop_10_000),
    Behaviour("never reads its fetches", never_read_fetches),
    Behaviour("never reads its metadata", never_read_metadata),
    Behaviour("floods without acks", flood_without_acks),
    Behaviour("counts a billion", arrays_of_a_billion),
    Behaviour("bomb: 1 GB of zeros", bomb_of_zeros, _zeros),
    Behaviour("bomb: 30 M records", bomb_of_records, lambda: _records(_EMPTY_KEY)),
    Behaviour("bomb: 30 M errors", bomb_of_errors, lambda: _records(_NO_KEY)),
    Behaviour("149 k errors in one batch", most_errors_allowed),
    Behaviour("149 k records in one batch", most_records_allowed),
]
