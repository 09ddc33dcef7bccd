"""The whole table is written anew, and nobody can even read it meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

from pglast import ast
from pglast.enums import AlterTableType as AT
from pglast.enums import ConstrType

from reconcile_pipeline.migrations.model import Hazard, Severity
from reconcile_pipeline.migrations.tree import Node, option, relation, texts, truth, walk

NAME = "rewrites_table"

# Functions whose value is the same for all rows of a statement: such a default is stored once.
_SAME_FOR_ALL_ROWS = {"now", "transaction_timestamp", "statement_timestamp", "timezone", "lower",
                      "upper", "jsonb_build_object", "jsonb_build_array", "json_build_object",
                      "to_jsonb", "array_fill", "make_interval", "make_date", "concat", "md5",
                      "date_trunc", "current_setting", "uid", "encode", "decode"}  # fmt: skip
_SERIAL = {"serial", "bigserial", "smallserial", "serial4", "serial8", "serial2"}
_WHOLE = {
    AT.AT_SetLogged: "becomes logged",
    AT.AT_SetUnLogged: "becomes unlogged (a crash empties it)",
    AT.AT_SetAccessMethod: "gets another access method",
    AT.AT_SetTableSpace: "moves to another tablespace",
}


def check(node: Node) -> Iterator[Hazard]:
    """Column types, columns with a computed value for each row, VACUUM FULL, CLUSTER, and whole
    tablespaces that move.
    """
    if isinstance(node, ast.AlterTableStmt):
        for command in node.cmds or ():
            yield from _alter(relation(node.relation), command)
    elif isinstance(node, ast.VacuumStmt) and (full := option(node.options, "full")):
        if truth(full.arg):
            for one in node.rels or (None,):
                table = relation(one.relation) if one else ""
                yield _danger("VACUUM FULL writes the table anew", table)
    elif isinstance(node, ast.ClusterStmt):
        table = relation(node.relation) if node.relation is not None else ""
        yield _danger("CLUSTER writes the table anew", table)
    elif isinstance(node, ast.AlterTableMoveAllStmt):
        yield _danger(f"All that is in {node.orig_tablespacename} moves to another tablespace", "")


def _danger(what: str, table: str) -> Hazard:
    """`table`: empty where the statement does it to one after another, and names none."""
    named = table or "each table in its turn"
    message = f"{what}: {named} can be neither read nor written for as long as that takes."
    return Hazard(NAME, Severity.DANGER, message, (table,) if table else ())


def _alter(table: str, command: Node) -> Iterator[Hazard]:
    if command.subtype == AT.AT_AlterColumnType:
        yield _danger(f"A new type of {command.name} may write every row anew", table)
    elif command.subtype in _WHOLE:
        yield _danger(f"The table {_WHOLE[command.subtype]}", table)
    elif command.subtype == AT.AT_AddColumn and (why := _computed(command.def_)):
        yield _danger(f"The new column {command.def_.colname} {why}", table)
    elif command.subtype == AT.AT_SetExpression:
        yield _danger(f"The generated column {command.name} is computed again", table)


def _computed(column: Node) -> str:
    if set(texts(column.typeName)) & _SERIAL:
        return "gets a number for each row"
    for constraint in column.constraints or ():
        if constraint.contype == ConstrType.CONSTR_IDENTITY:
            return "gets a number for each row"
        if constraint.contype == ConstrType.CONSTR_GENERATED and constraint.generated_kind == "s":
            return "is computed and stored for each row"
        if constraint.contype == ConstrType.CONSTR_DEFAULT and _varies(constraint.raw_expr):
            return "has a default that is computed for each row"
    return ""


def _varies(expression: Node) -> bool:
    return any(
        isinstance(part, ast.FuncCall) and texts(part.funcname)[-1] not in _SAME_FOR_ALL_ROWS
        for part in walk(expression)
    )
