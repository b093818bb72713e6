"""Levels of features are changed together, within what is supported."""

from __future__ import annotations

import pytest

from tests.drivers import BrokerDriver
from wire.errors import ErrorCode
from wire.messages.api_versions import ApiVersionsRequest
from wire.messages.update_features import FeatureUpdateKey, UpdateFeaturesRequest

UPGRADE, DOWNGRADE = 1, 2
FORMATTED = {"metadata.version": 30, "transaction.version": 2}


def update(
    broker: BrokerDriver, *wanted: tuple[str, int, int], validate_only: bool = False
) -> tuple[int, str | None]:
    keys = [
        FeatureUpdateKey(feature=name, max_version_level=level, upgrade_type=kind)
        for name, level, kind in wanted
    ]
    request = UpdateFeaturesRequest(feature_updates=keys, validate_only=validate_only)
    answer = broker.connect().ask(request, 2)
    return answer.error_code, answer.error_message


def levels(broker: BrokerDriver) -> dict[str, int]:
    """What ApiVersions tells."""
    request = ApiVersionsRequest(client_software_name="a", client_software_version="1")
    told = broker.connect().ask(request, 4).finalized_features
    return {feature.name: feature.max_version_level for feature in told}


def test_a_level_is_kept(broker: BrokerDriver) -> None:
    assert update(broker, ("kraft.version", 1, UPGRADE)) == (0, None)
    broker.restart()
    assert levels(broker) == FORMATTED | {"kraft.version": 1}


def test_only_looking_changes_nothing(broker: BrokerDriver) -> None:
    assert update(broker, ("kraft.version", 1, UPGRADE), validate_only=True) == (0, None)
    assert levels(broker) == FORMATTED


@pytest.mark.parametrize(
    ("name", "level", "kind"),
    [
        ("metadata.version", 31, UPGRADE),
        ("metadata.version", 6, DOWNGRADE),
        ("metadata.version", 29, UPGRADE),
        ("metadata.version", 29, DOWNGRADE),
        ("metadata.version", 30, 4),
        ("kraft.version", -1, UPGRADE),
        ("kraft.version", 1, DOWNGRADE),
        ("no.such", 1, UPGRADE),
        ("no.such", 0, UPGRADE),
    ],
)
def test_one_that_cannot_be_stops_all(
    broker: BrokerDriver, name: str, level: int, kind: int
) -> None:
    """KIP-1022: together or not at all."""
    code, message = update(broker, ("kraft.version", 1, UPGRADE), (name, level, kind))
    assert code == ErrorCode.INVALID_UPDATE_VERSION
    assert message is not None
    assert str(level) in message
    assert levels(broker) == FORMATTED


def test_the_voters_version_never_falls(broker: BrokerDriver) -> None:
    update(broker, ("kraft.version", 1, UPGRADE))
    assert update(broker, ("kraft.version", 0, DOWNGRADE))[0] == ErrorCode.INVALID_UPDATE_VERSION


@pytest.mark.parametrize("version", [0, 1])
def test_older_versions_are_told_of_each_feature(broker: BrokerDriver, version: int) -> None:
    key = FeatureUpdateKey(feature="metadata.version", max_version_level=30)
    answer = broker.connect().ask(UpdateFeaturesRequest(feature_updates=[key]), version)
    assert [one.feature for one in answer.results] == ["metadata.version"]
