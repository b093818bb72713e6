"""Produce: appends one batch to each of some partitions.

v3 to v13. Before v13 topics go by name; v8 and later name the records at fault (KIP-467). With
acks=0 nothing is answered, and a failure closes the connection, which is all the client can see.
Since v12 writing takes a partition into the producer's transaction; before, it must be in there,
which v11 and later may be told by TRANSACTION_ABORTABLE (KIP-890).
"""

from __future__ import annotations

from collections.abc import Mapping

from kbroker.context import CloseConnection, RequestContext
from kbroker.handlers.transactional_writes import Place, refusal, refusals, support_of
from kbroker.held_answers import Answer
from kbroker.metadata.image import INTERNAL_TOPICS
from kbroker.pending import Pending
from kbroker.replicas.partition import Partition
from kbroker.replicas.storage_errors import REFUSALS, UNCHECKED, error_code
from storage import AppendOrigin, InvalidRecord, NotOneBatch, only_batch
from wire.errors import CorruptBatch, ErrorCode, KafkaError
from wire.messages.produce import (
    BatchIndexAndErrorMessage,
    PartitionProduceData,
    PartitionProduceResponse,
    ProduceRequest,
    ProduceResponse,
    TopicProduceData,
    TopicProduceResponse,
)
from wire.primitives import INT32
from wire.records.batch import (
    ATTRIBUTES_LOW_BYTE,
    COMPRESSION_MASK,
    LOG_OVERHEAD,
    MAGIC_POSITION,
    NEWEST_MAGIC,
    TRANSACTIONAL_MASK,
    Buffer,
    batch_size,
)
from wire.records.compression import LAST_CODEC, Compression
from wire.schema import first_version_of

TOPIC_IDS_SINCE = first_version_of(TopicProduceData, "topic_id")
ZSTD_SINCE = 7
ADMIN_CLIENT_ID = "__admin_client"  # the only one that may write to internal topics
LEAST_RECORD_BYTES = 14  # of the oldest format

Mentions = list[tuple[Place, PartitionProduceData]]
Wanted = dict[Place, PartitionProduceData]
Results = dict[Place, PartitionProduceResponse]
Uncommitted = dict[Partition, PartitionProduceResponse]  # what is appended, not acknowledged


def handle(ctx: RequestContext, request: ProduceRequest) -> Answer[ProduceResponse]:
    uses_ids = ctx.api_version >= TOPIC_IDS_SINCE
    mentions: Mentions = [
        ((topic.topic_id if uses_ids else topic.name, data.index), data)
        for topic in request.topic_data
        for data in topic.partition_data
    ]
    if error := _whole_request_error(ctx, request.transactional_id, mentions):
        return _all_failed(request, error.code, error.message)
    # Of a topic or partition that comes twice only the last one counts, as in Kafka's maps.
    wanted = dict(mentions)
    invalid: Results = {}
    failures: Results = {}
    if len(wanted) < len(mentions) or request.transactional_id is not None:
        wanted, invalid = _valid_mentions(ctx, mentions)
    if request.transactional_id is not None:
        try:
            refused = _refused_by_transaction(ctx, request.transactional_id, wanted)
        except KafkaError as error:
            return _all_failed(request, error.code, error.message)
        for place, cause in refused.items():
            failures[place] = _failed(place[1], cause.code, cause.message)
    if ctx.node.held_answers.uncommitted.needs:
        return _append_after_commit(ctx, request, wanted, failures, invalid)
    return _append_all(ctx, request, wanted, failures, invalid)


def _append_after_commit(
    ctx: RequestContext, request: ProduceRequest, wanted: Wanted, refused: Results, invalid: Results
) -> Answer[ProduceResponse]:
    """The partitions must be in the transaction on disk before a record of it is. Meanwhile the
    records are copied, as they lie in the buffer that others are received into."""
    for data in wanted.values():
        data.records = bytes(data.records)

    def refuse(code: ErrorCode) -> ProduceResponse | None:
        error = refusal(code, support_of(ctx.api_version))
        return _all_failed(request, error.code, error.message)

    return ctx.node.held_answers.after_commit(
        lambda: _append_all(ctx, request, wanted, refused, invalid), refuse
    )


