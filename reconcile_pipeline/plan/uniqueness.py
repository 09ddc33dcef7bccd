"""Columns in which a plan's statements allow no two rows alike, so that made-up rows are not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def made_unique(statements: Iterable[str]) -> frozenset[str]:
    """`schema.table.column` of each column of a unique or primary key that they add.

    A name without a schema counts as one of `public`. What does not parse adds none.
    """
    from pglast import ast, parse_sql
    from pglast.enums import ConstrType
    from pglast.parser import ParseError

    def columns(statement: ast.Node | None) -> Iterator[str | None]:
        if isinstance(statement, ast.IndexStmt) and statement.unique:
            yield from (each.name for each in statement.indexParams or ())
        elif isinstance(statement, ast.AlterTableStmt):
            for command in statement.cmds or ():
                added = command.def_
                if isinstance(added, ast.Constraint) and added.contype in (
                    ConstrType.CONSTR_UNIQUE,
                    ConstrType.CONSTR_PRIMARY,
                ):
                    yield from (key.sval for key in added.keys or ())

    found: set[str] = set()
    for sql in statements:
        try:
            parsed = [each.stmt for each in parse_sql(sql)]
        except ParseError:
            continue
        for statement in parsed:
            relation = getattr(statement, "relation", None)
            if isinstance(relation, ast.RangeVar):
                table = f"{relation.schemaname or 'public'}.{relation.relname}"
                found |= {f"{table}.{name}" for name in columns(statement) if name}
    return frozenset(found)
