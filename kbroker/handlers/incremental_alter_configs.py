"""IncrementalAlterConfigs: changes single settings; each resource has its own error (KIP-339).

They hold from the answer on. Levels of loggers (KIP-412) are forgotten when the broker stops.
"""

from __future__ import annotations

from kbroker.context import RequestContext
from kbroker.loggers import set_level
from kbroker.metadata.record_limit import check_record_count
from kbroker.settings.changes import ChangePlanner
from kbroker.settings.resources import Change
from wire.errors import ErrorCode, KafkaError
from wire.messages.incremental_alter_configs import (
    AlterConfigsResource,
    AlterConfigsResourceResponse,
    IncrementalAlterConfigsRequest,
    IncrementalAlterConfigsResponse,
)


def handle(
    ctx: RequestContext, request: IncrementalAlterConfigsRequest
) -> IncrementalAlterConfigsResponse:
    catalog = ctx.node.metadata
    levels: list[tuple[str, str | None]] = []
    planner = ChangePlanner(catalog.latest, ctx.node.settings, ctx.node.node_id, levels)
    wanted = [
        (
            (resource.resource_type, resource.resource_name),
            [Change(one.name, one.config_operation, one.value) for one in resource.configs],
        )
        for resource in request.resources
    ]
    records, errors = planner.plan_all(wanted)
    try:
        check_record_count(len(records))
    except KafkaError as error:
        return error_response(request, error.code, error.message)
    if records and not request.validate_only:
        catalog.alter_configs(records)
    if levels and not request.validate_only:
        for logger, level in levels:
            set_level(logger, level)
    return IncrementalAlterConfigsResponse(
        responses=[
            _response(resource, ErrorCode.NONE)
            if error is None
            else _response(resource, error.code, error.message)
            for resource, error in zip(request.resources, errors, strict=True)
        ]
    )


def _response(
    resource: AlterConfigsResource, code: ErrorCode, message: str | None = None
) -> AlterConfigsResourceResponse:
    return AlterConfigsResourceResponse(
        error_code=code,
        error_message=message,
        resource_type=resource.resource_type,
        resource_name=resource.resource_name,
    )


def error_response(
    request: IncrementalAlterConfigsRequest, code: ErrorCode, message: str | None = None
) -> IncrementalAlterConfigsResponse:
    return IncrementalAlterConfigsResponse(
        responses=[_response(resource, code, message) for resource in request.resources]
    )