def _append_all(
    ctx: RequestContext, request: ProduceRequest, wanted: Wanted, refused: Results, invalid: Results
) -> Answer[ProduceResponse]:
    uncommitted: Uncommitted = {}
    results = {
        place: refused.get(place) or _append(ctx, place[0], data, request.acks, uncommitted)
        for place, data in wanted.items()
    }
    results |= invalid
    if request.acks == 0:
        if any(result.error_code for result in results.values()):
            raise CloseConnection("a produce request with acks=0 failed")
        return None
    if uncommitted:
        return _acknowledged_later(ctx, request.timeout_ms, results, uncommitted)
    return _answer(results)


def _acknowledged_later(
    ctx: RequestContext, timeout_ms: int, results: Results, uncommitted: Uncommitted
) -> Pending[ProduceResponse]:
    """Once everything is committed, or with an error for what is late (Kafka's DelayedProduce).

    With acks=1 as well: on one node what is not committed may be lost with a power failure.
    """
    pending: Pending[ProduceResponse] = Pending()

    def acknowledge(failed: Mapping[Partition, ErrorCode]) -> None:
        for partition, code in failed.items():
            uncommitted[partition].error_code = code
        pending.complete(_answer(results))

    ctx.node.replicas.when_all_committed(uncommitted, timeout_ms, acknowledge)
    return pending


def _answer(results: Results) -> ProduceResponse:
    topics: dict[str | bytes, list[PartitionProduceResponse]] = {}
    for (topic, _), result in results.items():
        topics.setdefault(topic, []).append(result)
    return ProduceResponse(
        responses=[_topic_response(topic, partitions) for topic, partitions in topics.items()]
    )


def _whole_request_error(
    ctx: RequestContext, transactional_id: str | None, mentions: Mentions
) -> KafkaError | None:
    for _, data in mentions:
        if error := _unreadable(data.records):
            return error
        if _attributes(data.records) & TRANSACTIONAL_MASK:
            if transactional_id is None:
                return KafkaError(ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED)
            break
    if ctx.api_version < ZSTD_SINCE and any(_is_unreadable(ctx, *one) for one in mentions):
        return KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR)
    return None


def _is_unreadable(ctx: RequestContext, place: Place, data: PartitionProduceData) -> bool:
    """Kafka meets a codec that it does not know while it looks for zstd, and is not prepared."""
    codec = _attributes(data.records) & COMPRESSION_MASK
    if codec <= LAST_CODEC or ctx.node.replicas.find(*place) is None:
        return False
    return batch_size(data.records) is not None


def _valid_mentions(ctx: RequestContext, mentions: Mentions) -> tuple[Wanted, Results]:
    """What is written of partitions that come more than once, and what is answered all the same:
    a mention that is no batch does not keep another from being written, but from being told. It
    does not count in transactions, either."""
    wanted: Wanted = {}
    invalid: Results = {}
    for place, data in mentions:
        try:
            if ctx.node.replicas.find(*place) is not None:
                _check_form(ctx, data.records)
            wanted[place] = data
        except KafkaError as error:
            invalid[place] = _failed(data.index, error.code)
        except (NotOneBatch, CorruptBatch) as error:
            invalid[place] = _failed(data.index, error_code(error))
    return wanted, invalid


def _refused_by_transaction(
    ctx: RequestContext, transactional_id: str, wanted: Wanted
) -> dict[Place, KafkaError]:
    transactional = {
        place: data
        for place, data in wanted.items()
        if _attributes(data.records) & TRANSACTIONAL_MASK and ctx.node.replicas.find(*place)
    }
    return refusals(ctx, transactional_id, transactional) if transactional else {}


def _unreadable(records: Buffer | None) -> KafkaError | None:
    """Kafka looks for a transactional batch before anything else, and whatever keeps it from
    looking fails all partitions, in the words of ByteBufferLogInputStream."""
    if records is None:
        raise CloseConnection("a produce request whose records are null")
    if len(records) >= LOG_OVERHEAD:
        (length,) = INT32.unpack_from(records, 8)
        if length < LEAST_RECORD_BYTES:
            return KafkaError(
                ErrorCode.CORRUPT_MESSAGE,
                f"Record size {length} is less than the minimum record overhead "
                f"({LEAST_RECORD_BYTES})",
            )
    if len(records) > MAGIC_POSITION and records[MAGIC_POSITION] > NEWEST_MAGIC:
        return KafkaError(
            ErrorCode.CORRUPT_MESSAGE, f"Invalid magic found in record: {records[MAGIC_POSITION]}"
        )
    return None


