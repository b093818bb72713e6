"""Topics: made, described, deleted, made again, and made by themselves."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from compat_tests.brokers import Broker, wait_until
from compat_tests.clients import base
from compat_tests.clients.base import Client, Rec, RefusedError

TOPIC_ALREADY_EXISTS = 36


@pytest.mark.needs(base.ADMIN)
def test_create_and_describe(client: Client, name: str) -> None:
    client.create_topic(name, partitions=3)
    assert client.partitions(name) == {0, 1, 2}
    assert name in client.topics()
    assert client.offsets(name, 2) == (0, 0)


@pytest.mark.needs(base.ADMIN)
def test_delete(client: Client, name: str) -> None:
    client.create_topic(name)
    client.produce(name, [Rec(b"value", partition=0)])
    client.delete_topic(name)
    wait_until(lambda: name not in client.topics(), 10, "the topic is gone")


@pytest.mark.needs(base.ADMIN)
def test_a_topic_made_again_is_another(client: Client, name: str) -> None:
    client.create_topic(name, partitions=2)
    client.produce(name, [Rec(b"old", partition=0)] * 5)
    client.delete_topic(name)
    wait_until(lambda: name not in client.topics(), 10, "the topic is gone")
    wait_until(lambda: created_again(client, name), 10, "it can be made again")
    assert client.partitions(name) == {0}
    client.produce(name, [Rec(b"new", partition=0)])
    assert [got.value for got in client.consume(name, 0, 0, 1)] == [b"new"]


def created_again(client: Client, topic: str) -> bool:
    """The real broker may still be deleting."""
    try:
        client.create_topic(topic, partitions=1)
    except RefusedError as error:
        if error.code != TOPIC_ALREADY_EXISTS:
            raise
        return False
    return True


def test_everyone_sees_it(client: Client, admin: Client, name: str) -> None:
    admin.create_topic(name, partitions=4)
    wait_until(lambda: name in client.topics(), 10, "it is listed")
    assert client.partitions(name) == {0, 1, 2, 3}


def test_producing_makes_the_topic(client: Client, name: str) -> None:
    client.produce(name, [Rec(b"first")], idempotent=False)
    assert [got.value for got in client.consume(name, 0, 0, 1)] == [b"first"]
    assert client.partitions(name) == {0}


def test_automatic_topics_have_as_many_partitions_as_the_broker_says(
    own_broker: Callable[..., Broker], name: str
) -> None:
    from compat_tests.clients.kafka_python_adapter import KafkaPythonClient

    client = KafkaPythonClient(own_broker(settings={"num.partitions": "5"}).bootstrap)
    client.produce(name, [Rec(b"first")])
    assert client.partitions(name) == {0, 1, 2, 3, 4}
    client.close()


def test_without_automatic_topics_there_are_none(
    own_broker: Callable[..., Broker], name: str
) -> None:
    from compat_tests.clients.aiokafka_adapter import AiokafkaClient

    broker = own_broker(settings={"auto.create.topics.enable": "false"})
    client = AiokafkaClient(broker.bootstrap)
    with pytest.raises(RefusedError):
        client.produce(name, [Rec(b"first")], idempotent=False)
    assert name not in client.topics()
    client.close()
