"""ApiVersions: what this broker serves, taken from the table in kbroker/apis.py.

v3 and later name the client's software, which is checked and kept for telemetry. A version that is
not served is answered by the session, in v0 with UNSUPPORTED_VERSION (KIP-511).
"""

from __future__ import annotations

import re

from kbroker.apis import LISTED, LISTED_WITH_TELEMETRY
from kbroker.context import RequestContext
from kbroker.metadata.features import FEATURES, finalized_levels
from wire.api_keys import ApiKey
from wire.errors import ErrorCode
from wire.messages.api_versions import (
    ApiVersion,
    ApiVersionsRequest,
    ApiVersionsResponse,
    FinalizedFeatureKey,
    SupportedFeatureKey,
)
from wire.schema import first_version_of

SOFTWARE_SINCE = first_version_of(ApiVersionsRequest, "client_software_name")
ZERO_FEATURES_SINCE = 4  # older clients cannot read a range that starts at 0 (KIP-1022)
_SOFTWARE = re.compile(r"[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?\Z")


def handle(ctx: RequestContext, request: ApiVersionsRequest) -> ApiVersionsResponse:
    if ctx.api_version >= SOFTWARE_SINCE:
        software = (request.client_software_name, request.client_software_version)
        if not all(_SOFTWARE.match(part) for part in software):
            return error_response(request, ErrorCode.INVALID_REQUEST)
        ctx.connection.client_software = software
    node = ctx.node
    image = node.metadata.image
    apis = LISTED_WITH_TELEMETRY if node.telemetry.is_received else LISTED
    return ApiVersionsResponse(
        error_code=0,
        api_keys=[
            ApiVersion(api_key=key, min_version=first, max_version=last)
            for key, first, last in apis
        ],
        supported_features=[
            SupportedFeatureKey(name=name, min_version=feature.first, max_version=feature.last)
            for name, feature in FEATURES.items()
            if feature.first > 0 or ctx.api_version >= ZERO_FEATURES_SINCE
        ],
        # -1 would say that the features are not known yet.
        finalized_features_epoch=max(0, image.offset),
        finalized_features=[
            FinalizedFeatureKey(name=name, max_version_level=level, min_version_level=level)
            for name, level in finalized_levels(image).items()
            if level
        ],
    )


def error_response(request: ApiVersionsRequest, code: ErrorCode) -> ApiVersionsResponse:
    """Without any API; what a client gets for an unsupported version is ``unsupported_version``."""
    return ApiVersionsResponse(error_code=code, api_keys=[])


def unsupported_version(first: int, last: int) -> ApiVersionsResponse:
    return ApiVersionsResponse(
        error_code=ErrorCode.UNSUPPORTED_VERSION,
        api_keys=[ApiVersion(api_key=ApiKey.API_VERSIONS, min_version=first, max_version=last)],
    )
