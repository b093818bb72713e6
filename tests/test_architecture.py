"""docs/architecture.md names what exists, and all that a reader may look for."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "architecture.md").read_text()
RULES_CITED_IN = ("wire", "storage", "kbroker", "tests", "tools", "compat_tests")


def named_paths() -> set[str]:
    """What the page names as a path, with a trailing slash for a folder."""
    return set(re.findall(r"`([\w/.-]*/[\w.-]*)`", PAGE))


def modules_and_packages() -> Iterator[str]:
    """Modules at the top of each package, and all packages."""
    for package in ("wire", "storage", "kbroker"):
        for module in (ROOT / package).glob("*.py"):
            if module.name != "__init__.py":
                yield module.relative_to(ROOT).as_posix()
        for package_file in (ROOT / package).rglob("__init__.py"):
            folder = package_file.parent
            if folder != ROOT / package:
                yield f"{folder.relative_to(ROOT).as_posix()}/"


def test_every_path_on_the_page_exists() -> None:
    """A module that was moved or renamed is moved on the page as well."""
    missing = [path for path in named_paths() if not (ROOT / path).exists()]

    assert missing == []


def test_every_module_and_package_is_on_the_page() -> None:
    """A new one gets its line in the map."""
    assert set(modules_and_packages()) - named_paths() == set()


def methods() -> Iterator[str]:
    """``Class.method`` of all sources."""
    for package in ("wire", "storage", "kbroker", "tests"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.parse(path.read_text()).body:
                if isinstance(node, ast.ClassDef):
                    for item in node.body:
                        if isinstance(item, ast.FunctionDef):
                            yield f"{node.name}.{item.name}"


def test_every_method_on_the_page_exists() -> None:
    """A method that was renamed is renamed on the page as well."""
    named = set(re.findall(r"`([A-Z]\w+\.\w+)`", PAGE))

    assert named, "the page names methods"
    assert named - set(methods()) == set()


def test_rules_that_code_cites_are_on_the_page() -> None:
    """``design rule 4`` leads somewhere."""
    numbers = set(re.findall(r"^(\d+)\. \*\*", PAGE, re.MULTILINE))
    cited = {
        number
        for package in RULES_CITED_IN
        for path in (ROOT / package).rglob("*.py")
        for number in re.findall(r"design rule (\d+)", path.read_text())
    }

    assert cited - numbers == set()
