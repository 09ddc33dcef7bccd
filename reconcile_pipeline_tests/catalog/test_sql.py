"""The reader's SQL files: one a kind, all of one form."""

from __future__ import annotations

import re
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from reconcile_pipeline.catalog import rare, template
from reconcile_pipeline.catalog.model import Kind, Snapshot
from reconcile_pipeline.catalog.platform import MANAGED_SCHEMAS
from reconcile_pipeline.catalog.read import read
from reconcile_pipeline.catalog.rows import execute, to_rows
from reconcile_pipeline.catalog.session import reading

#: The least that there can be of a kind that is not asked for where nothing of it can be.
LEAST = {
    Kind.ENUM: "CREATE TYPE e AS ENUM ()",
    Kind.DOMAIN: "CREATE DOMAIN d AS int",
    Kind.COMPOSITE_TYPE: "CREATE TYPE c AS ()",
    Kind.RANGE_TYPE: "CREATE TYPE r AS RANGE (SUBTYPE = text)",
    Kind.STATISTICS: "CREATE TABLE t (a int, b int); CREATE STATISTICS ON a, b FROM t",
    Kind.MATERIALIZED_VIEW: "CREATE MATERIALIZED VIEW m AS SELECT",
    Kind.PROCEDURE: "CREATE PROCEDURE p() LANGUAGE sql AS ''",
    Kind.AGGREGATE: "CREATE AGGREGATE a (int) (SFUNC = int4pl, STYPE = int)",
    Kind.RULE: "CREATE TABLE t (); CREATE RULE r AS ON INSERT TO t DO INSTEAD NOTHING",
    Kind.EVENT_TRIGGER: "CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';"
    " CREATE EVENT TRIGGER g ON ddl_command_end EXECUTE FUNCTION f()",
    Kind.PUBLICATION: "CREATE PUBLICATION p",
    Kind.PUBLICATION_TABLE: "CREATE TABLE t (); CREATE PUBLICATION p FOR TABLE t",
    Kind.PUBLICATION_SCHEMA: "CREATE PUBLICATION p FOR TABLES IN SCHEMA public",
    Kind.DEFAULT_PRIVILEGES: "CREATE ROLE least_role;"
    " ALTER DEFAULT PRIVILEGES FOR ROLE least_role GRANT SELECT ON TABLES TO public",
    Kind.DATABASE_SETTING: "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = ''9MB''',"
    " current_database()); END $$",
    Kind.ROLE_SETTING: "CREATE ROLE least_role; ALTER ROLE least_role SET work_mem = '9MB'",
    Kind.FOREIGN_DATA_WRAPPER: "CREATE FOREIGN DATA WRAPPER w",
    Kind.FOREIGN_SERVER: "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w",
    Kind.USER_MAPPING: "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;"
    " CREATE USER MAPPING FOR public SERVER s",
    Kind.FOREIGN_TABLE: "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;"
    " CREATE FOREIGN TABLE f () SERVER s",
    Kind.CAST: "CREATE CAST (xid8 AS text) WITH INOUT",
    Kind.COLLATION: 'CREATE COLLATION c FROM "C"',
    Kind.OPERATOR: "CREATE OPERATOR @@@@ (FUNCTION = int4pl, LEFTARG = int, RIGHTARG = int)",
    Kind.OPERATOR_CLASS: "CREATE OPERATOR CLASS o FOR TYPE int USING hash AS OPERATOR 1 =",
    Kind.OPERATOR_FAMILY: "CREATE OPERATOR FAMILY o USING hash",
    Kind.TEXT_SEARCH: "CREATE TEXT SEARCH TEMPLATE t (LEXIZE = dsimple_lexize)",
}


@pytest.mark.parametrize("kind", Kind)
def test_a_kind_has_a_commented_ordered_query_with_a_scope(kind: Kind) -> None:
    text = template.source(kind)
    assert text.startswith("-- ")
    assert text.rstrip().endswith("ORDER BY 1")
    assert template.scopes(kind)
    assert all("{oids}" in condition for condition in template.scopes(kind).values())
    for major in (15, 16, 17, 18):
        whole = template.render(kind, major, MANAGED_SCHEMAS)
        assert "{" not in whole and "--" not in whole
        scoped = template.render(kind, major, MANAGED_SCHEMAS, tuple(template.scopes(kind)))
        assert set(re.findall(r"\{oids:(\w+)\}", scoped)) == set(template.scopes(kind))


def test_facets_are_plain_values(before: Snapshot) -> None:
    for kind, rows in before.kinds.items():
        assert len(set(rows.facets)) == len(rows.facets)
        for identity, values in rows.objects.items():
            assert len(values) == len(rows.facets)
            assert all(v is None or isinstance(v, str | int | bool) for v in values), identity
            assert rows.roots[identity][0] in template.scopes(kind)


def test_every_object_below_another_names_one_that_is_there(before: Snapshot) -> None:
    managed = {("table", "auth.users"), ("table", "storage.objects")}  # left out by themselves
    for id in before.ids():
        parent = before.parent(id)
        assert parent is None or parent in before or (parent.kind, parent.identity) in managed, id


def test_a_querys_columns_are_told_without_the_server(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        for kind in Kind:
            query = template.render(kind, 18, MANAGED_SCHEMAS)
            described = execute(connection, query).description or ()
            assert rare.columns(kind, 18) == tuple(column.name for column in described)
            for major in (15, 16, 17):
                assert rare.columns(kind, major) == rare.columns(kind, 18)


def test_every_kind_that_is_not_always_asked_for_has_its_least() -> None:
    assert {kind for kind in Kind if rare.presence(kind)} == set(LEAST)


def test_what_is_not_asked_for_is_not_there(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        _compare_with_asking(connection)
        for kind, least in LEAST.items():
            with connection.transaction(force_rollback=True):
                connection.execute(least.encode())
                assert _compare_with_asking(connection).kinds[kind].objects, kind


def _compare_with_asking(connection: Connection[Any]) -> Snapshot:
    """What is read, after making sure that it is what the queries of all kinds give."""
    snapshot = read(connection)
    with reading(connection):
        for kind in Kind:
            query = template.render(kind, 18, MANAGED_SCHEMAS)
            assert snapshot.kinds[kind] == to_rows(execute(connection, query)), kind
    return snapshot
