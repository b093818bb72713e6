"""ElectLeaders: of one replica, the preferred leader leads already (KIP-460).

Asked about all partitions, Kafka lists every topic without partitions: it lists only those that
needed an election.
"""

from __future__ import annotations

from kbroker.context import RequestContext
from kbroker.metadata.image import MetadataImage
from wire.errors import ErrorCode
from wire.messages.elect_leaders import (
    ElectLeadersRequest,
    ElectLeadersResponse,
    PartitionResult,
    ReplicaElectionResult,
)

PREFERRED, UNCLEAN = 0, 1


def handle(ctx: RequestContext, request: ElectLeadersRequest) -> ElectLeadersResponse:
    image = ctx.node.metadata.image
    if request.topic_partitions == []:  # Kafka does not look at the rest then
        return ElectLeadersResponse(error_code=0, replica_election_results=[])
    if request.timeout_ms <= 0:
        return error_response(request, ErrorCode.REQUEST_TIMED_OUT)
    if request.election_type not in (PREFERRED, UNCLEAN):
        message = f"Unknown election type {request.election_type}"
        return error_response(request, ErrorCode.INVALID_REQUEST, message)
    if request.topic_partitions is None:
        results = [
            ReplicaElectionResult(topic=topic.name, partition_result=[]) for topic in image.topics()
        ]
    else:
        results = [
            ReplicaElectionResult(
                topic=wanted.topic,
                partition_result=[_result(image, wanted.topic, at) for at in wanted.partitions],
            )
            for wanted in request.topic_partitions
        ]
    return ElectLeadersResponse(replica_election_results=results)


def _result(image: MetadataImage, name: str, index: int) -> PartitionResult:
    topic = image.topic(name)
    if topic is None:
        code, message = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, f"No such topic as {name}"
    elif not 0 <= index < len(topic.partitions):
        code, message = (
            ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
            f"No such partition as {name}-{index}",
        )
    else:
        code, message = (
            ErrorCode.ELECTION_NOT_NEEDED,
            "Leader election not needed for topic partition.",
        )
    return PartitionResult(partition_id=index, error_code=code, error_message=message)


def error_response(
    request: ElectLeadersRequest, code: ErrorCode, message: str | None = None
) -> ElectLeadersResponse:
    """An error of the whole request is also given for every partition: v0 has no other place."""
    results = [
        ReplicaElectionResult(
            topic=wanted.topic,
            partition_result=[
                PartitionResult(partition_id=index, error_code=code, error_message=message)
                for index in wanted.partitions
            ],
        )
        for wanted in request.topic_partitions or ()
    ]
    return ElectLeadersResponse(error_code=code, replica_election_results=results)
