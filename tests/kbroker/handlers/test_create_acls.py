"""Rules, where nobody would keep them."""

from __future__ import annotations

from tests.drivers import BrokerDriver
from wire.errors import ErrorCode
from wire.messages.create_acls import AclCreation, CreateAclsRequest


def test_each_rule_is_refused() -> None:
    rule = AclCreation(
        resource_type=2, resource_name="a", principal="User:a", host="*",
        operation=3, permission_type=3,
    )  # fmt: skip
    answer = BrokerDriver().connect().ask(CreateAclsRequest(creations=[rule, rule]), 3)
    assert [result.error_code for result in answer.results] == [ErrorCode.SECURITY_DISABLED] * 2


def test_unknown_elements_close_the_connection() -> None:
    """Kafka refuses to read them."""
    rule = AclCreation(
        resource_type=2, resource_name="a", principal="User:a", host="*",
        operation=0, permission_type=3,
    )  # fmt: skip
    client = BrokerDriver().connect()
    client.send(CreateAclsRequest(creations=[rule]), 3)
    assert client.closed
