"""The table of what is served."""

from __future__ import annotations

import pytest

from kbroker.apis import ADVERTISED, APIS, Api
from wire.messages import response_class


@pytest.mark.parametrize("api", APIS.values(), ids=lambda api: api.key.name)
def test_served_versions_are_defined(api: Api) -> None:
    """What is advertised can be decoded, and an error can always be answered."""
    assert api.key.first_version <= api.advertised_first <= api.first
    assert api.first <= api.last <= api.key.last_version
    assert callable(api.handle)
    assert callable(api.error_response)
    assert response_class(api.key).__facts__.api is api.key


def test_advertised_in_order() -> None:
    """In the order of their keys, each once."""
    keys = [key for key, _, _ in ADVERTISED]

    assert keys == sorted(set(keys))
