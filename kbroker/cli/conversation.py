"""A command's connection to a broker, at the newest versions that both sides know."""

from __future__ import annotations

import contextlib
from typing import Any, Self

from kbroker import __version__
from kbroker.cli import Failure
from kbroker.cli.raw_client import RawClient, parse_address
from wire.messages.api_versions import ApiVersionsRequest
from wire.messages.metadata import MetadataRequest
from wire.schema import Message

TIMEOUT_S = 5.0  # what a person waits in silence
CLIENT_ID = f"kbroker-{__version__}"


class Conversation:
    """Speaks the newest versions that both sides know. Raises OSError where there is no broker."""

    def __init__(self, address: str, timeout_s: float = TIMEOUT_S) -> None:
        self.address = address
        self._client = RawClient(address, timeout_s, CLIENT_ID)
        try:
            answer = self._client.ask(ApiVersionsRequest(), 0)
        except BaseException:
            self.close()
            raise
        self.served = {api.api_key: (api.min_version, api.max_version) for api in answer.api_keys}

    def ask(self, request: Message) -> Any:
        """The answer. Raises Failure for what the broker does not serve or answer."""
        facts = request.__facts__
        assert facts.api is not None
        first, last = self.served.get(facts.api, (1, 0))
        version = min(last, facts.last_version)
        if version < max(first, facts.first_version):
            raise Failure(f"the broker serves no {facts.api.name} that kbroker speaks")
        try:
            return self._client.ask(request, version)
        except OSError as error:
            raise Failure(f"the broker did not answer {facts.api.name}: {error}") from None

    def topic_names(self) -> list[str]:
        return [topic.name for topic in self.ask(MetadataRequest(topics=None)).topics]

    def close(self) -> None:
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def addresses_of(bootstrap: str) -> list[str]:
    """One or several, as clients are given them. Raises Failure for what is no address."""
    addresses = [text.strip() for text in bootstrap.split(",")]
    for address in addresses:
        parse_address(address)
    return addresses


def no_broker(bootstrap: str) -> Failure:
    first, _, _ = bootstrap.partition(",")
    return Failure(f"no broker answers at {bootstrap}; kbroker doctor {first} looks why")


def conversation(bootstrap: str) -> Conversation:
    """With the first of the brokers that a user named that answers. Raises Failure."""
    addresses = addresses_of(bootstrap)
    for address in addresses:
        with contextlib.suppress(OSError):
            return Conversation(address, TIMEOUT_S / len(addresses))
    raise no_broker(bootstrap)


def answering(bootstrap: str) -> str:
    """The address of that broker. Raises Failure, and soon: kafka-python tries for half a minute
    what is not there, and takes anything for an answer."""
    with conversation(bootstrap) as broker:
        return broker.address
