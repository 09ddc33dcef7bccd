"""UNIQUE and PRIMARY KEY whose index is built while everybody reads and writes.

Adding one builds its index while nobody may read the table. Built CONCURRENTLY under the same name
it then becomes the constraint's, for which the strong lock is needed for a moment only. Source:
PostgreSQL's documentation, ALTER TABLE, ADD table_constraint_using_index.
"""

from __future__ import annotations

from dataclasses import replace

from psycopg import sql

from reconcile_pipeline.attribution.model import EffectVerdict, StatementVerdict, Verdict
from reconcile_pipeline.catalog.model import Change, Kind, ObjectId, Snapshot
from reconcile_pipeline.plan.completion.validation import added_constraint


def index_first(
    statement: StatementVerdict, production: Snapshot, index: str = ""
) -> tuple[StatementVerdict, StatementVerdict] | None:
    """The statement that builds the index, and the one that makes it the constraint's.

    `index`: its name until then, where the constraint's is taken.

    None where the statement does not just add one named constraint to a plain table in production.
    So too for a primary key over a column that may be NULL: that is searched for in any case.
    """
    from pglast.enums import ConstrType

    match added_constraint(statement.sql, production):
        case (table, constraint) if (
            constraint.contype in (ConstrType.CONSTR_UNIQUE, ConstrType.CONSTR_PRIMARY)
            and constraint.indexname is None
            and constraint.options is None
            and constraint.without_overlaps is False
        ):
            pass
        case _:
            return None
    keys = [key.sval for key in constraint.keys or ()]
    primary = constraint.contype == ConstrType.CONSTR_PRIMARY
    columns = [production.get(ObjectId(Kind.COLUMN, f"{table}.{key}")) for key in keys]
    if primary and not all(each and each.facets["not_null"] for each in columns):
        return None
    schema, _, bare = table.partition(".")
    parts = {
        "table": sql.Identifier(schema, bare),
        "name": sql.Identifier(constraint.conname),
        "index": sql.Identifier(index or constraint.conname),
        "keys": sql.SQL(", ").join(map(sql.Identifier, keys)),
        "include": _listed(" INCLUDE ({})", [part.sval for part in constraint.including or ()]),
        "nulls": sql.SQL(" NULLS NOT DISTINCT" if constraint.nulls_not_distinct else ""),
        "space": _listed(" TABLESPACE {}", [constraint.indexspace or ""]),
        "kind": sql.SQL("PRIMARY KEY" if primary else "UNIQUE"),
        "when": sql.SQL(
            (" DEFERRABLE" if constraint.deferrable else "")
            + (" INITIALLY DEFERRED" if constraint.initdeferred else "")
        ),
    }
    build = "CREATE UNIQUE INDEX CONCURRENTLY {index} ON {table} ({keys}){include}{nulls}{space}"
    use = "ALTER TABLE {table} ADD CONSTRAINT {name} {kind} USING INDEX {index}{when}"
    first, then = (sql.SQL(text).format(**parts).as_string(None) for text in (build, use))
    built = EffectVerdict(
        Kind.INDEX, f"{schema}.{index or constraint.conname}", Change.CREATED, Verdict.ABSENT
    )
    return (
        replace(statement, sql=first, effects=(built,), rows=()),
        replace(statement, sql=then),
    )


def _listed(words: str, names: list[str]) -> sql.Composable:
    if not any(names):
        return sql.SQL("")
    return sql.SQL(words).format(sql.SQL(", ").join(map(sql.Identifier, names)))
