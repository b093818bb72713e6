"""Single requests in kafka-python's protocol classes: what no client would send by itself."""

from __future__ import annotations

from typing import Any

from kafka.protocol.api_header import ResponseClassRegistry

from kbroker.cli.raw_client import RawClient

TIMEOUT_S = 10


class KafkaPythonRequests:
    """One connection; ``ask`` sends one request and gives its answer, which another codec than
    kbroker's own writes and reads."""

    def __init__(self, bootstrap: str) -> None:
        self._client = RawClient(bootstrap, TIMEOUT_S)
        self._correlation = 0

    def ask(self, request: Any) -> Any:
        self._correlation += 1
        request.with_header(correlation_id=self._correlation, client_id="raw")
        self._client.send_frame(bytes(request.encode(header=True)))
        answer = self._client.read_frame()
        response_class = ResponseClassRegistry.get_response_class(request.header)
        return response_class.decode(answer, version=request.API_VERSION, header=True)

    def close(self) -> None:
        self._client.close()
