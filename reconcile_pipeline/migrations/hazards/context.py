"""What the rest of a file says about one statement's hazards."""

from __future__ import annotations

from pglast import ast

from reconcile_pipeline.migrations import hazards
from reconcile_pipeline.migrations.hazards import (
    blocks_writes,
    changes_behaviour,
    constraint_without_not_valid,
    index_without_concurrently,
    needs_empty_table,
    not_validated,
    rejects_writes,
    rewrites_table,
    strong_lock,
)
from reconcile_pipeline.migrations.model import Hazard, MigrationFile, Statement
from reconcile_pipeline.migrations.tree import parse, relation

#: Rules about tables that somebody uses, and of no account for one that is just being made.
ABOUT_TABLES_IN_USE = {
    rule.NAME
    for rule in (
        blocks_writes,
        changes_behaviour,
        constraint_without_not_valid,
        index_without_concurrently,
        needs_empty_table,
        rejects_writes,
        rewrites_table,
        strong_lock,
    )
}


class Context:
    """A file's statements, each with where it makes and validates what."""

    def __init__(self, file: MigrationFile, *, strict: bool = False) -> None:
        self._strict = strict
        self._made: dict[str, int] = {}
        self._validated: dict[str, int] = {}
        for statement in file.statements:
            for node in parse(statement.sql):
                # IF NOT EXISTS may make nothing: the table may be old and full.
                if isinstance(node, ast.CreateStmt) and not node.if_not_exists:
                    self._made.setdefault(relation(node.relation), statement.index)
                for constraint in not_validated.validated(node):
                    self._validated[constraint] = statement.index

    def of(self, statement: Statement) -> tuple[Hazard, ...]:
        """The statement's hazards, without those that the file answers itself."""
        return tuple(
            hazard
            for hazard in hazards.judge(statement.sql, strict=self._strict)
            if not self._answered(hazard, statement.index)
        )

    def _answered(self, hazard: Hazard, index: int) -> bool:
        if hazard.rule in ABOUT_TABLES_IN_USE and hazard.objects:
            return all(self._is_new(name, index) for name in hazard.objects)
        if hazard.rule == not_validated.NAME:
            return any(self._validated.get(name, -1) > index for name in hazard.objects)
        return False

    def _is_new(self, name: str, index: int) -> bool:
        """True for a table that the file made before, and for its columns."""
        tables = (name, name.rpartition(".")[0])
        return any(self._made.get(table, index) < index for table in tables)
