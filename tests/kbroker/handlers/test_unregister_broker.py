"""Brokers to forget."""

from __future__ import annotations

from tests.drivers import BrokerDriver
from wire.errors import ErrorCode
from wire.messages.unregister_broker import UnregisterBrokerRequest


def test_there_is_no_other() -> None:
    client = BrokerDriver().connect()
    codes = [
        client.ask(UnregisterBrokerRequest(broker_id=number), 0).error_code for number in (1, 2)
    ]
    assert codes == [ErrorCode.NONE, ErrorCode.BROKER_ID_NOT_REGISTERED]
