"""A file that handles transactions in a way that its tool, or PostgreSQL, does not take."""

from __future__ import annotations

from collections.abc import Iterator

from pglast import ast
from pglast.enums import TransactionStmtKind as Kind

from reconcile_pipeline.migrations.model import Hazard, MigrationFile, Severity
from reconcile_pipeline.migrations.tree import Node, option, parse

NAME = "transaction_control"

_BEGINS = {Kind.TRANS_STMT_BEGIN, Kind.TRANS_STMT_START}
_ENDS = {Kind.TRANS_STMT_COMMIT, Kind.TRANS_STMT_ROLLBACK}


def check(node: Node) -> Iterator[Hazard]:
    """Nothing by itself: it takes the whole file."""
    yield from ()


def check_file(file: MigrationFile) -> Iterator[tuple[int, Hazard]]:
    """(statement's index, hazard): nested or unfinished transactions, CONCURRENTLY in one, and a
    constraint that is validated in the transaction that adds it.
    """
    begun: int | None = None
    added = False
    for statement in file.statements:
        for node in parse(statement.sql):
            if isinstance(node, ast.TransactionStmt):
                if node.kind in _BEGINS:
                    if begun is not None:
                        yield statement.index, _hazard("A transaction is begun inside another one.")
                    elif file.transactional:
                        yield statement.index, _hazard(
                            "The tool runs the file in a transaction of its own: BEGIN and COMMIT "
                            "end it early.", Severity.NOTICE,
                        )  # fmt: skip
                    begun, added = statement.index, False
                elif node.kind in _ENDS:
                    if begun is None:
                        yield statement.index, _hazard("No transaction of the file's is open here.")
                    begun, added = None, False
            elif _concurrent(node) and (begun is not None or file.transactional):
                yield (
                    statement.index,
                    _hazard("CONCURRENTLY fails in a transaction: say that the file runs in none."),
                )
            elif isinstance(node, ast.AlterTableStmt):
                kinds = {command.subtype.name for command in node.cmds or ()}
                if "AT_ValidateConstraint" in kinds and added:
                    yield statement.index, _hazard(
                        "VALIDATE CONSTRAINT in the transaction that adds the constraint looks at "
                        "every row while that one's lock is held.", Severity.NOTICE,
                    )  # fmt: skip
                added |= "AT_AddConstraint" in kinds
    if begun is not None:
        yield begun, _hazard("The transaction is never ended: all that follows is taken back.")


def _concurrent(node: Node) -> bool:
    if isinstance(node, ast.IndexStmt | ast.DropStmt):
        return bool(node.concurrent)
    if isinstance(node, ast.ReindexStmt):
        return option(node.params, "concurrently") is not None
    return False


def _hazard(message: str, severity: Severity = Severity.WARNING) -> Hazard:
    return Hazard(NAME, severity, message)
