"""Requests and answers as JSON in the form of Kafka's own codec, through kbroker's.

For the comparison with recorded answers, which needs no Java.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from compat_tests.parity.codec import API_KEYS, CodecError
from compat_tests.parity.field_values import camel_case
from compat_tests.parity.script import Json
from wire.api_keys import ApiKey
from wire.codec import decode_prefix
from wire.errors import CorruptBatch, MalformedRequest
from wire.headers import encode_request, response_header_size
from wire.messages import request_class, response_class
from wire.records import Record
from wire.records.batch import MAX_SEQUENCE, Batch, batches
from wire.records.compression import Compression
from wire.schema import Field, Struct
from wire.uuids import uuid_from_text, uuid_to_text

# The names that fields have in Kafka 4.3, where the tables have later ones.
OLD_NAMES = {"TxnOffsetCommit": {"generationId": "generationIdOrMemberEpoch"}}


class OwnCodec:
    """The interface of ``JavaCodec``."""

    def encode(
        self, api: str, version: int, body: Mapping[str, Json], correlation: int, client: str | None
    ) -> bytes:
        """A whole request frame, header included, without its length."""
        renamed = {OLD_NAMES.get(api, {}).get(name, name): value for name, value in body.items()}
        message = _struct_of(request_class(ApiKey(API_KEYS[api])), renamed)
        return encode_request(message, version, correlation, client)[4:]

    def decode(self, api: str, version: int, frame: bytes) -> dict[str, Any]:
        """correlation, body, and what the body did not account for."""
        key = ApiKey(API_KEYS[api])
        start = response_header_size(key, version)
        cls = response_class(key)
        try:
            message = decode_prefix(cls, version, memoryview(frame), start)
        except MalformedRequest as error:
            raise CodecError(f"{api} v{version}: {error}") from None
        flexible = version >= cls.__facts__.first_flexible
        return {
            "correlation": int.from_bytes(frame[:4], "big", signed=True),
            "body": _json_struct(message, version, flexible),
            "rest": 0,
            "unknownTags": 0,
        }

    def close(self) -> None:
        """As a Java process is closed."""


# -- from JSON -----------------------------------------------------------------------------------


@cache
def _fields(cls: type[Struct], version: int | None = None) -> dict[str, Field]:
    """By Kafka's names: those of a version, or all."""
    return {
        camel_case(field.name): field
        for field in cls.__fields__
        if version is None or field.in_version(version)
    }


def _struct_of(cls: type[Struct], body: Mapping[str, Json]) -> Any:
    fields = _fields(cls)
    if unknown := body.keys() - fields.keys():
        raise CodecError(f"{cls.__name__} has no field {min(unknown)}")
    values = {field.name: field.shared_default() for field in cls.__fields__}
    values |= {fields[name].name: _value_of(fields[name], value) for name, value in body.items()}
    return cls(**values)


def _value_of(field: Field, value: Json) -> Any:
    if value is None:
        return None
    if field.kind == "array":
        return [_value_of(field.of, item) for item in value]
    if field.kind == "struct":
        return _struct_of(field.of, value)
    if field.kind == "uuid":
        return uuid_from_text(value)
    return base64.b64decode(value) if field.kind in ("bytes", "records") else value


# -- to JSON -------------------------------------------------------------------------------------


def _json_struct(struct: Any, version: int, flexible: bool) -> dict[str, Json]:
    return {
        name: _json_value(field, value, version, flexible)
        for name, field in _fields(type(struct), version).items()
        for value in [getattr(struct, field.name)]
        if not (flexible and field.tag is not None and value == field.shared_default())
    }


def _json_value(field: Field, value: Any, version: int, flexible: bool) -> Json:
    if value is None:
        return None
    if field.kind == "array":
        return [_json_value(field.of, item, version, flexible) for item in value]
    if field.kind == "struct":
        return _json_struct(value, version, flexible)
    if field.kind == "uuid":
        return uuid_to_text(value)
    if field.kind == "records":
        return _json_records(bytes(value))
    return _base64(value) if field.kind == "bytes" else value


def _json_records(data: bytes) -> dict[str, Json]:
    found: list[Json] = []
    whole = 0
    for batch in batches(data):
        whole += batch.size
        found.append(_json_batch(batch))
    return {
        "size": len(data),
        "bytes": _base64(data),
        "batches": found,
        "partial": len(data) - whole,
    }


def _json_batch(batch: Batch) -> dict[str, Json]:
    found: list[Json] = []
    unreadable: dict[str, Json] = {}
    try:
        found += _json_of_each(batch)
    except CorruptBatch as error:
        unreadable = {"unreadable": str(error)}
    types = ("NoTimestampType",) if batch.magic == 0 else ("CreateTime", "LogAppendTime")
    return {
        "baseOffset": batch.base_offset,
        "lastOffset": batch.last_offset,
        "magic": batch.magic,
        "compression": Compression(batch.compression).name.lower(),
        "valid": batch.is_valid(),
        "partitionLeaderEpoch": batch.partition_leader_epoch,
        "timestampType": types[batch.timestamp_type if batch.magic else 0],
        "maxTimestamp": batch.max_timestamp,
        "producerId": batch.producer_id,
        "producerEpoch": batch.producer_epoch,
        "baseSequence": batch.base_sequence,
        "lastSequence": batch.last_sequence,
        "transactional": batch.is_transactional,
        "control": batch.is_control,
        "records": found,
    } | unreadable


def _json_of_each(batch: Batch) -> Iterator[dict[str, Json]]:
    for record in batch.records():
        delta = record.offset - batch.base_offset
        yield {
            "offset": record.offset,
            "timestamp": record.timestamp,
            "sequence": (batch.base_sequence + delta) & MAX_SEQUENCE
            if batch.base_sequence >= 0
            else -1,
            "key": _base64(record.key),
            "value": _base64(record.value),
            "headers": _headers(record),
        }


def _headers(record: Record) -> list[Json]:
    return [{"key": name, "value": _base64(value)} for name, value in record.headers]


def _base64(data: bytes | memoryview | None) -> str | None:
    return None if data is None else base64.b64encode(data).decode()
