"""Captured bytes as text."""

from __future__ import annotations

import io
from typing import Any

import dpkt
import pytest

from tools.decode_frames import describe
from wire.headers import encode_request, encode_response
from wire.messages.heartbeat import HeartbeatRequest, HeartbeatResponse

REQUEST = encode_request(
    HeartbeatRequest(group_id="g", generation_id=1, member_id="m"), 4, 7, "client"
)
(RESPONSE,) = encode_response(HeartbeatResponse(error_code=27), 4, 7)


@pytest.mark.parametrize("data", [REQUEST, REQUEST.hex().encode(), REQUEST.hex(" ").encode()])
def test_bytes_and_hex(data: bytes) -> None:
    """One direction of one connection."""
    (line,) = describe(data, 9092)

    assert line.startswith("> #7 HEARTBEAT v4 client=client {group_id='g' generation_id=1")


def test_what_is_no_request() -> None:
    """Is said, and the rest goes on."""
    first, second = describe(b"\0\0\0\x02ab" + REQUEST, 9092)

    assert first.startswith("> 2 bytes that are no request")
    assert second.startswith("> #7")


def packet(source: int, target: int, sequence: int, data: bytes, flags: int = 0x10) -> bytes:
    tcp = dpkt.tcp.TCP(sport=source, dport=target, seq=sequence, flags=flags, data=data)
    ip = dpkt.ip.IP(src=b"\x7f\0\0\1", dst=b"\x7f\0\0\1", p=dpkt.ip.IP_PROTO_TCP, data=tcp)
    return bytes(dpkt.ethernet.Ethernet(data=ip))


def capture(*packets: bytes) -> bytes:
    stream: Any = io.BytesIO()
    writer = dpkt.pcap.Writer(stream)
    for number, found in enumerate(packets):
        writer.writepkt(found, ts=float(number))
    data: bytes = stream.getvalue()
    return data


def test_captures_pair_answers_with_requests() -> None:
    """Also when a frame comes in pieces, or a piece twice."""
    half = len(REQUEST) // 2
    lines = list(
        describe(
            capture(
                packet(5000, 9092, 99, b"", flags=0x02),
                packet(5000, 9092, 100, REQUEST[:half]),
                packet(5000, 9092, 100, REQUEST[:half]),
                packet(5000, 9092, 100 + half, REQUEST[half:]),
                packet(5000, 80, 1, b"something else"),
                packet(9092, 5000, 500, RESPONSE),
                packet(9092, 5000, 500 + len(RESPONSE), RESPONSE),
            ),
            9092,
        )
    )

    assert [line.split(" ", 2)[2] for line in lines] == [
        "> #7 HEARTBEAT v4 client=client {group_id='g' generation_id=1 member_id='m' "
        "group_instance_id=None}",
        "< #7 HEARTBEAT v4 {throttle_time_ms=0 error_code=27}",
        f"< #7 {len(RESPONSE) - 4} bytes; its request was not captured",
    ]
