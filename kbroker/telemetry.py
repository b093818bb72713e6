"""Clients' own metrics (KIP-714): what each client is asked for, and when it may push.

A subscription is a resource of settings: which metrics, how often, of which clients. If
``metric.reporters`` names the receiver, pushed metrics are written to the topic
``__client_telemetry``, and ApiVersions lists the two APIs. Without a receiver they are served but
not listed, as in Kafka. The order of checks is that of Kafka's ClientMetricsManager.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from kbroker.clock import Clock
from kbroker.connection_info import ConnectionInfo
from kbroker.java_hashing import hash_map_order, uuid_hash_code
from kbroker.metadata.image import MetadataImage
from kbroker.settings.broker_settings import BrokerSettings
from kbroker.settings.client_metrics_settings import Subscription, subscription
from kbroker.settings.resources import CLIENT_METRICS
from wire.errors import ErrorCode, KafkaError
from wire.records.compression import Compression
from wire.records.crc32c import crc32c
from wire.uuids import RESERVED, ZERO_UUID, random_uuid, uuid_to_text

RECEIVER = "kbroker.ClientTelemetry"
TOPIC = "__client_telemetry"
ALL_METRICS = "*"
LONGEST_INTERVAL_MS = 300_000
LEAST_EXPIRY_MS = 60_000
MOST_CLIENTS = 16_384

_UNKNOWN_SOFTWARE = ("unknown", "unknown")  # of a client that does not name its software
# Errors after which a client may ask for its subscription at once.
_ASKS_AGAIN = (ErrorCode.UNKNOWN_SUBSCRIPTION_ID, ErrorCode.UNSUPPORTED_COMPRESSION_TYPE)


class Client(NamedTuple):
    """A client: its connection, the client id of its requests, its instance id."""

    connection: ConnectionInfo
    client_id: str | None
    instance_id: bytes

    def attributes(self) -> dict[str, str | None]:
        """What a subscription matches clients by, and what identifies the owner of metrics."""
        name, version = self.connection.client_software or _UNKNOWN_SOFTWARE
        return {
            "client_instance_id": uuid_to_text(self.instance_id),
            "client_id": self.client_id,
            "client_software_name": name,
            "client_software_version": version,
            "client_source_address": self.connection.client_host,
            "client_source_port": str(self.connection.client_port),
        }


class Push(NamedTuple):
    """The fields of a push beside the metrics; ``size`` is compressed, in bytes."""

    subscription_id: int
    terminating: bool
    compression_type: int
    size: int


class ClientInstance:
    """A client instance, and what it is asked to push."""

    __slots__ = (
        "connection", "expires_at_ms", "generation", "last_error", "last_get_ms", "last_push_ms",
        "metrics", "push_interval_ms", "subscription_id", "terminating",
    )  # fmt: skip

    def __init__(
        self, client: Client, subscriptions: Iterable[Subscription], generation: int
    ) -> None:
        attributes = client.attributes()
        matching = [each for each in subscriptions if each.matches(attributes)]
        wanted = hash_map_order(
            metric for each in matching for metric in hash_map_order(each.metrics)
        )
        self.metrics = [ALL_METRICS] if ALL_METRICS in wanted else wanted
        intervals_ms = [each.interval_ms for each in matching]
        self.push_interval_ms = min([LONGEST_INTERVAL_MS, *intervals_ms])
        text = f"[{', '.join(self.metrics)}]{self.push_interval_ms}"
        hashed = crc32c(text.encode()) ^ uuid_hash_code(client.instance_id)
        self.subscription_id = _signed(hashed)
        self.generation = generation
        self.connection = client.connection
        self.last_error = ErrorCode.NONE
        self.last_get_ms = self.last_push_ms = self.expires_at_ms = 0
        self.terminating = False

    def is_gone(self, instance_id: bytes) -> bool:
        """Whether its connection has closed. Of a connection Kafka keeps only the last instance."""
        return self.connection.closed and self.connection.client_instance_id == instance_id

    def may_ask(self, now_ms: int) -> bool:
        """Once an interval; at once after a push whose error asks for it."""
        if now_ms - max(self.last_get_ms, self.last_push_ms) >= self.push_interval_ms:
            self.last_get_ms = now_ms
            return True
        return self.last_error in _ASKS_AGAIN

    def may_push(self, now_ms: int) -> bool:
        """Once an interval, and once after each request for the subscription."""
        asked_since = self.last_get_ms > self.last_push_ms
        if asked_since or now_ms - self.last_push_ms >= self.push_interval_ms:
            self.last_push_ms = now_ms
            return True
        return False


class ClientTelemetry:
    """The known client instances. ``image`` returns the current metadata image."""

    def __init__(
        self, settings: BrokerSettings, clock: Clock, image: Callable[[], MetadataImage]
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._image = image
        self._generation = 0
        self._clients: dict[bytes, ClientInstance] = {}  # the least recently seen first

    @property
    def is_received(self) -> bool:
        return RECEIVER in self._settings.items("metric.reporters")

    def subscriptions_changed(self) -> None:
        self._generation += 1

    def subscribe(self, client: Client) -> tuple[bytes, ClientInstance]:
        """The instance under its id, a new one for the zero id. Raises KafkaError."""
        if client.instance_id == ZERO_UUID:
            client = client._replace(instance_id=random_uuid())
        now_ms = self._clock.now_ms()
        instance = self._instance(client, now_ms)
        if not instance.may_ask(now_ms):
            raise KafkaError(ErrorCode.THROTTLING_QUOTA_EXCEEDED)
        instance.last_error = ErrorCode.NONE
        return client.instance_id, instance

    def accept(self, client: Client, push: Push) -> ClientInstance:
        """The instance of a push that is accepted. Raises KafkaError where it is refused."""
        if client.instance_id in RESERVED:
            raise KafkaError(ErrorCode.INVALID_REQUEST)
        now_ms = self._clock.now_ms()
        instance = self._instance(client, now_ms)
        instance.last_error = self._refusal(instance, push, now_ms)
        instance.terminating = push.terminating
        if instance.last_error:
            raise KafkaError(instance.last_error)
        return instance

    def _refusal(self, instance: ClientInstance, push: Push, now_ms: int) -> ErrorCode:
        if instance.terminating:
            return ErrorCode.INVALID_REQUEST
        if not instance.may_push(now_ms) and not push.terminating:
            return ErrorCode.THROTTLING_QUOTA_EXCEEDED
        if push.subscription_id != instance.subscription_id:
            return ErrorCode.UNKNOWN_SUBSCRIPTION_ID
        if push.compression_type not in list(Compression):
            return ErrorCode.UNSUPPORTED_COMPRESSION_TYPE
        if push.size > self._settings.integer("telemetry.max.bytes"):
            return ErrorCode.TELEMETRY_TOO_LARGE
        return ErrorCode.NONE

    def _instance(self, client: Client, now_ms: int) -> ClientInstance:
        """The known instance; a new one if its connection has closed, it has expired, or the
        subscriptions have changed."""
        instance_id = client.instance_id
        instance = self._clients.pop(instance_id, None)
        if (
            instance is None
            or instance.is_gone(instance_id)
            or now_ms >= instance.expires_at_ms
            or instance.generation < self._generation
        ):
            instance = ClientInstance(client, self._subscriptions(), self._generation)
            client.connection.client_instance_id = instance_id
        instance.expires_at_ms = now_ms + max(LEAST_EXPIRY_MS, 3 * instance.push_interval_ms)
        if len(self._clients) >= MOST_CLIENTS:
            del self._clients[next(iter(self._clients))]
        self._clients[instance_id] = instance
        return instance

    def _subscriptions(self) -> list[Subscription]:
        """In the order of Kafka's hash map, which shows in the answers."""
        configs = self._image().configs
        names = hash_map_order(name for kind, name in configs if kind == CLIENT_METRICS)
        return [subscription(configs[CLIENT_METRICS, name]) for name in names]


def _signed(value: int) -> int:
    return value - (1 << 32) if value >= 1 << 31 else value
