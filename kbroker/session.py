"""One connection without its socket: received bytes in, buffers to send out.

Requests are served one at a time and answered in order; Kafka does the same by muting a connection
until its answer is written. Bytes that are no request end the connection: ``closing`` says why.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from struct import Struct as Packer
from typing import Any

from kbroker.apis import APIS
from kbroker.connection_info import ConnectionInfo
from kbroker.context import CloseConnection, RequestContext
from kbroker.dispatch import dispatch, served_api
from kbroker.handlers.api_versions import unsupported_version
from kbroker.log_setup import log_requests
from kbroker.node import Node
from kbroker.pending import Pending
from wire.api_keys import ApiKey
from wire.codec import decode_prefix
from wire.errors import MalformedRequest
from wire.headers import decode_client_id, encode_response, peek_request
from wire.schema import Message

log = logging.getLogger("kbroker")

_SIZE = Packer(">i")

# No further request is served while so much output is not sent.
OUTPUT_HIGH_WATER_BYTES = 256 * 1024
# How long a session serves in one turn: thousands of requests may have arrived together.
TURN_MS = 1


class Session:
    """``output`` is what is to be sent; the owner of the session removes what it has sent.

    ``on_answer`` is called when an answer that had to wait arrives, outside of ``serve``.
    """

    __slots__ = (
        "_info", "_needed_bytes", "_node", "_on_answer", "_pending", "_request_max_bytes",
        "closing", "output", "output_bytes", "turn_over",
    )  # fmt: skip

    def __init__(self, node: Node, info: ConnectionInfo, on_answer: Callable[[], None]) -> None:
        self._node = node
        self._info = info
        self._on_answer = on_answer
        self._needed_bytes = 0  # of the incomplete frame at the start of the data
        self._pending: Pending[Any] | None = None
        self._request_max_bytes = node.settings.integer("socket.request.max.bytes")
        self.closing: str | None = None
        self.output: list[Any] = []
        self.output_bytes = 0
        self.turn_over = False  # whether the turn ended before the received requests

    @property
    def blocked(self) -> bool:
        """Whether no request is served for now, so that nothing more should be read."""
        return (
            self._pending is not None
            or self.turn_over
            or self.output_bytes >= OUTPUT_HIGH_WATER_BYTES
        )

    def serve(self, data: memoryview) -> int:
        """Serves the complete requests in ``data`` until it is blocked; returns how many bytes they
        took. ``data`` is valid only during the call; the rest must be passed again.
        """
        position, end = 0, len(data)
        self.turn_over = False
        deadline_ms = None
        if end < self._needed_bytes:
            return 0
        self._needed_bytes = 0
        try:
            while end - position >= 4 and not self.blocked:
                (size,) = _SIZE.unpack_from(data, position)
                if not 0 <= size <= self._request_max_bytes:
                    raise MalformedRequest(f"a frame of {size} bytes")
                after = position + 4 + size
                if after > end:
                    self._needed_bytes = after - position
                    break
                self._serve_frame(data[position + 4 : after])
                position = after
                if position < end:  # a single request needs no reading of the clock
                    now_ms = self._node.clock.monotonic_ms()
                    if deadline_ms is None:
                        deadline_ms = now_ms + TURN_MS
                    self.turn_over = now_ms >= deadline_ms
        except (MalformedRequest, CloseConnection) as error:
            self.closing = str(error)
        except Exception:
            # A defect ends this connection and no other.
            log.exception("a request of %s could not be served", self._info.client_host)
            self.closing = "a defect"
        return position

    def sent(self, byte_count: int) -> None:
        """Notes how many bytes of the output have been sent."""
        self.output_bytes -= byte_count

    def close(self) -> None:
        """The connection has closed: abandons the pending answer."""
        self.closing = self.closing or "closed"
        self.output.clear()
        self._info.closed = True
        if self._pending is not None:
            self._pending.abandon()
            self._pending = None

    def _serve_frame(self, frame: memoryview) -> None:
        key, version, correlation_id = peek_request(frame)
        api = served_api(key, version)
        if api is None:
            self._refuse(frame)
            return
        client_id, position = decode_client_id(frame, version >= api.key.first_flexible)
        # Like Kafka, bytes after the end of a request are ignored.
        request = decode_prefix(api.request_class, version, frame, position)
        context = RequestContext(self._node, self._info, version, client_id)
        answer = dispatch(context, api, request)
        if log.isEnabledFor(logging.INFO):
            log_requests(context, api.key, request, answer)
        if isinstance(answer, Pending):
            self._await(answer, version, correlation_id)
        elif answer is not None:
            self._reply(answer, version, correlation_id)

    def _await(self, pending: Pending[Any], version: int, correlation_id: int) -> None:
        def deliver(answer: Message) -> None:
            self._pending = None
            self._reply(answer, version, correlation_id)
            self._on_answer()

        self._pending = pending
        pending.then(deliver)

    def _reply(self, answer: Message, version: int, correlation_id: int) -> None:
        try:
            buffers = encode_response(answer, version, correlation_id)
        except Exception:
            # Another connection's request may have completed the answer; it must not fail.
            log.exception("an answer to %s could not be encoded", self._info.client_host)
            self.closing = "a defect"
            return
        self.output += buffers
        for buffer in buffers:
            self.output_bytes += len(buffer)

    def _refuse(self, frame: memoryview) -> None:
        """An ApiVersions request of a version we do not serve is answered in v0 (KIP-511); any
        other request that we do not serve ends the connection, as with Kafka."""
        key, version, correlation_id = peek_request(frame)
        if key != ApiKey.API_VERSIONS:
            raise MalformedRequest(f"API key {key} version {version} is not served")
        api = APIS[key]
        decode_client_id(frame, version >= api.key.first_flexible)  # its body is not decoded
        self._reply(unsupported_version(api.first, api.last), 0, correlation_id)
