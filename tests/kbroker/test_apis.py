"""The table of what is served."""

from __future__ import annotations

import pytest

from kbroker.apis import APIS, LISTED, Api
from kbroker.dispatch import served_api
from wire.messages import response_class


@pytest.mark.parametrize("api", APIS.values(), ids=lambda api: api.key.name)
def test_each_handler_is_found(api: Api) -> None:
    """Every name in the table leads to a module that can handle, and answer an error."""
    served = served_api(api.key, api.first)

    assert served is not None
    assert callable(served.handler.handle)
    assert callable(served.handler.error_response)
    assert served.request_class.__facts__.api is api.key
    assert response_class(api.key).__facts__.api is api.key


@pytest.mark.parametrize("api", APIS.values(), ids=lambda api: api.key.name)
def test_served_versions_are_defined(api: Api) -> None:
    """What is listed can be decoded, and nothing is served beside."""
    assert api.key.first_version <= api.listed[1] <= api.first
    assert api.first <= api.last <= api.key.last_version
    assert served_api(api.key, api.last) is not None
    assert served_api(api.key, api.first - 1) is None
    assert served_api(api.key, api.last + 1) is None


def test_listed_in_order() -> None:
    """In the order of their keys, each once."""
    keys = [key for key, _, _ in LISTED]

    assert keys == sorted(set(keys))


def test_a_key_that_is_not_served() -> None:
    assert served_api(4, 0) is None
