"""Settings of groups, of subscriptions to clients' metrics, and levels of loggers."""

from __future__ import annotations

from collections.abc import Iterator

from compat_tests.parity.script import Json, Step, Story, call
from compat_tests.parity.stories.common import topic, versions
from compat_tests.parity.stories.configs import (
    APPEND,
    DELETE,
    SET,
    SUBTRACT,
    change,
    describe,
    look,
)
from kbroker.settings.definitions import GROUP_SETTINGS

LOGGER, METRICS, GROUP = 8, 16, 32
SESSION = "consumer.session.timeout.ms"
G, M, UNSET = "${group}", "${topic}", "${run}-unset"


def stories() -> Iterator[Story]:
    for version in versions("DescribeConfigs"):
        yield Story(f"configs-described-others-v{version}", list(described(version)))
    for version in versions("IncrementalAlterConfigs"):
        yield Story(f"configs-changed-group-v{version}", list(changed_group(version)))
        yield Story(f"configs-changed-metrics-v{version}", list(changed_metrics(version)))
        yield Story(f"configs-changed-loggers-v{version}", list(changed_loggers(version)))
    for version in versions("AlterConfigs"):
        yield Story(f"configs-replaced-others-v{version}", list(replaced(version)))


def described(version: int) -> Iterator[Step]:
    for kind, name in (
        (GROUP, UNSET), (GROUP, ""), (METRICS, UNSET), (METRICS, ""), (LOGGER, ""), (LOGGER, "2"),
        (LOGGER, "x"), (LOGGER, "-1"),
    ):  # fmt: skip
        yield call("DescribeConfigs", version, describe(version, kind, name), f"{kind} '{name}'")
    for kind, name in ((GROUP, UNSET), (METRICS, UNSET)) if version >= 3 else ():
        body = describe(version, kind, name) | {"includeDocumentation": True}
        yield call("DescribeConfigs", version, body, f"{kind} documented")
    for kind, name, key in ((GROUP, UNSET, SESSION), (METRICS, UNSET, "match"), (LOGGER, "1", "x")):
        body = describe(version, kind, name, key, "no.such", includeSynonyms=False)
        yield call("DescribeConfigs", version, body, f"{kind} {key}")


def changed_group(version: int) -> Iterator[Step]:
    def one(what: str, *changes: tuple[str, int, str | None], name: str = G) -> Step:
        return change(version, what, GROUP, name, *changes)

    yield one("set", (SESSION, SET, "50000"), ("share.isolation.level", SET, "read_committed"))
    yield look(GROUP, G, SESSION, until="50000")
    yield look(GROUP, G)
    yield from topic()  # that it is there shows that the change is listed as well
    yield call("ListConfigResources", 1, {"resourceTypes": [GROUP, METRICS, LOGGER]})
    for key in GROUP_SETTINGS:
        for value in ("-1", "0", "1", "1000", "2147483647", "x", "", " true ", "latest"):
            what = f"only looked at {key}={value}"
            yield change(version, what, GROUP, G, (key, SET, value), only_looked_at=True)
    for value in ("none", "by_duration:PT1H", "by_duration:-PT1H", "by_duration:", "by_duration:P"):
        key = "share.auto.offset.reset"
        yield change(version, value, GROUP, G, (key, SET, value), only_looked_at=True)
    yield one("no longer than a heartbeat", ("consumer.heartbeat.interval.ms", SET, "50000"))
    yield one("append", (SESSION, APPEND, "5"), name=UNSET)
    yield one("subtract from what is not known", ("no.such", SUBTRACT, "5"), name=UNSET)
    yield one("not known", ("no.such", SET, "5"), name=UNSET)
    yield one("delete what is not known", ("no.such", DELETE, None), name=UNSET)
    yield one("null", (SESSION, SET, None))
    yield one("all groups", (SESSION, SET, "50000"), name="")
    yield one("nothing", name=UNSET)
    yield one("delete", (SESSION, DELETE, None), ("share.isolation.level", DELETE, None))
    yield look(GROUP, G, SESSION, until="45000")
    yield from topic(name="${topic}-2")
    yield call("ListConfigResources", 1, {"resourceTypes": [GROUP]}, "gone")


