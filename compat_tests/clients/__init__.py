"""One adapter for each client library, all with the same verbs."""

from __future__ import annotations

from compat_tests.clients.base import Client


def client_classes() -> dict[str, type[Client]]:
    """By name; each library is imported only here, because that takes a while."""
    from compat_tests.clients.aiokafka_adapter import AiokafkaClient
    from compat_tests.clients.confluent_adapter import ConfluentClient
    from compat_tests.clients.kafka_python_adapter import KafkaPythonClient
    from compat_tests.clients.kcat_adapter import KcatClient

    classes: tuple[type[Client], ...] = (
        KafkaPythonClient,
        ConfluentClient,
        AiokafkaClient,
        KcatClient,
    )
    return {client_class.name: client_class for client_class in classes}
