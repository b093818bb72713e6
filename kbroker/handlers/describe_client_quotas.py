"""DescribeClientQuotas: the quotas of all entities that fit a filter (KIP-546)."""

from __future__ import annotations

from kbroker.context import RequestContext
from kbroker.metadata.client_quotas import Component, find_quotas
from kbroker.metadata.image import QuotaEntity
from wire.errors import ErrorCode, KafkaError
from wire.messages.describe_client_quotas import (
    DescribeClientQuotasRequest,
    DescribeClientQuotasResponse,
    EntityData,
    EntryData,
    ValueData,
)


def handle(
    ctx: RequestContext, request: DescribeClientQuotasRequest
) -> DescribeClientQuotasResponse:
    components = [
        Component(one.entity_type, one.match_type, one.match) for one in request.components
    ]
    try:
        found = find_quotas(components, ctx.node.metadata.image.quotas, strict=request.strict)
    except KafkaError as error:
        return DescribeClientQuotasResponse(
            error_code=error.code, error_message=error.message, entries=None
        )
    return DescribeClientQuotasResponse(
        error_code=ErrorCode.NONE,
        error_message="",
        entries=[
            EntryData(
                entity=[EntityData(entity_type=kind, entity_name=name) for kind, name in entity],
                values=[ValueData(key=key, value=value) for key, value in values.items()],
            )
            for entity, values in sorted(found, key=_types_and_names)
        ],
    )


def _types_and_names(found: tuple[QuotaEntity, object]) -> list[tuple[str, bool, str]]:
    """Those without a name come first; the image holds them in the order of a hash."""
    return [(kind, name is not None, name or "") for kind, name in found[0]]


def error_response(
    _request: DescribeClientQuotasRequest, code: ErrorCode
) -> DescribeClientQuotasResponse:
    return DescribeClientQuotasResponse(error_code=code, error_message=None, entries=None)
