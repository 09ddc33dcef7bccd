"""Columns of a missing base that files drop: the base had them, or nothing before the drop works.

Policies of the third file read `people.role`, the twelfth drops it, and production has it no more.
Of its type only what the statements that use it say is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set

from psycopg.sql import SQL, Composable, Identifier

from reconcile_pipeline.catalog.model import Kind, ObjectId, Rows, Snapshot
from reconcile_pipeline.migrations.model import Inventory
from reconcile_pipeline.migrations.references import Names

_DROPS = re.compile(r"\bdrop\b", re.IGNORECASE)
_LITERAL = re.compile(r"'([^']*)'")
#: What a column is compared with, and the type that this tells.
_COMPARED = (
    (r"{column}\s*(?:=|<>|!=|is(?:\s+not)?)\s*(?:true|false)\b", "bool"),
    (r"{column}\s*=\s*auth\.uid\(\)|auth\.uid\(\)\s*=\s*(?:\w+\.)?{column}", "uuid"),
    (r"{column}\s*(?:=|<>|!=|<=|>=|<|>)\s*\d", "numeric"),
)
_LISTED = r"{column}\s*(?:=|<>|!=|(?:not\s+)?in\s*\()\s*((?:'[^']*'(?:::[\w.]+)?[\s,]*)+)"


def former_columns(
    inventory: Inventory, production: Snapshot, base: Set[ObjectId], made: Set[str]
) -> tuple[str, ...]:
    """SQL that adds to the tables of the `base` the columns that they had before the files.

    A column counts where production lacks it, no file makes it, and a file drops it: without IF
    EXISTS, or after statements that use it. `made`: what the files make, by raw identity.
    """
    there = production.kinds.get(Kind.COLUMN, Rows((), {})).objects
    texts: dict[str, list[str]] = {}  # by table, the statements so far that speak of it
    found: dict[str, str] = {}
    for sql, names in _statements(inventory):
        for table, column, surely in _dropped(sql, names):
            identity = f"{table}.{column}"
            if ObjectId(Kind.TABLE, table) not in base or identity in there.keys() | made:
                continue
            using = [text for text in texts.get(table, ()) if re.search(_word(column), text, re.I)]
            if (surely or using) and identity not in found:
                found[identity] = _added(table, column, _type_of(column, using, production, base))
        for table in names.mentioned | names.altered | names.in_bodies:
            texts.setdefault(table, []).append(sql)
    return tuple(found.values())


def _statements(inventory: Inventory) -> Iterator[tuple[str, Names]]:
    from reconcile_pipeline.migrations.paths import named_statements

    for _, statement, names in named_statements(inventory.files):
        yield statement.sql, names


def _dropped(sql: str, names: Names) -> Iterator[tuple[str, str, bool]]:
    """(table, column, not only if it is there) of each column that the statement drops."""
    from pglast import ast
    from pglast.enums import AlterTableType

    from reconcile_pipeline.migrations.blocks import inner_statements
    from reconcile_pipeline.migrations.tree import parse, relation

    if not names.dropped or not _DROPS.search(sql):
        return
    nodes = parse(sql)
    if block := any(isinstance(node, ast.DoStmt) for node in nodes):
        nodes = tuple(node for text in inner_statements(sql) for node in parse(text))
    for node in nodes:
        if not isinstance(node, ast.AlterTableStmt) or node.relation is None:
            continue
        for command in node.cmds or ():
            if command.subtype == AlterTableType.AT_DropColumn:
                table = relation(node.relation, "public")
                yield table, str(command.name), not (block or command.missing_ok)


def _type_of(
    column: str, using: list[str], production: Snapshot, base: Set[ObjectId]
) -> Composable:
    """An enum of the base that has all the words that the column is compared with; else what the
    comparisons tell, or text."""
    text = "\n".join(using)
    listed = re.findall(_LISTED.format(column=_word(column)), text, re.IGNORECASE)
    words = {word for one in listed for word in _LITERAL.findall(one)}
    rows = production.kinds.get(Kind.ENUM, Rows((), {}))
    for identity, values in sorted(rows.objects.items()):
        labels = str(values[rows.facets.index("labels")] or "").split("\n")
        if words and ObjectId(Kind.ENUM, identity) in base and words.issubset(labels):
            return Identifier(*identity.split(".", 1))
    for pattern, name in _COMPARED:
        if re.search(pattern.format(column=_word(column)), text, re.IGNORECASE):
            return Identifier("pg_catalog", name)
    return Identifier("pg_catalog", "text")


def _word(column: str) -> str:
    return rf'(?<![\w$]){re.escape(column)}(?![\w$])"?'


def _added(table: str, column: str, type_: Composable) -> str:
    return (
        SQL("ALTER TABLE {} ADD COLUMN {} {}")
        .format(Identifier(*table.split(".", 1)), Identifier(column), type_)
        .as_string(None)
    )
