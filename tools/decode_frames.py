"""Captured bytes as requests and responses that a person can read.

    python -m tools.decode_frames [--port 9092] < FILE

Standard input may be a packet capture (pcap or pcapng, any mix of connections), or the bytes of one
direction of one connection, raw or as hex. In a capture, answers are paired with their requests by
correlation id; what was asked before the capture began cannot be decoded, and is said so.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

from wire.api_keys import ApiKey
from wire.codec import decode_prefix
from wire.errors import MalformedRequest
from wire.headers import decode_client_id, peek_request, response_header_size
from wire.messages import request_class, response_class
from wire.schema import Struct

PCAP_MAGICS = (
    b"\xa1\xb2\xc3\xd4", b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\x3c\x4d", b"\x4d\x3c\xb2\xa1",
    b"\x0a\x0d\x0d\x0a",
)  # fmt: skip
KEYS = {int(key): key for key in ApiKey}
SHOWN_BYTES = 32

Asked = dict[int, tuple[ApiKey, int]]  # correlation id → what the answer will be of


class Stream(NamedTuple):
    """One direction of a connection: whether clients speak there, and between whom."""

    is_request: bool
    client: tuple[str, int]
    broker: tuple[str, int]


def main() -> int:
    parser = argparse.ArgumentParser(description="captured Kafka frames as text")
    parser.add_argument("--port", type=int, default=9092, help="the broker's port in a capture")
    arguments = parser.parse_args()
    data = sys.stdin.buffer.read()
    for line in describe(data, arguments.port):
        print(line)
    return 0


def describe(data: bytes, port: int) -> Iterator[str]:
    """A line for each frame."""
    if data[:4] in PCAP_MAGICS:
        yield from _describe_capture(data, port)
        return
    text = re.sub(rb"\s", b"", data)
    if re.fullmatch(rb"(?:[0-9a-fA-F]{2})+", text):
        data = bytes.fromhex(text.decode())
    for frame in frames(bytearray(data)):
        yield _request_line(frame, {})


def frames(data: bytearray) -> Iterator[memoryview]:
    """Takes the whole frames off the front of ``data``."""
    while len(data) >= 4:
        after = 4 + int.from_bytes(data[:4], "big")
        if after > len(data):
            return
        frame = memoryview(bytes(data[4:after]))
        del data[:after]
        yield frame


def _describe_capture(data: bytes, port: int) -> Iterator[str]:
    received: dict[Stream, bytearray] = {}
    asked: dict[tuple[Any, Any], Asked] = {}
    for when, stream, payload in _segments(data, port):
        buffer = received.setdefault(stream, bytearray())
        buffer += payload
        connection = asked.setdefault((stream.client, stream.broker), {})
        for frame in frames(buffer):
            line = _request_line if stream.is_request else _response_line
            host, client_port = stream.client
            yield f"{when:.6f} {host}:{client_port} {line(frame, connection)}"


def _segments(data: bytes, port: int) -> Iterator[tuple[float, Stream, bytes]]:
    """The payloads of a capture in the order of their connections' bytes; retransmissions once."""
    import dpkt

    reader = dpkt.pcap.UniversalReader(io.BytesIO(data))
    expected: dict[Stream, int] = {}
    for when, packet in reader:
        segment = _tcp(dpkt, packet, reader.datalink())
        if segment is None or port not in (segment[2].sport, segment[2].dport):
            continue
        source, target, tcp = segment
        is_request = tcp.dport == port
        ends = (source, tcp.sport), (target, tcp.dport)
        stream = Stream(is_request, *(ends if is_request else ends[::-1]))
        if tcp.flags & dpkt.tcp.TH_SYN:
            expected[stream] = (tcp.seq + 1) & 0xFFFFFFFF
        elif tcp.data and tcp.seq == expected.setdefault(stream, tcp.seq):
            expected[stream] = (tcp.seq + len(tcp.data)) & 0xFFFFFFFF
            yield when, stream, bytes(tcp.data)


def _tcp(dpkt: Any, packet: bytes, datalink: int) -> tuple[str, str, Any] | None:
    """(source, target, TCP segment) of a packet, if it is one."""
    import ipaddress

    links = {
        dpkt.pcap.DLT_EN10MB: dpkt.ethernet.Ethernet,
        dpkt.pcap.DLT_LINUX_SLL: dpkt.sll.SLL,
        dpkt.pcap.DLT_NULL: dpkt.loopback.Loopback,
        dpkt.pcap.DLT_RAW: dpkt.ip.IP,
    }
    link = links.get(datalink)
    if link is None:
        raise SystemExit(f"packets of link type {datalink} cannot be read")
    ip = link(packet)
    ip = ip if isinstance(ip, dpkt.ip.IP | dpkt.ip6.IP6) else ip.data
    if not isinstance(ip, dpkt.ip.IP | dpkt.ip6.IP6) or not isinstance(ip.data, dpkt.tcp.TCP):
        return None
    return str(ipaddress.ip_address(ip.src)), str(ipaddress.ip_address(ip.dst)), ip.data


def _request_line(frame: memoryview, asked: Asked) -> str:
    try:
        key, version, correlation_id = peek_request(frame)
        api = KEYS.get(key)
        if api is None:
            return f"> #{correlation_id} unknown API key {key} v{version}"
        asked[correlation_id] = api, version
        client_id, position = decode_client_id(frame, version >= api.first_flexible)
        body = decode_prefix(request_class(api), version, frame, position)
    except (MalformedRequest, ValueError, ModuleNotFoundError) as error:
        return f"> {len(frame)} bytes that are no request: {error}"
    return f"> #{correlation_id} {api.name} v{version} client={client_id} {shown(body)}"


def _response_line(frame: memoryview, asked: Asked) -> str:
    correlation_id = int.from_bytes(frame[:4], "big")
    if correlation_id not in asked:
        return f"< #{correlation_id} {len(frame)} bytes; its request was not captured"
    api, version = asked.pop(correlation_id)
    start = response_header_size(api, version)
    try:
        body = decode_prefix(response_class(api), version, frame, start)
    except (MalformedRequest, ValueError, ModuleNotFoundError) as error:
        return f"< #{correlation_id} {api.name} v{version} cannot be read: {error}"
    return f"< #{correlation_id} {api.name} v{version} {shown(body)}"


def shown(value: Any) -> str:
    """A message as nested text, with long bytes cut."""
    if isinstance(value, Struct):
        fields = (f"{field.name}={shown(getattr(value, field.name))}" for field in value.__fields__)
        return "{" + " ".join(fields) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(shown, value)) + "]"
    if isinstance(value, bytes | memoryview):
        cut = bytes(value[:SHOWN_BYTES]).hex()
        return f"<{len(value)} bytes {cut}{'…' if len(value) > SHOWN_BYTES else ''}>"
    return repr(value) if isinstance(value, str) else str(value)


if __name__ == "__main__":
    sys.exit(main())
