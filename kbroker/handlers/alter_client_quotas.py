"""AlterClientQuotas: sets and removes quotas, entity by entity (KIP-546)."""

from __future__ import annotations

from kbroker.context import RequestContext
from kbroker.java_hashing import hash_map_order
from kbroker.metadata.client_quotas import Alteration, plan_alterations
from kbroker.metadata.image import QuotaEntity
from kbroker.metadata.record_limit import MAX_RECORDS_PER_REQUEST
from wire.errors import ErrorCode
from wire.messages.alter_client_quotas import (
    AlterClientQuotasRequest,
    AlterClientQuotasResponse,
    EntityData,
    EntryData,
    ResponseEntryData,
)

POLICY_VIOLATION_TEXT = "Request parameters do not satisfy the configured policy."


def handle(ctx: RequestContext, request: AlterClientQuotasRequest) -> AlterClientQuotasResponse:
    catalog = ctx.node.metadata
    alterations = [
        Alteration(_entity(entry), [(op.key, None if op.remove else op.value) for op in entry.ops])
        for entry in request.entries
    ]
    records, outcome = plan_alterations(alterations, catalog.latest.quotas)
    if len(records) > MAX_RECORDS_PER_REQUEST:
        return error_response(request, ErrorCode.POLICY_VIOLATION, POLICY_VIOLATION_TEXT)
    if not request.validate_only:
        catalog.alter_client_quotas(records)
    return AlterClientQuotasResponse(
        entries=[
            ResponseEntryData(
                error_code=ErrorCode.NONE if error is None else error.code,
                error_message=None if error is None else error.message,
                entity=[EntityData(entity_type=kind, entity_name=name) for kind, name in entity],
            )
            for entity, error in outcome.items()
        ]
    )


def _entity(entry: EntryData) -> QuotaEntity:
    """Of a type that is named twice the last name counts."""
    names = {part.entity_type: part.entity_name for part in entry.entity}
    return tuple((kind, names[kind]) for kind in hash_map_order(names, len(entry.entity)))


def error_response(
    request: AlterClientQuotasRequest, code: ErrorCode, message: str | None = None
) -> AlterClientQuotasResponse:
    return AlterClientQuotasResponse(
        entries=[
            ResponseEntryData(error_code=code, error_message=message, entity=entry.entity)
            for entry in request.entries
        ]
    )
