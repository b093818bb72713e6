"""Feature levels of the cluster (KIP-584): supported ones, finalized ones, and updates.

The checks, their order and their words are those of Kafka's FeatureControlManager.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from kbroker.metadata.image import MetadataImage
from wire.errors import ErrorCode, KafkaError

UPGRADE, SAFE_DOWNGRADE, UNSAFE_DOWNGRADE = 1, 2, 3  # kinds of an update (KIP-778)
METADATA_VERSION, KRAFT_VERSION = "metadata.version", "kraft.version"
TRANSACTION_VERSION = "transaction.version"


class Feature:
    __slots__ = ("first", "last", "level")

    def __init__(self, first: int, last: int, level: int) -> None:
        self.first = first
        self.last = last
        self.level = level  # of a newly formatted cluster; 0 is off


# As Kafka 4.3.1 shows them. A feature that kbroker does not serve yet is missing.
FEATURES = {
    METADATA_VERSION: Feature(7, 30, 30),
    KRAFT_VERSION: Feature(0, 1, 0),
    TRANSACTION_VERSION: Feature(0, 2, 2),
}


class Update(NamedTuple):
    """The level that a feature is to have, and the kind of the update."""

    name: str
    level: int
    kind: int


def finalized_levels(image: MetadataImage) -> dict[str, int]:
    """The level that each feature has now."""
    return {
        name: image.feature_levels.get(name, feature.level) for name, feature in FEATURES.items()
    }


def plan_update(updates: Iterable[Update], image: MetadataImage, node_id: int) -> dict[str, int]:
    """The levels that change. Raises KafkaError for the first invalid update."""
    current = finalized_levels(image)
    changes = {}
    for update in updates:
        level = current.get(update.name, 0)
        error = _error(update, level, FEATURES.get(update.name), node_id)
        if error:
            raise _refusal(
                f"Invalid update version {update.level} for feature {update.name}. {error}"
            )
        if update.level < level:
            _check_downgrade(update, level)
        if update.level != level:
            changes[update.name] = update.level
    return changes


def _error(update: Update, current: int, feature: Feature | None, node_id: int) -> str | None:
    if update.kind not in (UPGRADE, SAFE_DOWNGRADE, UNSAFE_DOWNGRADE):
        return "The controller does not support the given upgrade type."
    if update.level < 0:
        return "A feature version cannot be less than 0."
    if feature is None:
        if update.level:
            return f"Local controller {node_id} does not support this feature."
        return f"Feature {update.name} not found."
    if not feature.first <= update.level <= feature.last:
        return f"Local controller {node_id} only supports versions {feature.first}-{feature.last}"
    if update.level < current and update.kind == UPGRADE:
        return (
            "Can't downgrade the version of this feature without setting the upgrade type to "
            "either safe or unsafe downgrade."
        )
    if update.level > current and update.kind != UPGRADE:
        return "Can't downgrade to a newer version."
    return None


def _check_downgrade(update: Update, current: int) -> None:
    """metadata.version and kraft.version cannot be lowered; others can."""
    if update.name == METADATA_VERSION:
        why = (
            "Unsafe metadata downgrade is not supported in this version."
            if update.kind == UNSAFE_DOWNGRADE
            else "Refusing to perform the requested downgrade because it might delete metadata "
            "information."
        )
        raise _refusal(
            f"Unsupported {update.name} downgrade from {current} to {update.level}. {why}"
        )
    if update.name == KRAFT_VERSION:
        raise _refusal(
            f"Invalid update version {update.level} for feature {update.name}. "
            "Can't downgrade the version of this feature."
        )


def _refusal(message: str) -> KafkaError:
    return KafkaError(ErrorCode.INVALID_UPDATE_VERSION, message)
