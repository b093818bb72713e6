"""Rules, where there are none."""

from __future__ import annotations

from tests.drivers import BrokerDriver
from wire.errors import ErrorCode
from wire.messages.delete_acls import DeleteAclsFilter, DeleteAclsRequest


def test_each_filter_is_refused() -> None:
    wanted = DeleteAclsFilter(
        resource_type_filter=2, resource_name_filter=None, principal_filter=None,
        host_filter=None, operation=3, permission_type=3,
    )  # fmt: skip
    [result] = BrokerDriver().connect().ask(DeleteAclsRequest(filters=[wanted]), 3).filter_results
    assert (result.error_code, result.matching_acls) == (ErrorCode.SECURITY_DISABLED, [])


def test_unknown_elements_close_the_connection() -> None:
    """Kafka refuses to read them."""
    wanted = DeleteAclsFilter(
        resource_type_filter=2, resource_name_filter=None, principal_filter=None,
        host_filter=None, operation=3, permission_type=0,
    )  # fmt: skip
    client = BrokerDriver().connect()
    client.send(DeleteAclsRequest(filters=[wanted]), 3)
    assert client.closed
