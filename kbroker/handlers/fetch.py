"""Fetch: records from an offset on, when there are enough of them or the client's wait ends.

Versions before 7 know no sessions; v13 names topics by id. Left out: preferred read replicas
(KIP-392); a follower is told NOT_LEADER_OR_FOLLOWER, since no partition has one.
"""

from __future__ import annotations

from collections.abc import Collection

from kbroker.context import RequestContext
from kbroker.metadata.image import MetadataImage
from kbroker.pending import Pending
from kbroker.replicas.fetch_sessions import (
    INITIAL_EPOCH,
    NO_SESSION,
    FetchedPartition,
    FetchSession,
    Key,
)
from kbroker.replicas.fetcher import Fetcher, Reads
from kbroker.replicas.partition_read import PartitionRead, check_isolation_level
from kbroker.replicas.replica_manager import ReplicaManager
from wire.errors import ErrorCode, KafkaError
from wire.integers import MAX_INT32
from wire.messages.fetch import (
    AbortedTransaction,
    EpochEndOffset,
    FetchableTopicResponse,
    FetchRequest,
    FetchResponse,
    FetchTopic,
    LeaderIdAndEpoch,
    NodeEndpoint,
    PartitionData,
)
from wire.schema import first_version_of
from wire.uuids import ZERO_UUID

TOPIC_IDS_SINCE = first_version_of(FetchTopic, "topic_id")
DIVERGING_EPOCH_SINCE = first_version_of(PartitionData, "diverging_epoch")
CURRENT_LEADER_SINCE = first_version_of(FetchResponse, "node_endpoints")
SESSIONS_OF_A_CACHE = MAX_INT32 // 8  # Kafka has 8, and fails for an id that belongs to none
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
    now_ms = ctx.node.clock.monotonic_ms()
    wanted = _wanted(request, ctx.api_version >= TOPIC_IDS_SINCE)
    try:
        session = _session(ctx, request, wanted, now_ms)
    except KafkaError as error:
        return FetchResponse(error_code=error.code, responses=[])
    if session is not None:
        wanted = list(session.partitions.values())
    readable, missing = _resolved(replicas, wanted)
    if readable:  # without any, Kafka does not come to look
        check_isolation_level(request.isolation_level)

    def respond(reads: Reads) -> FetchResponse:
        for fetched, code in missing:
            reads.append((fetched, PartitionRead(code, aborted_transactions=[])))
        return _respond(ctx, request, session, reads)

    fetcher = Fetcher(
        readable,
        min(request.max_bytes, ctx.node.settings.integer("fetch.max.bytes")),
        request.min_bytes,
        request.isolation_level,
        _is_by_follower(request),
        respond,
    )
    response = fetcher.attempt(at_once=request.max_wait_ms <= 0 or not readable)
    if response is not None:
        return response
    watched = [fetched.hosted for fetched in readable if fetched.hosted is not None]
    replicas.purgatory.park(fetcher, watched, now_ms + request.max_wait_ms)
    return fetcher.pending


def _is_by_follower(request: FetchRequest) -> bool:
    return max(request.replica_id, request.replica_state.replica_id) >= 0


def _wanted(request: FetchRequest, uses_topic_ids: bool) -> list[FetchedPartition]:
    """In order; of a partition that comes twice the last mention counts."""
    wanted: dict[Key, FetchedPartition] = {}
    for topic in request.topics:
        name = topic.topic_id if uses_topic_ids else topic.topic
        for partition in topic.partitions:
            wanted[name, partition.partition] = FetchedPartition(
                name,
                partition.partition,
                partition.fetch_offset,
                partition.partition_max_bytes,
                partition.current_leader_epoch,
                partition.last_fetched_epoch,
            )
    return list(wanted.values())


def _session(
    ctx: RequestContext, request: FetchRequest, wanted: list[FetchedPartition], now_ms: float
) -> FetchSession | None:
    """Raises KafkaError for a session that cannot be continued."""
    uses_topic_ids = ctx.api_version >= TOPIC_IDS_SINCE
    forgotten: list[Key] = [
        (topic.topic_id if uses_topic_ids else topic.topic, index)
        for topic in request.forgotten_topics_data
        for index in topic.partitions
    ]
    return ctx.node.replicas.fetch_sessions.continued(
        request.session_id, request.session_epoch, uses_topic_ids, wanted, forgotten, now_ms
    )


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
    if not missing:
        return readable, missing
    missing.sort(key=lambda one: one[1] is not ErrorCode.UNKNOWN_TOPIC_ID)  # as Kafka orders them
    if any(fetched.topic == ZERO_UUID for fetched, _ in missing[:-1]):
        # Kafka fails where it compares one that has neither id nor name with the next.
        raise KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR)
    return readable, missing


def _resolve(replicas: ReplicaManager, fetched: FetchedPartition) -> ErrorCode | None:
    """Finds the partition anew where that is needed; the code to tell when it is not there.

    A session keeps the name of a topic that was deleted, so its id is no unknown one; and a topic
    that has the name by now is found, if under the wrong id.
    """
    before = fetched.hosted
    if before is not None and not before.deleted:
        return None
    found = replicas.find(fetched.topic, fetched.index)
    fetched.has_other_id = found is None
    if found is None and before is not None:
        found = replicas.find(before.log.topic, fetched.index)
    if found is not None:
        fetched.hosted = found
        return None
    if before is not None:
        return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    return replicas.missing(fetched.topic, fetched.index)


