"""Mutants of a module: its source with one small change, made by the operators of cosmic-ray."""

from __future__ import annotations

import ast
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator
from parso.python.tree import Name
from parso.tree import BaseNode, NodeOrLeaf

Position = tuple[int, int]
LOGGERS = ("log", "_log")
# The other replacements of cosmic-ray fail at every use (``a ** b`` for ``a + b``), or change
# nothing (``a is 1`` for ``a == 1``).
REPLACEMENTS = {
    "BinaryOperator": (
        "Add_Sub Sub_Add Mul_FloorDiv Div_Mul FloorDiv_Mul Mod_FloorDiv Pow_Mul "
        "BitAnd_BitOr BitOr_BitAnd BitXor_BitOr LShift_RShift RShift_LShift"
    ),
    "ComparisonOperator": (
        "Eq_NotEq NotEq_Eq Lt_LtE Lt_GtE LtE_Lt LtE_Gt Gt_GtE Gt_LtE GtE_Gt GtE_Lt "
        "Is_IsNot IsNot_Is"
    ),
    "UnaryOperator": "Delete_Not Delete_USub Delete_Invert",
}
OTHERS = (
    "AddNot ReplaceTrueWithFalse ReplaceFalseWithTrue ReplaceAndWithOr ReplaceOrWithAnd "
    "ReplaceBreakWithContinue ReplaceContinueWithBreak ExceptionReplacer NumberReplacer "
    "ZeroIterationForLoop"
)


class Operator(Protocol):
    """An operator as cosmic-ray wants it."""

    def mutation_positions(self, node: NodeOrLeaf) -> Iterator[tuple[Position, Position]]: ...

    def mutate(self, node: NodeOrLeaf, index: int) -> NodeOrLeaf: ...


class RemoveCall:
    """Puts ``None`` for a call whose result is not used. What is logged is left."""

    def mutation_positions(self, node: NodeOrLeaf) -> Iterator[tuple[Position, Position]]:
        if (
            isinstance(node, BaseNode)
            and node.type == "atom_expr"
            and node.parent is not None
            and node.parent.type == "simple_stmt"
            and node.children[-1].get_code().startswith("(")
            and node.children[0].get_code().strip() not in LOGGERS
        ):
            yield node.start_pos, node.end_pos

    def mutate(self, node: NodeOrLeaf, index: int) -> NodeOrLeaf:
        return Name("None", node.start_pos, " " * node.start_pos[1])


@dataclass(frozen=True)
class Mutant:
    """A change: what was done, where, and the whole source after it."""

    operator: str
    occurrence: int
    line: int
    source: str


def operators() -> dict[str, Operator]:
    names = [
        f"Replace{what}_{pair}" for what, all_ in REPLACEMENTS.items() for pair in all_.split()
    ]
    chosen = {name: get_operator(f"core/{name}")() for name in [*names, *OTHERS.split()]}
    return {**chosen, "RemoveCall": RemoveCall()}


def mutants(source: str, sample: int | None = None, seed: str = "") -> list[Mutant]:
    """All mutants, or as many as ``sample`` says, in the order of their lines."""
    made = operators()
    places = list(_places(source, made))
    random.Random(seed).shuffle(places)
    found: list[Mutant] = []
    unchanged = (_running_code(source), "")
    for name, occurrence, line in places:
        if len(found) == sample:
            break
        changed = mutate_code(source, made[name], occurrence)
        if _running_code(changed) not in unchanged:
            found.append(Mutant(name, occurrence, line, changed))
    return sorted(found, key=lambda one: (one.line, one.operator, one.occurrence))


def changed_line(source: str, mutant: Mutant) -> str:
    """The first line that differs, before and after the change."""
    lines = zip(source.splitlines(), mutant.source.splitlines(), strict=False)
    before, after = next((old, new) for old, new in lines if old != new)
    return f"{before.strip()}  ->  {after.strip()}"


def function_at(source: str, line: int) -> str:
    """The qualified name of the innermost function whose body has this line, or ''."""
    return next((name for name, lines in reversed(bodies(source)) if line in lines), "")


def bodies(source: str) -> list[tuple[str, range]]:
    """The functions and the lines of their bodies, an outer one before those inside it."""
    return list(_bodies(ast.parse(source), ""))


def _bodies(node: ast.AST, prefix: str) -> Iterator[tuple[str, range]]:
    for child in ast.iter_child_nodes(node):
        name = prefix
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            name = f"{prefix}.{child.name}".lstrip(".")
            if not isinstance(child, ast.ClassDef):
                yield name, range(child.body[0].lineno, (child.end_lineno or 0) + 1)
        yield from _bodies(child, name)


def _places(source: str, made: dict[str, Operator]) -> Iterator[tuple[str, int, int]]:
    """Operator, occurrence and line of each change that the operators know."""
    counts = dict.fromkeys(made, 0)
    for node in ast_nodes(get_ast(source)):
        for name, operator in made.items():
            for (line, _), _ in operator.mutation_positions(node):
                yield name, counts[name], line
                counts[name] += 1


def _running_code(source: str) -> str:
    """The same for sources that differ only in annotations or decorators; '' if not Python."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return ""
    for node in ast.walk(tree):
        for name, nothing in (("annotation", None), ("returns", None), ("decorator_list", [])):
            if hasattr(node, name):
                setattr(node, name, nothing)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            node.test = ast.Constant(False)
        if isinstance(node, ast.ClassDef) and "Protocol" in map(ast.unparse, node.bases):
            node.body = [ast.Pass()]
    return ast.dump(tree)
