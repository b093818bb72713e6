"""AlterConfigs: replaces all that is set on a resource; what is not named goes (KIP-133).

They hold from the answer on.
"""

from __future__ import annotations

from kbroker.context import RequestContext
from kbroker.metadata.record_limit import check_record_count
from kbroker.settings.changes import ChangePlanner
from kbroker.settings.resources import DELETE, SET, Change
from wire.errors import ErrorCode, KafkaError
from wire.messages.alter_configs import (
    AlterConfigsRequest,
    AlterConfigsResource,
    AlterConfigsResourceResponse,
    AlterConfigsResponse,
)


def handle(ctx: RequestContext, request: AlterConfigsRequest) -> AlterConfigsResponse:
    catalog = ctx.node.metadata
    planner = ChangePlanner(catalog.latest, ctx.node.settings, ctx.node.node_id)
    wanted = []
    for resource in request.resources:
        key = (resource.resource_type, resource.resource_name)
        named = {one.name for one in resource.configs}
        changes = [Change(one.name, SET, one.value) for one in resource.configs]
        gone = [name for name in planner.current(key) if name not in named]
        wanted.append((key, changes + [Change(name, DELETE, None) for name in gone]))
    records, errors = planner.plan_all(wanted)
    try:
        check_record_count(len(records))
    except KafkaError as error:
        return error_response(request, error.code, error.message)
    if records and not request.validate_only:
        catalog.alter_configs(records)
    return AlterConfigsResponse(
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
    request: AlterConfigsRequest, code: ErrorCode, message: str | None = None
) -> AlterConfigsResponse:
    return AlterConfigsResponse(
        responses=[_response(resource, code, message) for resource in request.resources]
    )
