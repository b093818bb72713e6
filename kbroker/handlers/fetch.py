"""Fetch: records from an offset on, when there are enough of them or the client's patience ends.

Versions before 7 know no sessions; v13 names topics by id. Left out: preferred read replicas
(KIP-392); a follower is told NOT_LEADER_OR_FOLLOWER, since no partition has one.
"""

from __future__ import annotations

from collections.abc import Iterable

from kbroker.context import RequestContext
from kbroker.pending import Pending
from kbroker.replicas.fetch_sessions import (
    INITIAL_EPOCH,
    NO_SESSION,
    TOPIC_IDS_SINCE,
    FetchedPartition,
    FetchSession,
    requested_partitions,
)
from kbroker.replicas.fetcher import Fetcher, Results, check_isolation_level, failed
from kbroker.replicas.replica_manager import ReplicaManager
from wire.errors import ErrorCode, KafkaError
from wire.messages.fetch import (
    FetchableTopicResponse,
    FetchRequest,
    FetchResponse,
    LeaderIdAndEpoch,
    PartitionData,
)
from wire.schema import ZERO_UUID

CURRENT_LEADER_SINCE = 16
SESSIONS_OF_A_CACHE = (2**31 - 1) // 8  # Kafka has 8, and fails for an id that belongs to none
Missing = list[tuple[FetchedPartition, ErrorCode]]
MISLED = (ErrorCode.NOT_LEADER_OR_FOLLOWER, ErrorCode.FENCED_LEADER_EPOCH)


def handle(ctx: RequestContext, request: FetchRequest) -> FetchResponse | Pending[FetchResponse]:
    try:
        return _fetch(ctx, request)
    except KafkaError as error:
        return _failed_whole(request, error.code, by_name=ctx.api_version < TOPIC_IDS_SINCE)


def _fetch(ctx: RequestContext, request: FetchRequest) -> FetchResponse | Pending[FetchResponse]:
    if not -SESSIONS_OF_A_CACHE < request.session_id < 8 * SESSIONS_OF_A_CACHE:
        raise KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR)
    replicas = ctx.node.replicas
    uses_ids = ctx.api_version >= TOPIC_IDS_SINCE
    now_ms = ctx.node.clock.monotonic_ms()
    try:
        session = replicas.fetch_sessions.continued(request, uses_ids, now_ms)
    except KafkaError as error:
        return FetchResponse(error_code=error.code, responses=[])
    if session is not None:
        wanted = list(session.partitions.values())
    else:
        wanted = requested_partitions(request, uses_ids)
    readable, missing = _resolved(replicas, wanted)
    if readable:  # without any, Kafka does not come to look
        check_isolation_level(request.isolation_level)

    def respond(results: Results) -> FetchResponse:
        if ctx.api_version >= CURRENT_LEADER_SINCE:
            _tell_leaders(ctx, results)
        results += [(fetched, failed(fetched.index, code)) for fetched, code in missing]
        return _respond(ctx, request, session, results)

    fetcher = Fetcher(
        readable,
        min(request.max_bytes, ctx.node.settings.integer("fetch.max.bytes")),
        request.min_bytes,
        request.isolation_level,
        max(request.replica_id, request.replica_state.replica_id) >= 0,
        respond,
    )
    response = fetcher.attempt(at_once=request.max_wait_ms <= 0 or not readable)
    if response is not None:
        return response
    watched = [fetched.hosted for fetched in readable if fetched.hosted is not None]
    replicas.purgatory.park(fetcher, watched, now_ms + request.max_wait_ms)
    return fetcher.pending


def _resolved(
    replicas: ReplicaManager, wanted: list[FetchedPartition]
) -> tuple[list[FetchedPartition], Missing]:
    """Those that are here, and the codes of those that are not. Raises KafkaError."""
    readable: list[FetchedPartition] = []
    missing: Missing = []
    for fetched in wanted:
        code = _resolve(replicas, fetched)
        if code is None:
            readable.append(fetched)
        else:
            missing.append((fetched, code))
    missing.sort(key=lambda one: one[1] is not ErrorCode.UNKNOWN_TOPIC_ID)  # Kafka tells them first
    if any(fetched.topic == ZERO_UUID for fetched, _ in missing[:-1]):
        # Kafka fails where it compares one that has neither id nor name with the next.
        raise KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR)
    return readable, missing


def _resolve(replicas: ReplicaManager, fetched: FetchedPartition) -> ErrorCode | None:
    """Finds the partition anew where that is needed; the code to tell when it is not there."""
    if fetched.hosted is not None and not fetched.hosted.deleted:
        return None
    found = replicas.find(fetched.topic, fetched.index)
    if found is not None:
        fetched.hosted = found
        return None
    if fetched.hosted is not None:
        # A session keeps the name of a topic that was deleted, so its id is no unknown one.
        return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    return replicas.missing(fetched.topic)


def _tell_leaders(ctx: RequestContext, results: Results) -> None:
    """Whoever came to the wrong node, or with an old epoch, is told the right one (KIP-951)."""
    for fetched, data in results:
        if data.error_code in MISLED and fetched.hosted is not None:
            data.current_leader = LeaderIdAndEpoch(
                leader_id=ctx.node.node_id, leader_epoch=fetched.hosted.leader_epoch
            )


def _respond(
    ctx: RequestContext, request: FetchRequest, session: FetchSession | None, results: Results
) -> FetchResponse:
    """The whole answer to a full request, only the news to an incremental one."""
    if session is not None:
        return FetchResponse(session_id=session.id, responses=_by_topic(_news(session, results)))
    session_id = NO_SESSION
    if request.session_epoch == INITIAL_EPOCH:
        for fetched, data in results:
            fetched.is_news(data)
        session_id = ctx.node.replicas.fetch_sessions.open(
            (fetched for fetched, _ in results),
            ctx.api_version >= TOPIC_IDS_SINCE,
            ctx.node.clock.monotonic_ms(),
        )
    return FetchResponse(session_id=session_id, responses=_by_topic(results))


def _news(session: FetchSession, results: Results) -> Results:
    news = [(fetched, data) for fetched, data in results if fetched.is_news(data)]
    for fetched, data in news:
        if data.records:
            session.move_to_end(fetched)
    return news


def _by_topic(
    results: Iterable[tuple[FetchedPartition, PartitionData]],
) -> list[FetchableTopicResponse]:
    """Neighbours of one topic share an entry, as in Kafka's ``FetchResponse.toMessage``."""
    topics: list[FetchableTopicResponse] = []
    current: str | bytes | None = None
    for fetched, data in results:
        if fetched.topic != current:
            current = fetched.topic
            name = {"topic_id": current} if isinstance(current, bytes) else {"topic": current}
            topics.append(FetchableTopicResponse(partitions=[], **name))
        topics[-1].partitions.append(data)
    return topics


def error_response(request: FetchRequest, code: ErrorCode) -> FetchResponse:
    return _failed_whole(request, code, by_name=any(topic.topic for topic in request.topics))


def _failed_whole(request: FetchRequest, code: ErrorCode, *, by_name: bool) -> FetchResponse:
    """Before v13 each partition is told as well, which is all that v6 and older have."""
    topics = [
        FetchableTopicResponse(
            topic=topic.topic,
            partitions=[failed(wanted.partition, code) for wanted in topic.partitions],
        )
        for topic in request.topics
        if by_name
    ]
    return FetchResponse(error_code=code, session_id=request.session_id, responses=topics)
