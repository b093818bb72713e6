"""Rules, where nobody keeps any."""

from __future__ import annotations

from tests.drivers import BrokerDriver
from wire.errors import ErrorCode
from wire.messages.describe_acls import DescribeAclsRequest


def test_there_is_no_authorizer() -> None:
    request = DescribeAclsRequest(
        resource_type_filter=1, resource_name_filter=None, principal_filter=None,
        host_filter=None, operation=1, permission_type=1,
    )  # fmt: skip
    answer = BrokerDriver().connect().ask(request, 3)
    assert answer.error_code == ErrorCode.SECURITY_DISABLED
    assert answer.error_message == "No Authorizer is configured on the broker"


def test_unknown_elements_close_the_connection() -> None:
    """Kafka refuses to read them."""
    request = DescribeAclsRequest(
        resource_type_filter=0, resource_name_filter=None, principal_filter=None,
        host_filter=None, operation=1, permission_type=1,
    )  # fmt: skip
    client = BrokerDriver().connect()
    client.send(request, 3)
    assert client.closed
