"""KAFKA_* variables."""

from __future__ import annotations

from kbroker.settings.environment import environment_settings


def test_environment() -> None:
    """As Apache's image maps them; what is no known setting is named."""
    settings, ignored = environment_settings(
        {
            "KAFKA_NUM_PARTITIONS": "3",
            "KAFKA_LISTENER_NAME_A___B_SSL": "x",
            "KAFKA_SUPER_USERS": "User:a",
            "KAFKA_LOG_INITIAL_TASK_DELAY_MS": "5",
            "KAFKA_HEAP_OPTS": "-Xmx1G",
            "KAFKA_NO_SUCH_THING": "1",
            "PATH": "/bin",
        }
    )

    assert settings == {
        "num.partitions": "3",
        "listener.name.a-b.ssl": "x",
        "super.users": "User:a",
        "log.initial.task.delay.ms": "5",
    }
    assert ignored == ["KAFKA_NO_SUCH_THING"]