def _append(
    ctx: RequestContext,
    topic: str | bytes,
    data: PartitionProduceData,
    acks: int,
    uncommitted: Uncommitted,
) -> PartitionProduceResponse:
    node = ctx.node
    partition = node.replicas.find(topic, data.index)
    if partition is None:
        return _failed(data.index, node.replicas.missing(topic, data.index))
    log = partition.log
    try:
        _check(ctx, log.topic, data.records, acks)
        info = partition.append(data.records, node.clock.now_ms(), AppendOrigin.CLIENT)
    except KafkaError as error:
        return _failed(data.index, error.code)
    except REFUSALS as error:
        return _refused(data.index, error, log.log_start_offset)
    response = PartitionProduceResponse(
        index=data.index,
        error_code=0,
        base_offset=info.first_offset,
        log_append_time_ms=info.log_append_time_ms,
        log_start_offset=info.log_start_offset,
    )
    if partition.high_watermark <= info.last_offset:
        uncommitted[partition] = response
    return response


def _check(ctx: RequestContext, topic: str, records: Buffer, acks: int) -> None:
    """What Kafka refuses before it looks into the batch, in its order."""
    code = None
    if acks not in (-1, 0, 1):
        code = ErrorCode.INVALID_REQUIRED_ACKS
    elif topic.startswith("__") and topic in INTERNAL_TOPICS and ctx.client_id != ADMIN_CLIENT_ID:
        code = ErrorCode.INVALID_TOPIC_EXCEPTION
    if code is not None or ctx.api_version < ZSTD_SINCE:
        _check_form(ctx, records)
    if code is not None:
        raise KafkaError(code)


def _check_form(ctx: RequestContext, records: Buffer) -> None:
    """Kafka's ProduceRequest.validateRecords; the log looks for what is no batch by itself, too."""
    if ctx.api_version < ZSTD_SINCE and _attributes(records) & COMPRESSION_MASK == Compression.ZSTD:
        raise KafkaError(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE)
    only_batch(records)


def _attributes(records: Buffer) -> int:
    """The attributes of a batch; 0 for what is none, which is refused later."""
    is_batch = len(records) > ATTRIBUTES_LOW_BYTE and records[MAGIC_POSITION] == NEWEST_MAGIC
    return records[ATTRIBUTES_LOW_BYTE] if is_batch else 0


def _refused(index: int, error: Exception, log_start_offset: int) -> PartitionProduceResponse:
    """Kafka tells the log's start once the batch got as far as the checks of its records, and a
    text only where it names the records at fault."""
    response = _failed(index, error_code(error))
    if not isinstance(error, UNCHECKED):
        response.log_start_offset = log_start_offset
    if isinstance(error, InvalidRecord) and error.record_errors:
        response.error_message = str(error)
        response.record_errors = [
            BatchIndexAndErrorMessage(batch_index=position, batch_index_error_message=text)
            for position, text in error.record_errors
        ]
    return response


def _failed(index: int, code: ErrorCode, message: str | None = None) -> PartitionProduceResponse:
    return PartitionProduceResponse(
        index=index, error_code=code, base_offset=-1, error_message=message
    )


def _topic_response(
    topic: str | bytes, partitions: list[PartitionProduceResponse]
) -> TopicProduceResponse:
    if isinstance(topic, bytes):
        return TopicProduceResponse(topic_id=topic, partition_responses=partitions)
    return TopicProduceResponse(name=topic, partition_responses=partitions)


def error_response(request: ProduceRequest, code: ErrorCode) -> ProduceResponse | None:
    return _all_failed(request, code, None)


def _all_failed(
    request: ProduceRequest, code: ErrorCode, message: str | None
) -> ProduceResponse | None:
    if request.acks == 0:
        raise CloseConnection(f"a produce request with acks=0 failed: {code.name}")
    # As above: each topic and each partition once, and no topic without any.
    indexes: dict[tuple[str, bytes], dict[int, PartitionProduceResponse]] = {}
    for topic in request.topic_data:
        for data in topic.partition_data:
            results = indexes.setdefault((topic.name, topic.topic_id), {})
            results[data.index] = _failed(data.index, code, message)
    return ProduceResponse(
        responses=[
            TopicProduceResponse(
                name=name, topic_id=topic_id, partition_responses=list(results.values())
            )
            for (name, topic_id), results in indexes.items()
        ]
    )