def _respond(
    ctx: RequestContext, request: FetchRequest, session: FetchSession | None, reads: Reads
) -> FetchResponse:
    """The whole answer to a full request, only the news to an incremental one."""
    if session is not None:
        news = _news(session, reads)
        return _answer(ctx, request, session.id, news)
    session_id = NO_SESSION
    if request.session_epoch == INITIAL_EPOCH:
        for fetched, read in reads:
            fetched.is_news(read)
        session_id = ctx.node.replicas.fetch_sessions.open(
            [fetched for fetched, _ in reads],
            ctx.api_version >= TOPIC_IDS_SINCE,
            _is_by_follower(request),
            ctx.node.clock.monotonic_ms(),
        )
    return _answer(ctx, request, session_id, reads)


def _news(session: FetchSession, reads: Reads) -> Reads:
    news = [(fetched, read) for fetched, read in reads if fetched.is_news(read)]
    for fetched, read in news:
        if read.records:
            session.move_to_end(fetched)
    return news


def _answer(
    ctx: RequestContext, request: FetchRequest, session_id: int, reads: Reads
) -> FetchResponse:
    """Neighbours of one topic share an entry, as in Kafka's ``FetchResponse.toMessage``."""
    is_old = ctx.api_version < DIVERGING_EPOCH_SINCE
    if is_old and any(read.diverging_epoch is not None for _, read in reads):
        # A newer request has begun the session. Kafka cannot tell the epoch, and fails.
        return error_response(request, ErrorCode.UNSUPPORTED_VERSION)
    image = ctx.node.metadata.image
    tells_leaders = ctx.api_version >= CURRENT_LEADER_SINCE
    leader_ids: set[int] = set()
    topics: list[FetchableTopicResponse] = []
    current: str | bytes | None = None
    for fetched, read in reads:
        if fetched.topic != current:
            current = fetched.topic
            name = {"topic_id": current} if isinstance(current, bytes) else {"topic": current}
            topics.append(FetchableTopicResponse(partitions=[], **name))
        data = _data(fetched.index, read)
        if tells_leaders and read.error_code in MISLED:
            data.current_leader = _leader(image, fetched)
            leader_ids.add(data.current_leader.leader_id)
        topics[-1].partitions.append(data)
    response = FetchResponse(session_id=session_id, responses=topics)
    if leader_ids and not _is_by_follower(request):  # which knows addresses from its metadata
        response.node_endpoints = _endpoints(ctx, image, leader_ids)
    return response


def _data(index: int, read: PartitionRead) -> PartitionData:
    aborted = read.aborted_transactions
    data = PartitionData(
        partition_index=index,
        error_code=read.error_code,
        high_watermark=read.high_watermark,
        last_stable_offset=read.last_stable_offset,
        log_start_offset=read.log_start_offset,
        aborted_transactions=None
        if aborted is None
        else [AbortedTransaction(producer_id=one[0], first_offset=one[1]) for one in aborted],
        records=read.records,
    )
    if read.diverging_epoch is not None:
        epoch, end_offset = read.diverging_epoch
        data.diverging_epoch = EpochEndOffset(epoch=epoch, end_offset=end_offset)
    return data


def _leader(image: MetadataImage, fetched: FetchedPartition) -> LeaderIdAndEpoch:
    """The current leader, for a client at the wrong broker or with an old epoch (KIP-951)."""
    hosted = fetched.hosted
    assert hosted is not None
    leader = image.leader(hosted.log.topic, fetched.index)
    return LeaderIdAndEpoch(
        leader_id=-1 if leader is None else leader.broker_id, leader_epoch=hosted.leader_epoch
    )


def _endpoints(
    ctx: RequestContext, image: MetadataImage, broker_ids: Collection[int]
) -> list[NodeEndpoint]:
    endpoints = []
    for broker in image.live_brokers:
        if broker.broker_id in broker_ids:
            host, port = ctx.node.advertised_addresses.choose(broker, ctx.connection)
            endpoints.append(
                NodeEndpoint(node_id=broker.broker_id, host=host, port=port, rack=broker.rack)
            )
    return endpoints


def error_response(request: FetchRequest, code: ErrorCode) -> FetchResponse:
    return _failed_whole(request, code, by_name=any(topic.topic for topic in request.topics))


def _failed_whole(request: FetchRequest, code: ErrorCode, *, by_name: bool) -> FetchResponse:
    """Before v13 each partition has the error as well; v6 and older have no other place."""
    failed = PartitionRead(code, aborted_transactions=[])
    topics = [
        FetchableTopicResponse(
            topic=topic.topic,
            partitions=[_data(wanted.partition, failed) for wanted in topic.partitions],
        )
        for topic in request.topics
        if by_name
    ]
    return FetchResponse(error_code=code, session_id=request.session_id, responses=topics)
