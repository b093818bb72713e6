"""Settings from ``KAFKA_*`` variables, mapped as Apache's image maps them."""

from __future__ import annotations

from collections.abc import Mapping

from kbroker.settings.definitions import is_known

# What the image's own scripts read.
_IGNORED_VARIABLES = frozenset(
    {"KAFKA_HEAP_OPTS", "KAFKA_OPTS", "KAFKA_JVM_PERFORMANCE_OPTS", "KAFKA_JMX_OPTS",
     "KAFKA_JMX_PORT", "KAFKA_LOG4J_OPTS", "KAFKA_LOG4J_LOGGERS", "KAFKA_LOG4J_ROOT_LOGLEVEL",
     "KAFKA_TOOLS_LOG4J_LOGLEVEL", "KAFKA_GC_LOG_OPTS", "KAFKA_HOME", "KAFKA_DEBUG"}
)  # fmt: skip


def environment_settings(environment: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """(settings, names of variables that were left out) of the ``KAFKA_*`` variables.

    Apache's image turns ``_`` into ``.``, ``__`` into ``_`` and ``___`` into ``-``. A variable that
    maps to no known setting is left out, since programs beside Kafka have such, too.
    """
    settings, ignored = {}, []
    for variable, value in sorted(environment.items()):
        if not variable.startswith("KAFKA_") or variable in _IGNORED_VARIABLES:
            continue
        name = variable.removeprefix("KAFKA_").lower()
        name = name.replace("___", "-").replace("__", "\0").replace("_", ".").replace("\0", "_")
        if is_known(name):
            settings[name] = value
        else:
            ignored.append(variable)
    return settings, ignored
