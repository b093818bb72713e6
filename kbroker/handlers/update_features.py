"""UpdateFeatures: gives features of the cluster other levels, all of them or none (KIP-584).

v1 can validate only, and names the kind of an update; v0's flag for downgrades is ignored. v2 has
no results of single features.
"""

from __future__ import annotations

from kbroker.context import RequestContext
from kbroker.java_hashing import hash_map_order
from kbroker.metadata.features import Update, plan_update
from wire.errors import ErrorCode, KafkaError
from wire.messages.update_features import (
    UpdatableFeatureResult,
    UpdateFeaturesRequest,
    UpdateFeaturesResponse,
)


def handle(ctx: RequestContext, request: UpdateFeaturesRequest) -> UpdateFeaturesResponse:
    node = ctx.node
    # If a feature is named twice the last update counts. Kafka checks them in hash map order.
    updates = {
        one.feature: Update(one.feature, one.max_version_level, one.upgrade_type)
        for one in request.feature_updates
    }
    ordered = [updates[name] for name in hash_map_order(updates)]
    try:
        changes = plan_update(ordered, node.metadata.latest, node.metadata.image.controller_id)
    except KafkaError as error:
        return UpdateFeaturesResponse(
            error_code=error.code,
            error_message="The update failed for all features since the following feature had an "
            f"error: {error.message}",
            results=[],
        )
    if not request.validate_only:
        node.metadata.finalize_features(changes)
    return UpdateFeaturesResponse(
        error_code=ErrorCode.NONE,
        error_message=None,
        results=[
            UpdatableFeatureResult(
                feature=one.feature, error_code=ErrorCode.NONE, error_message="NONE"
            )
            for one in request.feature_updates
        ],
    )


def error_response(_request: UpdateFeaturesRequest, code: ErrorCode) -> UpdateFeaturesResponse:
    return UpdateFeaturesResponse(error_code=code, error_message=None, results=[])
