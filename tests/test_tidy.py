"""Rules of the whole repository: sizes, a test for every module, and banned words."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from compat_tests.parity.codec import API_KEYS
from compat_tests.parity.stories import all_stories
from kbroker.apis import APIS

ROOT = Path(__file__).parent.parent
BROKER = ("wire", "storage", "kbroker")
PACKAGES = (*BROKER, "tools", "compat_tests")
MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 70
USUAL_FUNCTION_LINES = 35
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
UNFINISHED = r"\bTODO\b|\bFIXME\b|\bXXX\b"
BANNED = {
    r"time\.sleep\(": "tests and broker never sleep: inject the clock",
    r"print\(": "the broker logs; only commands and tools print",
}
MAY_PRINT = ("kbroker/cli/",)
MAY_SLEEP = ("kbroker/cli/wait.py", "storage/clean_process.py")  # processes of their own
# Facts of Kafka's protocol: how they are written, and the one file that may write them.
# compat_tests repeats some on purpose: what it sends must not come from the code that it tests.
FACTS = {
    r"2 ?\*\* ?63 - 1|1 << 63\) - 1|0x7F{15}\b|\b9_?223_?372_?036_?854": "wire/integers.py",
    r"2 ?\*\* ?31 - 1|1 << 31\) - 1|0x7F{7}\b|\b2_?147_?483_?647": "wire/integers.py",
    r"\bbytes\(16\)|b\"\\(0|x00)\" \* 16": "wire/uuids.py",
    r"\[16\]|MAGIC(_POSITION)? = \d|ATTRIBUTES\w* = \d|\bCRC_START = \d": "wire/records/batch.py",
    r"\b_?(LAST_CODEC|GZIP|SNAPPY|LZ4|ZSTD) = \d": "wire/records/compression.py",
}
# Modules that a test of another name proves.
PROVEN_ELSEWHERE = {
    "kbroker/__main__.py": "tests/kbroker/cli/test_cli.py",
    "kbroker/connection_info.py": "tests/kbroker/test_session.py",
    "kbroker/dynamic_broker_settings.py": "tests/kbroker/handlers/test_alter_configs.py",
    "kbroker/metadata/auto_topic_creation.py": "tests/kbroker/handlers/test_find_coordinator.py",
    "kbroker/metadata/brokers.py": "tests/kbroker/test_advertised_addresses.py",
    "kbroker/metadata/record_limit.py": "tests/kbroker/handlers/test_create_topics.py",
    "kbroker/metadata/producer_ids.py": "tests/kbroker/metadata/test_catalog.py",
    "kbroker/context.py": "tests/kbroker/test_session.py",
    "kbroker/dispatch.py": "tests/kbroker/test_session.py",
    "kbroker/node.py": "tests/kbroker/metadata/test_catalog.py",
    "kbroker/settings/logger_changes.py": "tests/kbroker/settings/test_changes.py",
    "kbroker/settings/resources.py": "tests/kbroker/settings/test_changes.py",
    "kbroker/settings/sources.py": "tests/kbroker/settings/test_descriptions.py",
    "kbroker/settings/status.py": "tests/kbroker/settings/test_definitions.py",
    "kbroker/settings/updatable.py": "tests/kbroker/settings/test_broker_changes.py",
    "kbroker/metadata/features.py": "tests/kbroker/handlers/test_api_versions.py",
    "kbroker/metadata/metadata_log.py": "tests/kbroker/metadata/test_catalog.py",
    "kbroker/metadata/placement.py": "tests/kbroker/metadata/test_topic_creation.py",
    "kbroker/metadata/topic_names.py": "tests/kbroker/metadata/test_topic_creation.py",
    "kbroker/replicas/partition_read.py": "tests/kbroker/handlers/test_fetch.py",
    "kbroker/replicas/partition.py": "tests/kbroker/handlers/test_fetch.py",
    "wire/api_keys.py": "tests/wire/test_codec.py",
    "wire/integers.py": "tests/wire/records/test_varint.py",
    "wire/schema.py": "tests/wire/test_codec.py",
    "wire/table.py": "tests/wire/test_codec_roundtrip.py",
    "wire/generated_source.py": "tests/wire/test_codec_roundtrip.py",
    "wire/decoder_source.py": "tests/wire/test_codec_roundtrip.py",
    "wire/encoder_source.py": "tests/wire/test_codec_roundtrip.py",
    "wire/consumer_protocol.py": "tests/wire/test_codec_roundtrip.py",
}
PROVEN_TOGETHER = {
    "wire/messages/": "tests/wire/test_codec_roundtrip.py",
    "wire/internal/": "tests/wire/test_codec_roundtrip.py",
    "wire/inspection/": "tests/wire/inspection",
    "wire/records/": "tests/wire/records",
    "storage/": "tests/storage",
    "kbroker/settings/definitions/": "tests/kbroker/settings/test_definitions.py",
    "kbroker/coordinator/": "tests/kbroker/coordinator",
    "kbroker/cli/": "tests/kbroker/cli/test_cli.py",
}


def sources(*packages: str) -> Iterator[tuple[str, str]]:
    for package in packages:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), path.read_text()


def functions() -> Iterator[tuple[str, int]]:
    for name, text in sources(*PACKAGES):
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, FUNCTIONS) and node.end_lineno is not None:
                yield f"{name}: {node.name}", node.end_lineno - node.lineno + 1


def test_files_are_short() -> None:
    """A longer one should be divided."""
    long = [name for name, text in sources(*PACKAGES, "tests") if text.count("\n") > MAX_FILE_LINES]

    assert long == []


def test_functions_are_short() -> None:
    """None over 70 lines, nine of ten under 35."""
    sizes = list(functions())

    assert [name for name, size in sizes if size > MAX_FUNCTION_LINES] == []
    assert sum(size < USUAL_FUNCTION_LINES for _, size in sizes) >= 0.9 * len(sizes)


def test_nothing_banned() -> None:
    """The reasons say what to do instead."""
    found = [
        f"{name}: {reason}"
        for name, text in sources(*BROKER)
        for pattern, reason in BANNED.items()
        if re.search(pattern, text)
        and not ("print" in pattern and name.startswith(MAY_PRINT))
        and not ("sleep" in pattern and name.startswith(MAY_SLEEP))
    ]

    assert found == []


def test_nothing_is_unfinished() -> None:
    names = [name for name, text in sources(*PACKAGES) if re.search(UNFINISHED, text)]

    assert names == []


@pytest.mark.parametrize(("pattern", "home"), FACTS.items())
def test_a_fact_has_one_place(pattern: str, home: str) -> None:
    """Elsewhere the constant is imported."""
    writers = {name for name, text in sources(*BROKER, "tools") if re.search(pattern, text)}

    assert writers == {home}


def test_first_versions_come_from_the_tables() -> None:
    """A constant of a handler repeats no first version of a field that has its name."""
    repeated = []
    for api in APIS.values():
        text = (ROOT / f"kbroker/handlers/{api.handler}.py").read_text()
        module = import_module(f"wire.messages.{api.key.name.lower()}")
        structs = [one for one in vars(module).values() if hasattr(one, "__fields__")]
        first = {field.name: field.since for one in structs for field in one.__fields__}
        for constant, version in re.findall(r"^(\w+)_SINCE = (\d+)", text, re.MULTILINE):
            if first.get(constant.lower().removesuffix("s")) == int(version):
                repeated.append(f"{api.handler}: {constant}_SINCE")

    assert repeated == []


def test_every_module_has_its_test() -> None:
    """Its twin, or the test that is named here."""
    lacking = []
    for name, text in sources(*BROKER):
        path = Path(name)
        if path.name == "__init__.py" and text.count("\n") < 60:
            continue
        twin = ROOT / "tests" / path.with_name(f"test_{path.name}")
        together = next(
            (proof for prefix, proof in PROVEN_TOGETHER.items() if name.startswith(prefix)), None
        )
        proof = PROVEN_ELSEWHERE.get(name, together)
        if not twin.exists() and (proof is None or not (ROOT / proof).exists()):
            lacking.append(name)

    assert lacking == []


def test_every_api_has_its_three_files() -> None:
    """One name, three places: message, handler, test."""
    lacking = [
        place
        for api in APIS.values()
        for place in (
            f"wire/messages/{api.key.name.lower()}.py",
            f"kbroker/handlers/{api.handler}.py",
            f"tests/kbroker/handlers/test_{api.key.name.lower()}.py",
        )
        if not (ROOT / place).exists()
    ]

    assert lacking == []


def test_every_served_version_is_compared() -> None:
    """A story sends each key and version, also to a real Kafka."""
    told = {
        (API_KEYS[step.api], step.version)
        for story in all_stories().values()
        for step in story.steps
        if step.what in ("call", "send")
    }
    served = {
        (api.key, version) for api in APIS.values() for version in range(api.first, api.last + 1)
    }

    assert served - told == set()
