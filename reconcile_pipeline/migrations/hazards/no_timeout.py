"""A statement that waits for a lock, or runs, for as long as it takes."""

from __future__ import annotations

from collections.abc import Iterator

from pglast import ast

from reconcile_pipeline.migrations.locks import locks_of
from reconcile_pipeline.migrations.model import Hazard, MigrationFile, Severity
from reconcile_pipeline.migrations.tree import Node, parse

NAME = "no_timeout"

SETTINGS = ("lock_timeout", "statement_timeout")

#: How the parser's names for what changes the catalog begin.
_CHANGES = ("Alter", "Create", "Drop", "Rename", "Reindex", "Refresh", "Index")


def check(node: Node) -> Iterator[Hazard]:
    """Nothing by itself: it takes the whole file."""
    yield from ()


def check_file(file: MigrationFile) -> Iterator[tuple[int, Hazard]]:
    """(statement's index, hazard): each statement that locks a table before both are set."""
    bounded: set[str] = set()
    for statement in file.statements:
        for node in parse(statement.sql):
            if isinstance(node, ast.VariableSetStmt) and node.name in SETTINGS:
                if node.args:
                    bounded.add(str(node.name))
                else:
                    bounded.discard(str(node.name))
            missing = [name for name in SETTINGS if name not in bounded]
            if missing and (locks_of(node) or type(node).__name__.startswith(_CHANGES)):
                named = " and no ".join(missing)
                message = f"Nothing bounds how long this waits or runs: no {named}."
                yield statement.index, Hazard(NAME, Severity.NOTICE, message)
