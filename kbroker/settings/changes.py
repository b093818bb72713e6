"""From changes of settings that clients ask for to the records that make them. Pure.

The checks, their order and their messages are those of Kafka's ConfigAdminManager,
DynamicBrokerSettings and ConfigurationControlManager.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from kbroker.java_hashing import hash_map_order
from kbroker.metadata.topic_names import validate_topic_name
from kbroker.settings.broker_changes import broken_by_themselves, broken_together
from kbroker.settings.broker_settings import MIN_ISR, BrokerSettings
from kbroker.settings.client_metrics_settings import validate_client_metrics_settings
from kbroker.settings.definitions import BROKER_SETTINGS, TOPIC_SETTINGS
from kbroker.settings.group_settings import validate_group_settings
from kbroker.settings.logger_changes import planned_levels
from kbroker.settings.resources import (
    ALL_BROKERS,
    APPEND,
    BROKER,
    BROKER_LOGGER,
    CLIENT_METRICS,
    DELETE,
    GROUP,
    SET,
    SUBTRACT,
    TOPIC,
    Change,
    Resource,
    broker_id,
)
from kbroker.settings.setting import LIST, text_of
from kbroker.settings.topic_settings import validate_topic_settings
from wire.errors import ErrorCode, KafkaError
from wire.internal.cluster_metadata import ConfigRecord

if TYPE_CHECKING:
    from kbroker.metadata.image import MetadataImage

LONGEST = 32767
TOO_LONG = (
    "The configuration value cannot be added because it exceeds the maximum value size of "
    f"{LONGEST} bytes."
)
OPERATIONS = (SET, DELETE, APPEND, SUBTRACT)
# Lists that every broker must be given: Kafka fails over what it has instead of a default.
_WITHOUT_DEFAULT = frozenset({"controller.listener.names", "process.roles"})
_SPLITTING = {APPEND: "APPEND", SUBTRACT: "SUBTRACT"}


class UnknownOperation(KafkaError):
    """An operation that is none."""

    def __init__(self) -> None:
        super().__init__(ErrorCode.UNKNOWN_SERVER_ERROR)


class ChangePlanner:
    """Plans against the cluster as it is: nothing changes before the records are written.

    ``levels`` is None where loggers cannot be changed; else it gathers (logger, level) pairs.
    """

    def __init__(
        self,
        image: MetadataImage,
        settings: BrokerSettings,
        node_id: int,
        levels: list[tuple[str, str | None]] | None = None,
    ) -> None:
        self._image = image
        self._settings = settings
        self._node_id = node_id
        self._levels = levels

    def current(self, resource: Resource) -> Mapping[str, str]:
        """What is set on a resource itself."""
        kind, name = resource
        if kind == TOPIC:
            topic = self._image.topic(name)
            return {} if topic is None else topic.configs
        if resource == (BROKER, ALL_BROKERS):
            return self._settings.cluster_defaults()
        return self._image.configs.get(resource, {})

    def plan_all(
        self, wanted: Sequence[tuple[Resource, Sequence[Change]]]
    ) -> tuple[list[ConfigRecord], list[KafkaError | None]]:
        """The records, and what is wrong with each resource, which has no records then."""
        mentions = Counter(resource for resource, _changes in wanted)
        refused = [
            self._refusal(resource, changes, mentions[resource]) for resource, changes in wanted
        ]
        records: list[ConfigRecord] = []
        errors = list(refused)
        for at, (resource, changes) in enumerate(wanted):
            if errors[at] is not None or resource[0] == BROKER_LOGGER:
                continue
            try:
                records += self._plan(resource, changes)
            except UnknownOperation as error:
                # Kafka's controller fails over it, and all that its broker had sent there.
                failed = KafkaError(error.code)
                return [], [
                    one or (None if kind == BROKER_LOGGER else failed)
                    for one, ((kind, _), _) in zip(refused, wanted, strict=True)
                ]
            except KafkaError as error:
                errors[at] = error
        return records, errors

    def _refusal(
        self, resource: Resource, changes: Sequence[Change], mentions: int
    ) -> KafkaError | None:
        """What Kafka's broker finds wrong, before its controller hears of it."""
        kind, name = resource
        try:
            if mentions > 1:
                raise _invalid_request("Each resource must appear at most once.")
            _check_form(changes)
            if kind == BROKER:
                self._check_broker(name)
                _check_operations(changes)
                self._check_broker_values(name, _result(kind, self.current(resource), changes))
            elif kind == BROKER_LOGGER and self._levels is not None:
                self._levels += planned_levels(name, changes, self._node_id)
            elif kind not in (TOPIC, CLIENT_METRICS, GROUP):
                raise _invalid_request(f"Unknown resource type {kind}")
        except KafkaError as error:
            return error
        return None

    def _plan(self, resource: Resource, changes: Sequence[Change]) -> list[ConfigRecord]:
        kind, name = resource
        before = self.current(resource)
        by_name = {change.name: change for change in changes}
        after = _result(kind, before, [by_name[name] for name in hash_map_order(by_name)])
        if any(len(after.get(change.name, "")) > LONGEST for change in changes):
            raise KafkaError(ErrorCode.INVALID_CONFIG, TOO_LONG)
        self._check_result(resource, after, changes)
        return [
            ConfigRecord(
                resource_type=kind,
                resource_name=name,
                name=change.name,
                value=after.get(change.name),
            )
            for change in changes
            if kind == BROKER or before.get(change.name) != after.get(change.name)
        ]

    def _check_broker(self, name: str) -> None:
        number = broker_id(name)
        if name == ALL_BROKERS or number == self._node_id:
            return
        if number is None:
            raise _invalid_request(f"Node id must be an integer, but it is: {name}")
        raise _invalid_request(
            f"Unexpected broker id, expected {self._node_id}, but received {name}"
        )

    def _check_result(
        self, resource: Resource, after: Mapping[str, str], changes: Sequence[Change]
    ) -> None:
        kind, name = resource
        if kind == TOPIC:
            self._check_topic(name, after)
        elif kind == BROKER:
            _check_min_isr(name, changes)
        elif kind == GROUP:
            if not name:
                raise _invalid_request("Default group resources are not allowed.")
            validate_group_settings(after, self._settings)
        elif not name:
            raise _invalid_request("Subscription name can't be empty")
        else:
            validate_client_metrics_settings(after)

    def _check_broker_values(self, name: str, after: Mapping[str, str]) -> None:
        """Each by itself, then all that would hold together."""
        of_all = name == ALL_BROKERS
        own, cluster = self._image.configs.get((BROKER, str(self._node_id)), {}), after
        if not of_all:
            own, cluster = after, self._image.configs.get((BROKER, ALL_BROKERS), {})
        wrong = broken_by_themselves(after, of_all=of_all) or broken_together(
            self._settings, self._settings.altered(own, cluster)
        )
        if wrong:
            raise _invalid_request(wrong)

    def _check_topic(self, name: str, after: Mapping[str, str]) -> None:
        if not name:
            raise _invalid_request("Default topic resources are not allowed.")
        validate_topic_name(name)
        validate_topic_settings(after)
        if self._image.topic(name) is None:
            raise KafkaError(
                ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, f"The topic '{name}' does not exist."
            )


