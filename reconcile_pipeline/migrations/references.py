"""Static facts of a statement, from its tree: what it names, and what sort of statement it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from pglast import ast

from reconcile_pipeline.migrations.blocks import COMPUTED, inner_statements
from reconcile_pipeline.migrations.objects import Use, objects
from reconcile_pipeline.migrations.rows import RowChange, row_changes
from reconcile_pipeline.migrations.tree import (
    DEFAULT_SCHEMA,
    Node,
    option,
    parse,
    qualified,
    relations,
    texts,
    walk,
)

_LEAVES_NOTHING = (
    ast.VariableSetStmt,
    ast.VariableShowStmt,
    ast.NotifyStmt,
    ast.ListenStmt,
    ast.LockStmt,
    ast.VacuumStmt,
    ast.CheckPointStmt,
    ast.DiscardStmt,
    ast.TransactionStmt,
    ast.ConstraintsSetStmt,
    ast.ReindexStmt,
    ast.ClusterStmt,
)
_PURE = {"count", "now", "version", "current_setting", "pg_notify", "sum", "min", "max", "coalesce"}


@dataclass(frozen=True, slots=True)
class Names:
    """What one statement names; identities as in `objects`, unqualified ones put into `public`
    or the schema that was given.

    `mentioned`: relations it reads or writes, functions it calls, types it uses (built-in ones too,
    where the text doesn't say that they are). `in_bodies`: relations that the body of a function it
    makes speaks of. `rows`: what it does to rows. `dynamic`: it runs SQL that only running it
    would tell. `parsed`: False where the parser refuses it; then nothing else is known.
    """

    created: frozenset[str] = frozenset()
    altered: frozenset[str] = frozenset()
    dropped: frozenset[str] = frozenset()
    mentioned: frozenset[str] = frozenset()
    in_bodies: frozenset[str] = frozenset()
    rows: tuple[RowChange, ...] = field(default=())
    is_transaction_control: bool = False
    is_noop: bool = False
    dynamic: bool = False
    parsed: bool = True

    @property
    def is_dml(self) -> bool:
        """True where it changes rows."""
        return bool(self.rows)

    @property
    def touched(self) -> frozenset[str]:
        """All that it makes, alters or drops."""
        return self.created | self.altered | self.dropped


@lru_cache(maxsize=32_768)  # a scan asks for each statement's some four times, in their order
def names(sql: str, schema: str = DEFAULT_SCHEMA) -> Names:
    """The facts of one statement. `schema` is where its unqualified names are taken to be.

    A DO block's facts are those of the statements inside it, as far as they are constant.
    """
    nodes = parse(sql)
    inside = inner_statements(sql) if any(isinstance(node, ast.DoStmt) for node in nodes) else ()
    constant = [text for text in inside if COMPUTED not in text]
    inner = [node for text in constant for node in parse(text)]
    uses: dict[Use, set[str]] = {use: set() for use in Use}
    for node in (*nodes, *inner):
        for use, identity in objects(node, schema):
            uses[use].add(identity)
    return Names(
        created=frozenset(uses[Use.CREATED]),
        altered=frozenset(uses[Use.ALTERED]),
        dropped=frozenset(uses[Use.DROPPED]),
        mentioned=frozenset().union(*(_mentioned(node, schema) for node in (*nodes, *inner))),
        in_bodies=frozenset().union(*(_in_body(sql, node, schema) for node in nodes)),
        rows=tuple(
            [change for node in nodes for change in row_changes(node, schema)]
            + [change for node in inner for change in row_changes(node, schema, in_block=True)]
        ),
        is_transaction_control=bool(nodes)
        and all(isinstance(node, ast.TransactionStmt) for node in nodes),
        is_noop=all(_leaves_nothing(node) for node in nodes) and bool(nodes),
        dynamic=len(constant) < len(inside),
        parsed=bool(nodes),
    )


def _mentioned(node: Node, schema: str) -> frozenset[str]:
    found = set(relations(node, schema))
    for part in walk(node):
        parts: tuple[str, ...] = ()
        if isinstance(part, ast.FuncCall | ast.CreateTrigStmt):
            parts = texts(part.funcname)
        elif isinstance(part, ast.TypeName):
            parts = texts(part.names)
        if parts and parts[0] != "pg_catalog":
            found.add(qualified(parts, schema))
    return frozenset(found)


def _in_body(sql: str, node: Node, schema: str) -> frozenset[str]:
    if not isinstance(node, ast.CreateFunctionStmt):
        return frozenset()
    if node.sql_body is not None:
        return relations(node.sql_body, schema)
    language, body = option(node.options, "language"), option(node.options, "as")
    if language is None or body is None:
        return frozenset()
    name = "".join(texts(language.arg)).lower()
    if name == "sql":
        return relations(parse(texts(body.arg)[0]), schema)
    inside = inner_statements(sql) if name == "plpgsql" else ()
    return frozenset().union(*(relations(parse(text), schema) for text in inside))


def _leaves_nothing(node: Node) -> bool:
    if isinstance(node, ast.DoStmt):
        return False
    if isinstance(node, ast.SelectStmt):
        calls = (part for part in walk(node) if isinstance(part, ast.FuncCall))
        writes = any(
            isinstance(part, ast.InsertStmt | ast.UpdateStmt | ast.DeleteStmt | ast.MergeStmt)
            for part in walk(node)
        )
        pure = all(texts(call.funcname)[-1] in _PURE for call in calls)
        return node.intoClause is None and pure and not writes
    return isinstance(node, _LEAVES_NOTHING)