def changed_metrics(version: int) -> Iterator[Step]:
    def one(what: str, *changes: tuple[str, int, str | None], name: str = M) -> Step:
        return change(version, what, METRICS, name, *changes)

    yield one("set", ("interval.ms", SET, "1000"), ("metrics", SET, " a , b "))
    yield look(METRICS, M, "interval.ms", until="1000")
    yield look(METRICS, M)
    yield call("ListConfigResources", 0, {})
    for key, values in (
        ("interval.ms", ("x", "", "99", "100", "3600000", "3600001")),
        ("metrics", ("", "*", "a,,b", ",")),
        ("match", (
            "", "client_id=a,client_id=b", "a=b=c", "client_id", "client_id=", "client_id=a=",
            " client_id = x ", "client_software_name=x,client_software_version=(y", "*",
            "client_source_port=5", "client_source_address=1.*", "client_instance_id=(?<n>b)",
            "CLIENT_ID=x",
        )),
        ("no.such", ("1",)),
    ):  # fmt: skip
        for value in values:
            yield one(f"{key}={value}", (key, SET, value))
    yield one("append", ("metrics", APPEND, "c"))
    yield one("subtract", ("match", SUBTRACT, "c"))
    yield one("two wrong ones", ("interval.ms", SET, "1"), ("no.such", SET, "1"))
    yield one("null", ("interval.ms", SET, None))
    yield one("no name", ("interval.ms", SET, "1000"), name="")
    yield one("delete", *((key, DELETE, None) for key in ("interval.ms", "metrics", "match")))
    yield look(METRICS, M, "interval.ms", until="300000")
    yield call("ListConfigResources", 0, {}, "gone")


def changed_loggers(version: int) -> Iterator[Step]:
    """Only the root has the same name on both."""

    def one(what: str, *changes: tuple[str, int, str | None], name: str = "1") -> Step:
        return change(version, what, LOGGER, name, *changes)

    yield one("nothing")
    for level in ("ERROR", "TRACE", "FATAL", "WARN"):
        yield one(f"set {level}", ("root", SET, level))
        yield look(LOGGER, "1", "root")
    yield change(version, "only looked at", LOGGER, "1", ("root", SET, "INFO"), only_looked_at=True)
    yield look(LOGGER, "1", "root")
    for level in ("debug", "INFO ", "", "LOUD", None):
        yield one(f"set {level}", ("root", SET, level))
    for name in ("no.such", ""):
        yield one(f"of '{name}'", (name, SET, "INFO"))
        yield one(f"delete '{name}'", (name, DELETE, None))
    for operation in (DELETE, APPEND, SUBTRACT, 9, -1):
        yield one(f"operation {operation}", ("root", operation, "INFO"))
    yield one("twice", ("root", SET, "INFO"), ("root", SET, "WARN"))
    for broker in ("2", "", "x", "-1"):
        yield one(f"broker '{broker}'", ("root", SET, "INFO"), name=broker)


def replaced(version: int) -> Iterator[Step]:
    def one(what: str, kind: int, name: str, *configs: tuple[str, str]) -> Step:
        given: list[Json] = [{"name": key, "value": value} for key, value in configs]
        resource = {"resourceType": kind, "resourceName": name, "configs": given}
        return call("AlterConfigs", version, {"resources": [resource], "validateOnly": False}, what)

    yield one("set", GROUP, G, (SESSION, "50000"))
    yield look(GROUP, G, SESSION, until="50000")
    for key, value in ((SESSION, "1"), ("no.such", "1")):
        yield one(f"{key}={value}", GROUP, G, (key, value))
    yield one("all groups", GROUP, "")
    yield one("nothing", GROUP, G)
    yield look(GROUP, G, SESSION, until="45000")
    yield one("set metrics", METRICS, M, ("interval.ms", "1000"))
    yield look(METRICS, M, "interval.ms", until="1000")
    for key, value in (("match", "bad"), ("no.such", "1")):
        yield one(f"{key}={value}", METRICS, M, (key, value))
    yield one("no name", METRICS, "")
    yield one("nothing of metrics", METRICS, M)
    yield look(METRICS, M, "interval.ms", until="300000")
    yield one("a logger", LOGGER, "1", ("root", "WARN"))
