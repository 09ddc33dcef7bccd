"""What the reader's SQL writes down by itself is what the server would have said, to the byte."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import Connection, sql

from reconcile_pipeline.catalog.model import Kind
from reconcile_pipeline.catalog.read import read_kinds
from reconcile_pipeline.catalog.session import reading

SHAPES = (Path(__file__).parent / "definitions.sql").read_text()

_SINCE_18 = """
ALTER TABLE other.plain ADD virt integer GENERATED ALWAYS AS ("select" * 2) VIRTUAL;
CREATE TABLE other.temporal (id int4range, valid daterange,
    PRIMARY KEY (id, valid WITHOUT OVERLAPS), UNIQUE (valid, id WITHOUT OVERLAPS));
"""

_INDEXES = """
SELECT n.nspname || '.' || c.relname, pg_get_indexdef(c.oid)
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname !~ '^(pg_|information_schema$)' AND NOT c.relispartition
  AND NOT EXISTS (SELECT FROM pg_constraint k
                  WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))"""

_DEFAULTS = """
SELECT n.nspname || '.' || c.relname || '.' || a.attname, pg_get_expr(e.adbin, e.adrelid)
FROM pg_attrdef e JOIN pg_class c ON c.oid = e.adrelid AND c.relkind IN ('r', 'p', 'f')
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = e.adrelid AND a.attnum = e.adnum
WHERE n.nspname !~ '^(pg_|information_schema$)'"""

_TRIGGERS = """
SELECT n.nspname || '.' || c.relname || '.' || g.tgname, pg_get_triggerdef(g.oid)
FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT g.tgisinternal AND g.tgparentid = 0"""


def check_definitions(connection: Connection[Any]) -> None:
    """Make everything that definitions.sql makes, and compare it."""
    connection.execute(SHAPES.encode())
    if connection.info.server_version >= 180000:
        connection.execute(_SINCE_18)
    compare_definitions(connection)


def compare_definitions(connection: Connection[Any]) -> None:
    """Every index, default and trigger: as the server's own functions write it down."""
    kinds = (Kind.INDEX, Kind.COLUMN, Kind.TRIGGER)
    snapshot = read_kinds(connection, kinds, managed=frozenset())
    with reading(connection):
        indexes = dict(connection.execute(_INDEXES).fetchall())
        defaults = dict(connection.execute(_DEFAULTS).fetchall())
        triggers = dict(connection.execute(_TRIGGERS).fetchall())
    for kind, facet, said in (
        (Kind.INDEX, "definition", indexes),
        (Kind.COLUMN, "default", defaults),
        (Kind.TRIGGER, "definition", triggers),
    ):
        rows = snapshot.kinds[kind]
        place = rows.facets.index(facet)
        read = {name: v[place] for name, v in rows.objects.items() if v[place] is not None}
        assert read == said


def test_definitions_are_the_servers_own(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        check_definitions(connection)


#: Names that are taken: of schemas that are there, and of every table's own columns.
_TAKEN = {"public", "ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"}
_NAMES = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=9
).filter(lambda name: name not in _TAKEN and not name.startswith("pg_"))
_TYPES = st.sampled_from(
    ("integer", "text", "varchar(5)", "uuid", "timestamptz", "numeric", "name")
)
_KEYS = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.sampled_from(("", "", ' COLLATE "C"', ' COLLATE "default"')),
        st.sampled_from(("", "", " DESC", " NULLS FIRST", " DESC NULLS LAST")),
    ),
    min_size=1,
    max_size=3,
)
_ENDS = st.sampled_from(
    ("", "", " INCLUDE ({0})", " NULLS NOT DISTINCT", " WITH (fillfactor = 50)",
     " WHERE {0} IS NOT NULL", " WHERE {0} IS NULL AND {1} IS NULL")
)  # fmt: skip


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    names=st.lists(_NAMES, min_size=6, max_size=6, unique=True),
    types=st.lists(_TYPES, min_size=4, max_size=4),
    unique=st.booleans(),
    keys=_KEYS,
    end=_ENDS,
)
def test_so_are_those_of_any_index(
    database: str,
    names: list[str],
    types: list[str],
    unique: bool,
    keys: list[tuple[int, str, str]],
    end: str,
) -> None:
    schema, table, *columns = (sql.Identifier(name) for name in names)
    collated = {i for i, type in enumerate(types) if type in ("text", "varchar(5)", "name")}
    with (
        psycopg.connect(database, autocommit=True) as connection,
        connection.transaction(force_rollback=True),
    ):
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(schema))
        connection.execute(
            sql.SQL("CREATE TABLE {}.{} ({})").format(
                schema,
                table,
                sql.SQL(", ").join(
                    sql.SQL("{} {}").format(column, sql.SQL(type))
                    for column, type in zip(columns, types, strict=True)
                ),
            )
        )
        connection.execute(
            sql.SQL("CREATE {}INDEX ON {}.{} ({}){}").format(
                sql.SQL("UNIQUE " if unique else ""),
                schema,
                table,
                sql.SQL(", ").join(
                    sql.SQL("{}{}{}").format(
                        columns[i],
                        sql.SQL(collation if i in collated else ""),
                        sql.SQL(order),
                    )
                    for i, collation, order in keys
                ),
                sql.SQL(end).format(columns[3], columns[2]),
            )
        )
        compare_definitions(connection)
