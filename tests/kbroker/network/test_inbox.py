"""What a connection holds of what it has received."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kbroker.network.inbox import KEEP_BYTES, SHARED_BYTES, Inbox, ReceiveBuffers

# No stretch of it looks like another one nearby.
PATTERN = bytes(range(251)) * (12 * SHARED_BYTES // 251)


def receive(inbox: Inbox, data: bytes) -> None:
    while data:
        room = inbox.room()
        assert room
        size = min(len(room), len(data))
        room[:size] = data[:size]
        inbox.received(size)
        inbox.consumed(0)
        data = data[size:]


def test_what_is_served_at_once_leaves_nothing() -> None:
    """The shared buffer serves everyone in turn."""
    buffers = ReceiveBuffers()
    first, second = Inbox(buffers), Inbox(buffers)
    shared = buffers.shared
    first.room()[:3] = b"abc"
    first.received(3)
    first.consumed(3)

    assert second.room() is shared
    assert bytes(first.unserved) == b""


def test_a_small_rest_is_copied() -> None:
    """So that one slow connection does not keep the shared buffer from the others."""
    buffers = ReceiveBuffers()
    inbox = Inbox(buffers)
    shared = buffers.shared
    receive(inbox, b"half a frame")
    shared[:4] = b"XXXX"

    assert buffers.shared is shared
    assert bytes(inbox.unserved) == b"half a frame"
    assert len(inbox.room()) < 1000


def test_a_large_rest_keeps_the_buffer_it_is_in() -> None:
    """What follows goes right behind it; when it is served the buffer is given back."""
    buffers = ReceiveBuffers()
    inbox = Inbox(buffers)
    shared = buffers.shared
    receive(inbox, b"x" * KEEP_BYTES)
    assert buffers.shared is not shared
    receive(inbox, b"y" * 1000)
    shared[0:1] = b"X"
    assert bytes(inbox.unserved[:2]) == b"Xx"
    inbox.consumed(KEEP_BYTES + 1000)

    assert buffers.take() is not shared
    assert buffers.shared is shared


@given(
    st.lists(
        st.tuples(st.integers(1, 3 * SHARED_BYTES // 2), st.floats(0, 1)), min_size=1, max_size=8
    )
)
def test_nothing_is_lost_or_held_in_excess(turns: list[tuple[int, float]]) -> None:
    """However bytes come and are consumed, they stay in order, and memory follows what came."""
    inbox = Inbox(ReceiveBuffers())
    sent = consumed = 0
    for size, share in turns:
        receive(inbox, PATTERN[sent : sent + size])
        sent += size
        expected = PATTERN[consumed:sent]
        assert bytes(inbox.unserved) == expected
        part = int(len(expected) * share)
        inbox.consumed(part)
        consumed += part
        held = sent - consumed
        if held and inbox._own is not None:
            assert len(inbox._own) <= max(512, 17 * sent)
