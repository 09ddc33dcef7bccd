"""Questions that tell whether an alteration is there, read off the statement that makes it.

Whether an object is there says nothing of its alteration. What is not known here leaves a step
without that part of its postcondition; the rehearsal still compares the whole catalog.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pglast import ast
from pglast.enums import AlterTableType as AT
from psycopg import sql

from reconcile_pipeline.migrations.tree import Node, option, parse, qualified, relation, texts
from reconcile_pipeline.plan.completion.not_null import column_of

#: (in words, a boolean expression)
Question = tuple[str, str]

_TABLE = (
    "EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n"
    " ON n.oid = c.relnamespace WHERE n.nspname || '.' || c.relname = {table} AND {what})"
)
_COLUMN = (
    "EXISTS (SELECT FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c"
    " ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname || '.' || c.relname || '.' || a.attname = {column} AND {what})"
)
_LABEL = (
    "EXISTS (SELECT FROM pg_catalog.pg_enum e JOIN pg_catalog.pg_type t ON t.oid = e.enumtypid"
    " JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace"
    " WHERE n.nspname || '.' || t.typname = {type} AND e.enumlabel = {label})"
)
_CONSTRAINT = (
    "EXISTS (SELECT FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c"
    " ON c.oid = k.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname || '.' || c.relname || '.' || k.conname = {name} AND k.convalidated)"
)
_BODY = (
    "EXISTS (SELECT FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n"
    " ON n.oid = p.pronamespace WHERE n.nspname || '.' || p.proname = {name}"
    " AND p.prosrc = {body})"
)
_OF_TABLES = {
    AT.AT_EnableRowSecurity: ("row-level security of {0} is on", "c.relrowsecurity"),
    AT.AT_DisableRowSecurity: ("row-level security of {0} is off", "NOT c.relrowsecurity"),
    AT.AT_ForceRowSecurity: ("{0} binds its owner", "c.relforcerowsecurity"),
    AT.AT_NoForceRowSecurity: ("{0} does not bind its owner", "NOT c.relforcerowsecurity"),
}
_OF_COLUMNS = {
    AT.AT_SetNotNull: ("{0} is NOT NULL", "a.attnotnull"),
    AT.AT_DropNotNull: ("{0} may be NULL", "NOT a.attnotnull"),
}


def questions(statements: Iterable[str]) -> tuple[Question, ...]:
    """Those of all statements, the last word on each thing counting."""
    found: dict[str, Question] = {}
    for text in statements:
        for node in parse(text):
            for about, question in _of(node):
                found.pop(about, None)
                found[about] = question
    return tuple(found.values())


def not_valid(constraint: str) -> Question:
    """Whether a constraint (`schema.table.name`) is there, and not validated yet."""
    asked = _put(_CONSTRAINT.replace("k.convalidated", "NOT k.convalidated"), name=constraint)
    return f"{constraint} is there", asked


def _of(node: Node) -> Iterator[tuple[str, Question]]:
    if isinstance(node, ast.AlterTableStmt):
        table = relation(node.relation)
        for command in node.cmds or ():
            yield from _command(table, command)
    elif isinstance(node, ast.AlterEnumStmt) and node.newVal is not None:
        name = qualified(texts(node.typeName))
        asked = _put(_LABEL, type=name, label=str(node.newVal))
        yield f"{name} {node.newVal}", (f"{name} has the value {node.newVal}", asked)
    elif isinstance(node, ast.CreateFunctionStmt) and node.replace:
        body = option(node.options, "as")
        if body is not None and len(parts := texts(body.arg)) == 1:
            name = qualified(texts(node.funcname))
            yield f"body of {name}", (f"{name} does what the file says",
                                      _put(_BODY, name=name, body=parts[0]))  # fmt: skip


def _command(table: str, command: Node) -> Iterator[tuple[str, Question]]:
    if (known := _OF_TABLES.get(command.subtype)) is not None:
        words, what = known
        asked = _put(_TABLE.replace("{what}", what), table=table)
        yield f"{what.removeprefix('NOT ')} {table}", (words.format(table), asked)
    elif (known := _OF_COLUMNS.get(command.subtype)) is not None:
        words, what = known
        column = f"{table}.{command.name}"
        asked = _put(_COLUMN.replace("{what}", what), column=column)
        yield f"null {column}", (words.format(column), asked)
    elif command.subtype == AT.AT_AddConstraint and (own := column_of(command.def_)):
        column, name = f"{table}.{own}", f"{table}.{command.def_.conname}"
        set_already = _put(_COLUMN.replace("{what}", "a.attnotnull"), column=column)
        there = _put(_CONSTRAINT.replace(" AND k.convalidated", ""), name=name)
        yield f"check {column}", (f"{column} is checked for NULL", f"({set_already} OR {there})")
    elif command.subtype == AT.AT_ValidateConstraint:
        name = f"{table}.{command.name}"
        yield f"valid {name}", (f"{name} is validated", _put(_CONSTRAINT, name=name))
    elif command.subtype == AT.AT_DropConstraint:
        name = f"{table}.{command.name}"
        yield f"valid {name}", (f"{name} is gone", f"NOT {_put(_CONSTRAINT, name=name)}")


def _put(template: str, **values: str) -> str:
    for name, value in values.items():
        template = template.replace(f"{{{name}}}", sql.Literal(value).as_string(None))
    return template
