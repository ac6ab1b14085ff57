"""Small wrong changes to a module's source, one at a time, by its syntax tree."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Mutant", "mutants_of"]

_COMPARED = {
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,), ast.NotIn: (ast.In,),
}  # fmt: skip
_CALCULATED = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.Div: ast.Mult,
    ast.Mod: ast.FloorDiv, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.BitXor: ast.BitOr,
    ast.LShift: ast.RShift, ast.RShift: ast.LShift,
}  # fmt: skip
_PAIRS = ("min max", "minimum maximum", "any all", "floor ceil", "argmin argmax", "zeros ones", "left right")
_SWAPPED = {**dict(map(str.split, _PAIRS)), **{pair.split()[1]: pair.split()[0] for pair in _PAIRS}}

#: What means nothing when the program runs, or what only guards against other changes.
_LEFT_ALONE = ("annotation", "returns", "decorator_list", "format_spec")


@dataclass(frozen=True)
class Mutant:
    """A place in a file, in bytes, and what stands there instead."""

    module: str
    line: int
    start: int
    stop: int
    after: str
    #: Module and lines before and after, wherever they stand.
    change: str

    @property
    def key(self) -> str:
        return f"{self.module}:{self.line}:{self.start}-{self.stop}: {self.after}"

    def applied(self, source: bytes) -> bytes:
        return source[: self.start] + self.after.encode() + source[self.stop :]


def mutants_of(module: str, source: bytes) -> list[Mutant]:
    """All mutants of a module, each only once."""
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found = {}
    for node in _nodes(ast.parse(source)):
        for changed in _changes(node):
            # The test of a statement has a place of its own.
            place = node.test if isinstance(changed, ast.UnaryOp) and hasattr(node, "test") else node
            start = starts[place.lineno - 1] + place.col_offset
            stop = starts[place.end_lineno - 1] + place.end_col_offset
            text = ast.unparse(changed)
            after = f"({text})" if isinstance(changed, ast.expr) else text
            first, last = starts[place.lineno - 1], starts[place.end_lineno]
            lines = source[first:last], source[first:start] + after.encode() + source[stop:last]
            before, now = (" ".join(line.decode().split()) for line in lines)
            mutant = Mutant(module, place.lineno, start, stop, after, f"{module}\n- {before}\n+ {now}")
            found[mutant.key] = mutant
    return list(found.values())


def _nodes(node: ast.AST) -> Iterator[ast.AST]:
    """What is in a tree and has a place in the file (what is in an f-string has none before Python 3.12)."""
    yield node
    for name, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            is_strict = isinstance(child, ast.keyword) and child.arg == "strict"
            is_left_alone = is_strict or name in _LEFT_ALONE or isinstance(child, ast.JoinedStr | ast.Assert)
            if isinstance(child, ast.AST) and not is_left_alone:
                yield from _nodes(child)


def _with(node: ast.AST, **fields: object) -> ast.AST:
    """A copy with other fields."""
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


def _changes(node: ast.AST) -> Iterator[ast.AST]:  # noqa: C901 (one table)
    """What may stand in place of a node."""
    match node:
        case ast.Compare():
            for i, op in enumerate(node.ops):
                for other in _COMPARED[type(op)]:
                    yield _with(node, ops=[*node.ops[:i], other(), *node.ops[i + 1 :]])
        case ast.BoolOp():
            yield _with(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
        case ast.BinOp() if type(node.op) in _CALCULATED:
            yield _with(node, op=_CALCULATED[type(node.op)]())
        case ast.UnaryOp():
            yield node.operand
        case ast.Constant(value=bool()):
            yield ast.Constant(not node.value)
        case ast.Constant(value=int()):
            yield from (ast.Constant(node.value + 1), ast.Constant(node.value - 1))
        case ast.Constant(value="left" | "right"):
            yield ast.Constant(_SWAPPED[node.value])
        case ast.Name(id=name) if name in _SWAPPED:
            yield _with(node, id=_SWAPPED[name])
        case ast.Attribute(attr=name) if name in _SWAPPED:
            yield _with(node, attr=_SWAPPED[name])
        case ast.AugAssign() | ast.Expr(value=ast.Call() | ast.Yield()) | ast.Raise():
            yield ast.Pass()
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield ast.Pass()
        case ast.Continue():
            yield ast.Break()
        case ast.Break():
            yield ast.Continue()
    if isinstance(node, ast.AugAssign) and type(node.op) in _CALCULATED:
        yield _with(node, op=_CALCULATED[type(node.op)]())
    test = getattr(node, "test", None)
    if isinstance(test, ast.Name | ast.Attribute | ast.Call | ast.Subscript):
        yield ast.UnaryOp(ast.Not(), test)