def _check_form(changes: Sequence[Change]) -> None:
    if len({change.name for change in changes}) < len(changes):
        raise _invalid_request("Error due to duplicate config keys")
    nulls = [one.name for one in changes if one.value is None and one.operation != DELETE]
    if nulls:
        raise _invalid_request(f"Null value not supported for : {', '.join(nulls)}")


def _check_operations(changes: Sequence[Change]) -> None:
    for change in changes:
        if change.operation not in OPERATIONS:
            raise _invalid_request(f"Unknown operations type {change.operation}")


def _check_min_isr(name: str, changes: Sequence[Change]) -> None:
    """With eligible leader replicas (KIP-966) the cluster has one, and brokers have none."""
    for change in changes:
        if change.name != MIN_ISR:
            continue
        if name != ALL_BROKERS:
            level, what = "Broker", "altered"
        elif change.operation == DELETE:
            level, what = "Cluster", "removed"
        else:
            continue
        raise KafkaError(
            ErrorCode.INVALID_CONFIG,
            f"{level}-level {MIN_ISR} cannot be {what} while ELR is enabled.",
        )


def _result(kind: int, before: Mapping[str, str], changes: Sequence[Change]) -> dict[str, str]:
    """What will be set, made in the order of the changes: the first that cannot be is told."""
    after = dict(before)
    for change in changes:
        value = _changed(kind, change, before.get(change.name))
        if value is None:
            after.pop(change.name, None)
        else:
            after[change.name] = value
    return after


def _changed(kind: int, change: Change, current: str | None) -> str | None:
    """The text that a setting will have, None for none of its own."""
    if change.operation not in OPERATIONS:
        raise UnknownOperation
    operation = _SPLITTING.get(change.operation)
    if operation is None:
        return None if change.operation == DELETE else change.value
    # In Kafka those of groups and client metrics pass for no lists, though two are.
    settings = {TOPIC: TOPIC_SETTINGS, BROKER: BROKER_SETTINGS}.get(kind, {})
    setting = settings.get(change.name)
    if setting is None or setting.type != LIST:
        raise KafkaError(ErrorCode.INVALID_CONFIG, _no_list(kind, change.name, operation))
    if current is None and kind == BROKER and change.name in _WITHOUT_DEFAULT:
        raise KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR)
    text = current if current is not None else text_of(setting.default) or ""
    parts = [part for part in text.split(",") if part]
    assert change.value is not None
    for part in change.value.split(","):
        if operation == "APPEND" and part not in parts:
            parts.append(part)
        elif operation == "SUBTRACT" and part in parts:
            parts.remove(part)
    return ",".join(parts)


def _no_list(kind: int, name: str, operation: str) -> str:
    """What Kafka's broker tells of its own settings, and its controller of others."""
    if kind != BROKER:
        return f"Can't {operation} to key {name} because its type is not LIST."
    if name not in BROKER_SETTINGS:
        return f"Unknown config name: {name}"
    return f"Config value {operation.lower()} is not allowed for config key: {name}"


def _invalid_request(message: str) -> KafkaError:
    return KafkaError(ErrorCode.INVALID_REQUEST, message)
