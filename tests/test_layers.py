"""Imports follow the way of a request, and never go back (design rule 1)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent

# What may be imported at run time from each place. The longest prefix that fits a module counts.
WIRE = {"wire"}
VALUES = {
    "kbroker", "kbroker.clock", "kbroker.timers", "kbroker.pending", "kbroker.connection_info",
    "kbroker.settings", "kbroker.loggers", "kbroker.java_hashing", "kbroker.java_numbers",
    "kbroker.isolation", "kbroker.background",
}  # fmt: skip
MAY_IMPORT: dict[str, set[str]] = {
    "wire": WIRE,
    "storage": {"storage", "wire.records", "wire.errors", "wire.integers"},
    "kbroker.clock": set(),
    "kbroker.timers": set(),
    "kbroker.pending": set(),
    "kbroker.connection_info": set(),
    "kbroker.isolation": set(),
    "kbroker.background": {"kbroker.clock", "kbroker.timers", "storage", "wire.errors"},
    "kbroker.settings": WIRE | {
        "storage", "kbroker.settings", "kbroker.loggers", "kbroker.java_hashing",
        "kbroker.java_numbers", "kbroker.metadata.topic_names",
    },
    "kbroker.loggers": set(),
    "kbroker.java_hashing": {"wire.integers"},
    "kbroker.java_numbers": set(),
    "kbroker.metadata": WIRE | VALUES | {"storage", "kbroker.metadata"},
    "kbroker.coordinator": WIRE | VALUES | {"kbroker.coordinator"},
    "kbroker.replicas": WIRE | VALUES | {"storage", "kbroker.metadata", "kbroker.replicas"},
    "kbroker.held_answers": WIRE | VALUES | {"kbroker.replicas"},
    "kbroker.transaction_markers": WIRE | VALUES | {
        "storage", "kbroker.metadata", "kbroker.replicas", "kbroker.coordinator",
    },
    "kbroker.telemetry": WIRE | VALUES | {"kbroker.metadata"},
    "kbroker.advertised_addresses": VALUES | {"kbroker.metadata"},
    "kbroker.dynamic_broker_settings": VALUES | {
        "kbroker.metadata", "kbroker.replicas", "kbroker.telemetry",
    },
    "kbroker.node": WIRE | VALUES | {
        "storage", "kbroker.metadata", "kbroker.replicas", "kbroker.coordinator",
        "kbroker.telemetry", "kbroker.transaction_markers", "kbroker.advertised_addresses",
        "kbroker.dynamic_broker_settings", "kbroker.held_answers",
    },
    "kbroker.context": VALUES | {"kbroker.node"},
    "kbroker.handlers": WIRE | VALUES | {
        "storage", "kbroker.metadata", "kbroker.replicas", "kbroker.coordinator",
        "kbroker.held_answers", "kbroker.transaction_markers", "kbroker.telemetry",
        "kbroker.context", "kbroker.node", "kbroker.apis", "kbroker.handlers",
    },
    "kbroker.apis": WIRE,
    "kbroker.dispatch": WIRE | VALUES | {"kbroker.apis", "kbroker.context"},
    "kbroker.log_setup": WIRE | VALUES | {"kbroker.context"},
    "kbroker.session": WIRE | VALUES | {
        "kbroker.apis", "kbroker.context", "kbroker.dispatch", "kbroker.handlers",
        "kbroker.log_setup", "kbroker.node",
    },
    "kbroker.network": VALUES | {"storage", "kbroker.network", "kbroker.session", "kbroker.node"},
    "kbroker.temporary_data": {"storage"},
    "kbroker.broker": WIRE | VALUES | {
        "storage", "kbroker.temporary_data", "kbroker.network", "kbroker.node",
        "kbroker.advertised_addresses",
        "kbroker.metadata", "kbroker.replicas",
    },
    "kbroker.cli": WIRE | VALUES | {
        "storage", "kbroker.cli", "kbroker.broker", "kbroker.apis", "kbroker.metadata",
        "kbroker.network.endpoints", "kbroker.log_setup", "kbroker.telemetry",
        "kbroker.replicas.durability",
    },
    "kbroker.__main__": {"kbroker.cli"},
    "kbroker": {"kbroker.broker"},
}  # fmt: skip
SOCKETS_ARE_FOR = ("kbroker.network", "kbroker.cli", "kbroker.broker")


def modules() -> Iterator[tuple[str, ast.Module]]:
    for package in ("wire", "storage", "kbroker"):
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            yield name, ast.parse(path.read_text())


def imports_at_run_time(tree: ast.Module) -> Iterator[str]:
    """Dotted names, also of imports within functions, but not those for type checkers only."""
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            pending += node.orelse
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        else:
            pending += ast.iter_child_nodes(node)


def allowed(importer: str, imported: str) -> bool:
    place = max(
        (known for known in MAY_IMPORT if importer == known or importer.startswith(known + ".")),
        key=len,
    )
    return any(
        imported == target or (imported.startswith(target + ".") and target != "kbroker")
        for target in MAY_IMPORT[place]
    )


def test_imports_go_one_way() -> None:
    """A module that needs more than its layer may import belongs to another layer."""
    wrong = [
        f"{name} imports {imported}"
        for name, tree in modules()
        for imported in imports_at_run_time(tree)
        if imported.split(".")[0] in ("wire", "storage", "kbroker", "tools", "tests")
        and not allowed(name, imported)
    ]

    assert wrong == []


def test_only_the_edge_uses_sockets_and_clocks() -> None:
    """All others are given bytes, values and ``now_ms`` (design rule 2)."""
    wrong = [
        f"{name} imports {imported}"
        for name, tree in modules()
        for imported in imports_at_run_time(tree)
        if imported.split(".")[0] in ("socket", "selectors", "asyncio", "time")
        and not name.startswith(SOCKETS_ARE_FOR)
        and name not in ("kbroker.clock", "storage.clean_process")
    ]

    assert wrong == []
