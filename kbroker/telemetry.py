"""Clients' own metrics (KIP-714): what each client is asked for, and where it ends up.

A subscription is a resource of settings: a few metrics, how often, and of which clients. What they
push goes to the topic ``__client_telemetry``, if ``metric.reporters`` names the receiver, which
also makes the broker advertise the two requests: without one Kafka serves them unasked.
The order of checks is that of Kafka's ClientMetricsManager.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from kbroker.clock import Clock
from kbroker.context import RequestContext
from kbroker.java_hashing import hash_map_order, uuid_hash_code
from kbroker.settings.broker_settings import BrokerSettings
from kbroker.settings.client_metrics_settings import Subscription
from wire.errors import ErrorCode, KafkaError
from wire.records.compression import Compression
from wire.records.crc32c import crc32c
from wire.uuids import RESERVED, ZERO_UUID, random_uuid, uuid_to_text

if TYPE_CHECKING:
    from wire.messages.push_telemetry import PushTelemetryRequest

RECEIVER = "kbroker.ClientTelemetry"
TOPIC = "__client_telemetry"
ALL_METRICS = "*"
LONGEST_INTERVAL_MS = 300_000
LEAST_EXPIRY_MS = 60_000
MOST_CLIENTS = 16_384

_UNTOLD_SOFTWARE = ("unknown", "unknown")  # of a client that did not say what it is
# Errors after which a client may ask at once what it is to send.
_ASKS_AGAIN = (ErrorCode.UNKNOWN_SUBSCRIPTION_ID, ErrorCode.UNSUPPORTED_COMPRESSION_TYPE)


class ClientInstance:
    """A client as it is known by its instance id, and what it is to push."""

    __slots__ = (
        "connection", "expires_at_ms", "generation", "last_error", "last_get_ms", "last_push_ms",
        "metrics", "push_interval_ms", "subscription_id", "terminating",
    )  # fmt: skip

    def __init__(
        self, ctx: RequestContext, client_id: bytes, subscriptions: Iterable[Subscription],
        generation: int,
    ) -> None:  # fmt: skip
        known = attributes(ctx, client_id)
        matching = [each for each in subscriptions if each.matches(known)]
        wanted = hash_map_order(
            metric for each in matching for metric in hash_map_order(each.metrics)
        )
        self.metrics = [ALL_METRICS] if ALL_METRICS in wanted else wanted
        intervals_ms = [each.interval_ms for each in matching]
        self.push_interval_ms = min([LONGEST_INTERVAL_MS, *intervals_ms])
        told = f"[{', '.join(self.metrics)}]{self.push_interval_ms}"
        self.subscription_id = _signed(crc32c(told.encode()) ^ uuid_hash_code(client_id))
        self.generation = generation
        self.connection = ctx.connection
        self.last_error = ErrorCode.NONE
        self.last_get_ms = self.last_push_ms = self.expires_at_ms = 0
        self.terminating = False

    def is_gone(self, client_id: bytes) -> bool:
        """With its connection, for which Kafka remembers only the last that became known."""
        return self.connection.closed and self.connection.client_instance_id == client_id

    def may_ask(self, now_ms: int) -> bool:
        """Once an interval, unless its last push told it that it has to ask."""
        if now_ms - max(self.last_get_ms, self.last_push_ms) >= self.push_interval_ms:
            self.last_get_ms = now_ms
            return True
        return self.last_error in _ASKS_AGAIN

    def may_push(self, now_ms: int) -> bool:
        """Once an interval, and right after having asked."""
        asked_since = self.last_get_ms > self.last_push_ms
        if asked_since or now_ms - self.last_push_ms >= self.push_interval_ms:
            self.last_push_ms = now_ms
            return True
        return False


class ClientTelemetry:
    """``subscriptions`` are those of now; ``changed`` has to be called when they are others."""

    def __init__(
        self,
        settings: BrokerSettings,
        clock: Clock,
        subscriptions: Callable[[], Iterable[Subscription]],
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._subscriptions = subscriptions
        self._generation = 0
        self._clients: dict[bytes, ClientInstance] = {}  # the least recently seen first

    @property
    def is_received(self) -> bool:
        return RECEIVER in self._settings.items("metric.reporters")

    def changed(self) -> None:
        self._generation += 1

    def subscribe(self, ctx: RequestContext, client_id: bytes) -> tuple[bytes, ClientInstance]:
        """The client under its id, a new one for the zero id. Raises KafkaError."""
        if client_id == ZERO_UUID:
            client_id = random_uuid()
        now_ms = self._clock.now_ms()
        client = self._client(ctx, client_id, now_ms)
        if not client.may_ask(now_ms):
            raise KafkaError(ErrorCode.THROTTLING_QUOTA_EXCEEDED)
        client.last_error = ErrorCode.NONE
        return client_id, client

    def accept(self, ctx: RequestContext, request: PushTelemetryRequest) -> ClientInstance:
        """The client whose metrics are to be taken. Raises KafkaError."""
        if request.client_instance_id in RESERVED:
            raise KafkaError(ErrorCode.INVALID_REQUEST)
        now_ms = self._clock.now_ms()
        client = self._client(ctx, request.client_instance_id, now_ms)
        client.last_error = self._refusal(client, request, now_ms)
        client.terminating = request.terminating
        if client.last_error:
            raise KafkaError(client.last_error)
        return client

    def _refusal(
        self, client: ClientInstance, request: PushTelemetryRequest, now_ms: int
    ) -> ErrorCode:
        if client.terminating:
            return ErrorCode.INVALID_REQUEST
        if not client.may_push(now_ms) and not request.terminating:
            return ErrorCode.THROTTLING_QUOTA_EXCEEDED
        if request.subscription_id != client.subscription_id:
            return ErrorCode.UNKNOWN_SUBSCRIPTION_ID
        if request.compression_type not in list(Compression):
            return ErrorCode.UNSUPPORTED_COMPRESSION_TYPE
        if len(request.metrics) > self._settings.integer("telemetry.max.bytes"):
            return ErrorCode.TELEMETRY_TOO_LARGE
        return ErrorCode.NONE

    def _client(self, ctx: RequestContext, client_id: bytes, now_ms: int) -> ClientInstance:
        """The one that is known, unless its connection has gone, it was silent for too long, or
        the subscriptions are others by now."""
        client = self._clients.pop(client_id, None)
        if (
            client is None
            or client.is_gone(client_id)
            or now_ms >= client.expires_at_ms
            or client.generation < self._generation
        ):
            client = ClientInstance(ctx, client_id, self._subscriptions(), self._generation)
            ctx.connection.client_instance_id = client_id
        client.expires_at_ms = now_ms + max(LEAST_EXPIRY_MS, 3 * client.push_interval_ms)
        if len(self._clients) >= MOST_CLIENTS:
            del self._clients[next(iter(self._clients))]
        self._clients[client_id] = client
        return client


def attributes(ctx: RequestContext, client_id: bytes) -> dict[str, str | None]:
    """What a subscription can choose clients by, and what tells whose metrics are whose."""
    name, version = ctx.connection.client_software or _UNTOLD_SOFTWARE
    return {
        "client_instance_id": uuid_to_text(client_id),
        "client_id": ctx.client_id,
        "client_software_name": name,
        "client_software_version": version,
        "client_source_address": ctx.connection.client_host,
        "client_source_port": str(ctx.connection.client_port),
    }


def _signed(value: int) -> int:
    return value - (1 << 32) if value >= 1 << 31 else value
