"""Single requests in kafka-python's protocol classes: what no client would send by itself."""

from __future__ import annotations

from typing import Any

from kafka.protocol.api_header import ResponseClassRegistry

from compat_tests.parity.wire import WireConnection


class RawClient:
    """One connection; ask sends one request and gives its answer."""

    def __init__(self, bootstrap: str) -> None:
        self._connection = WireConnection(bootstrap)
        self._correlation = 0

    def ask(self, request: Any, timeout_s: float = 10.0) -> Any:
        self._correlation += 1
        request.with_header(correlation_id=self._correlation, client_id="raw")
        self._connection.send_frame(bytes(request.encode(header=True)))
        answer = self._connection.receive_frame(timeout_s)
        response_class = ResponseClassRegistry.get_response_class(request.header)
        return response_class.decode(answer, version=request.API_VERSION, header=True)

    def close(self) -> None:
        self._connection.close()
