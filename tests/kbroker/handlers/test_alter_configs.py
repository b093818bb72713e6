"""Settings that are replaced as a whole."""

from __future__ import annotations

from tests.drivers import COMMITS_AT_ONCE, BrokerDriver
from wire.errors import ErrorCode
from wire.messages.alter_configs import AlterableConfig, AlterConfigsRequest, AlterConfigsResource

TOPIC, BROKER, GROUP = 2, 4, 32


def replace(broker: BrokerDriver, kind: int, name: str, **configs: str | None) -> int:
    """The error code."""
    given = [AlterableConfig(name=key, value=value) for key, value in configs.items()]
    resource = AlterConfigsResource(resource_type=kind, resource_name=name, configs=given)
    request = AlterConfigsRequest(resources=[resource], validate_only=False)
    code: int = broker.connect().ask(request, 2).responses[0].error_code
    return code


def test_what_is_not_named_goes() -> None:
    broker = BrokerDriver()
    broker.create_topic("t", **{"retention.ms": "5", "segment.ms": "6"})
    assert replace(broker, TOPIC, "t", **{"segment.ms": "7", "flush.ms": "8"}) == ErrorCode.NONE
    topic = broker.node.metadata.image.topic("t")
    assert topic is not None
    assert topic.configs == {"segment.ms": "7", "flush.ms": "8"}


def test_a_wrong_one_changes_nothing() -> None:
    broker = BrokerDriver()
    broker.create_topic("t", **{"retention.ms": "5"})
    wrong = {"retention.ms": "6", "segment.ms": "x"}
    assert replace(broker, TOPIC, "t", **wrong) == ErrorCode.INVALID_CONFIG
    topic = broker.node.metadata.image.topic("t")
    assert topic is not None
    assert topic.configs == {"retention.ms": "5"}


def test_only_validated() -> None:
    """Everything is checked and nothing is changed."""
    broker = BrokerDriver()
    broker.create_topic("t", **{"retention.ms": "5"})
    given = [AlterableConfig(name="retention.ms", value="6")]
    resource = AlterConfigsResource(resource_type=TOPIC, resource_name="t", configs=given)
    request = AlterConfigsRequest(resources=[resource], validate_only=True)
    (answer,) = broker.connect().ask(request, 2).responses

    topic = broker.node.metadata.image.topic("t")
    assert topic is not None
    assert (answer.error_code, topic.configs) == (ErrorCode.NONE, {"retention.ms": "5"})


def test_what_every_cluster_has_cannot_be_left_out() -> None:
    """It is stored when a cluster with eligible leader replicas is formatted (KIP-966)."""
    assert replace(BrokerDriver(), BROKER, "") == ErrorCode.INVALID_CONFIG


@COMMITS_AT_ONCE
def test_too_many_records() -> None:
    """One request may write 10,000; beyond, nothing is altered."""
    broker = BrokerDriver()
    given = [AlterableConfig(name="consumer.session.timeout.ms", value="50000")]
    resources = [
        AlterConfigsResource(resource_type=GROUP, resource_name=f"g{number}", configs=given)
        for number in range(10_001)
    ]
    request = AlterConfigsRequest(resources=resources, validate_only=False)
    answers = broker.connect().ask(request, 2).responses

    assert {(answer.error_code, answer.error_message) for answer in answers} == {
        (ErrorCode.POLICY_VIOLATION, "Unable to perform excessively large batch operation.")
    }
    assert len(broker.node.metadata.image.configs) == 0
