"""ApiVersions tells what is served, and nothing else."""

from __future__ import annotations

import pytest

from kbroker.apis import LISTED
from tests.drivers import BrokerDriver
from wire.api_keys import ApiKey
from wire.errors import ErrorCode
from wire.messages.api_versions import ApiVersionsRequest


@pytest.mark.parametrize("version", range(5))
def test_the_table_is_told(broker: BrokerDriver, version: int) -> None:
    """Every API of the table with its versions; Produce from 0, for librdkafka's sake."""
    request = ApiVersionsRequest(client_software_name="a", client_software_version="1.0")
    answer = broker.connect().ask(request, version)
    told = {key.api_key: (key.min_version, key.max_version) for key in answer.api_keys}

    assert set(told) == {key for key, _, _ in LISTED}
    assert told[ApiKey.PRODUCE] == (0, 13)
    assert told[ApiKey.FETCH] == (4, 18)


@pytest.mark.parametrize("name", ["", "-a", "a b", "a!"])
def test_software_names_are_checked(broker: BrokerDriver, name: str) -> None:
    """KIP-511, from v3 on."""
    request = ApiVersionsRequest(client_software_name=name, client_software_version="1")

    assert broker.connect().ask(request, 3).error_code == ErrorCode.INVALID_REQUEST
    assert broker.connect().ask(request, 2).error_code == 0


def test_older_clients_do_not_see_features_from_zero(broker: BrokerDriver) -> None:
    """They could not read such a range (KIP-1022)."""
    request = ApiVersionsRequest(client_software_name="a", client_software_version="1")
    names = [
        {feature.name for feature in broker.connect().ask(request, version).supported_features}
        for version in (3, 4)
    ]

    assert names == [
        {"metadata.version"},
        {"metadata.version", "kraft.version", "transaction.version"},
    ]


@pytest.mark.parametrize(("offset", "epoch"), [(-1, 0), (7, 7)])
def test_the_epoch_of_features_is_always_known(
    broker: BrokerDriver, offset: int, epoch: int
) -> None:
    """Also while a full disk leaves the catalog empty: -1 would say that there are none yet."""
    broker.node.metadata.image.offset = offset

    request = ApiVersionsRequest(client_software_name="a", client_software_version="1")
    assert broker.connect().ask(request, 3).finalized_features_epoch == epoch
