"""Settings that change while the broker runs."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from storage import AppendOrigin
from tests.drivers import COMMITS_AT_ONCE, BrokerDriver, batch
from wire.errors import ErrorCode
from wire.messages.incremental_alter_configs import (
    AlterableConfig,
    AlterConfigsResource,
    IncrementalAlterConfigsRequest,
)

TOPIC, BROKER, LOGGER, GROUP = 2, 4, 8, 32
SET, DELETE = 0, 1


@pytest.fixture
def own_level() -> Iterator[logging.Logger]:
    """Our logger, which gets its level back."""
    logger = logging.getLogger("kbroker")
    before = logger.level
    yield logger
    logger.setLevel(before)


def change(
    broker: BrokerDriver,
    kind: int,
    name: str,
    key: str,
    value: str | None,
    *,
    validate_only: bool = False,
) -> int:
    """The error code; a value of None deletes."""
    operation = DELETE if value is None else SET
    config = AlterableConfig(name=key, config_operation=operation, value=value)
    resource = AlterConfigsResource(resource_type=kind, resource_name=name, configs=[config])
    request = IncrementalAlterConfigsRequest(resources=[resource], validate_only=validate_only)
    code: int = broker.connect().ask(request, 1).responses[0].error_code
    return code


def largest_message(broker: BrokerDriver) -> int:
    partition = broker.node.replicas.find("t", 0)
    assert partition is not None
    return partition.log.config.max_message_bytes


@pytest.fixture
def broker() -> BrokerDriver:
    driver = BrokerDriver()
    driver.create_topic("t")
    return driver


def test_the_strongest_layer_holds_at_once(broker: BrokerDriver) -> None:
    """Topic over broker over cluster; each one that goes uncovers the next."""
    default = largest_message(broker)
    held = []
    for kind, name, key, value in (
        (BROKER, "", "message.max.bytes", "1000"),
        (BROKER, "1", "message.max.bytes", "2000"),
        (TOPIC, "t", "max.message.bytes", "3000"),
        (TOPIC, "t", "max.message.bytes", None),
        (BROKER, "1", "message.max.bytes", None),
        (BROKER, "", "message.max.bytes", None),
    ):
        assert change(broker, kind, name, key, value) == ErrorCode.NONE
        held.append(largest_message(broker))
    assert held == [1000, 2000, 3000, 2000, 1000, default]


def test_a_broker_s_own_setting_fits_those_of_all_brokers(broker: BrokerDriver) -> None:
    """The buffer must have more than a megabyte for each thread."""
    buffer = "log.cleaner.dedupe.buffer.size"
    assert change(broker, BROKER, "1", buffer, "2097152") == 0
    assert change(broker, BROKER, "1", buffer, None) == 0
    assert change(broker, BROKER, "", "log.cleaner.threads", "2") == 0
    assert change(broker, BROKER, "1", buffer, "2097152") == ErrorCode.INVALID_REQUEST


def test_settings_come_back_with_the_broker(broker: BrokerDriver) -> None:
    change(broker, BROKER, "", "message.max.bytes", "1000")
    broker.create_topic("u")
    change(broker, TOPIC, "u", "max.message.bytes", "3000")
    broker.restart()
    partition = broker.node.replicas.find("u", 0)
    assert partition is not None
    assert (largest_message(broker), partition.log.config.max_message_bytes) == (1000, 3000)


def test_only_looking_changes_nothing(broker: BrokerDriver) -> None:
    before = largest_message(broker)
    code = change(broker, TOPIC, "t", "max.message.bytes", "9", validate_only=True)
    assert (code, largest_message(broker)) == (ErrorCode.NONE, before)


def test_what_was_written_before_stays(broker: BrokerDriver) -> None:
    partition = broker.node.replicas.find("t", 0)
    assert partition is not None
    partition.append(batch(b"v" * 500), broker.clock.now_ms(), AppendOrigin.COORDINATOR)
    change(broker, TOPIC, "t", "max.message.bytes", "100")
    assert partition.high_watermark == 1


def test_settings_of_groups_come_back_with_the_broker(broker: BrokerDriver) -> None:
    setting = "consumer.session.timeout.ms"
    assert change(broker, GROUP, "g", setting, "50000") == ErrorCode.NONE
    assert change(broker, GROUP, "g", setting, "5") == ErrorCode.INVALID_CONFIG
    broker.restart()
    assert dict(broker.node.metadata.image.configs) == {(GROUP, "g"): {setting: "50000"}}


def test_levels_of_loggers_are_told_and_followed(
    broker: BrokerDriver, own_level: logging.Logger, caplog: pytest.LogCaptureFixture
) -> None:
    """Requests are logged from a level of INFO on, and no longer when it goes."""
    assert change(broker, LOGGER, "1", "kbroker", "TRACE") == ErrorCode.NONE
    assert own_level.level == 5
    assert change(broker, LOGGER, "1", "kbroker", "ERROR", validate_only=True) == ErrorCode.NONE
    assert own_level.level == 5
    logged = len(caplog.records)
    assert change(broker, LOGGER, "1", "kbroker", None) == ErrorCode.NONE
    assert own_level.level == logging.NOTSET
    assert len(caplog.records) == logged


@COMMITS_AT_ONCE
def test_too_many_records(broker: BrokerDriver) -> None:
    """One request may write 10,000; beyond, nothing is altered."""
    config = AlterableConfig(
        name="consumer.session.timeout.ms", config_operation=SET, value="50000"
    )
    resources = [
        AlterConfigsResource(resource_type=GROUP, resource_name=f"g{number}", configs=[config])
        for number in range(10_001)
    ]
    for count, code in ((10_001, ErrorCode.POLICY_VIOLATION), (10_000, ErrorCode.NONE)):
        request = IncrementalAlterConfigsRequest(resources=resources[:count], validate_only=False)
        answers = broker.connect().ask(request, 1).responses
        assert {answer.error_code for answer in answers} == {code}
        assert len(broker.node.metadata.image.configs) == (10_000 if code == 0 else 0)
