"""The tables that a plan can touch: those it names, as far as all that it runs can be read."""

from __future__ import annotations

from collections.abc import Collection

from pglast import ast

from reconcile_pipeline.catalog.model import Kind, Snapshot
from reconcile_pipeline.migrations.tree import Node, parse, walk
from reconcile_pipeline.plan.model import Plan, Step, StepKind

#: Statements that run code of which the text does not tell what it touches.
_OPAQUE = (ast.DoStmt, ast.CallStmt, ast.SelectStmt, ast.ExecuteStmt, ast.CreateTableAsStmt)


def named_tables(plan: Plan, production: Snapshot) -> frozenset[str] | None:
    """`schema.table` of each table that a step locks, writes or fills; None where it may be any.

    It may be any where code runs whose effects no text tells: DO, CALL, SELECT; an event trigger;
    rows written to a table with triggers or rules, or through a view.
    """
    if _names(production, Kind.EVENT_TRIGGER):
        return None
    elsewhere = _names(production, Kind.VIEW) | _names(production, Kind.FOREIGN_TABLE)
    for kind in (Kind.TRIGGER, Kind.RULE):
        rows = production.kinds.get(kind)
        elsewhere |= {of.identity for of in rows.parents.values() if of} if rows else set()
    found: set[str] = set()
    for step in plan.steps:
        if step.kind in (StepKind.FILES, StepKind.HISTORY):
            continue
        if _is_opaque(step, elsewhere):
            return None
        if step.backfill is not None:  # its source is any query
            return None
        names = [*(step.locks or ()), *(step.rows or ()), *step.rewrites]
        found.update(".".join(name.split(".")[:2]) for name in names)
    return frozenset(found)


def _is_opaque(step: Step, elsewhere: Collection[str]) -> bool:
    """`elsewhere`: relations of which a write may go, or go on, to others."""
    written = {name for name, limits in (step.rows or {}).items() if any(n != 0 for n in limits)}
    if not written.isdisjoint(elsewhere):
        return True
    return any(_runs_code(node) for sql in step.statements for node in parse(sql) or (None,))


def _runs_code(node: Node | None) -> bool:
    if node is None:  # it does not parse
        return True
    if isinstance(node, _OPAQUE):
        return True
    writes = isinstance(node, (ast.InsertStmt, ast.UpdateStmt, ast.DeleteStmt, ast.MergeStmt))
    return writes and any(isinstance(part, ast.FuncCall) for part in walk(node))


def _names(snapshot: Snapshot, kind: Kind) -> set[str]:
    rows = snapshot.kinds.get(kind)
    return set(rows.objects) if rows else set()
