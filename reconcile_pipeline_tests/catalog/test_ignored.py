"""What reconcile.toml leaves to others, by names and patterns."""

from __future__ import annotations

import psycopg
import pytest

from reconcile_pipeline.catalog.fingerprint import fingerprint
from reconcile_pipeline.catalog.ignored import Ignored
from reconcile_pipeline.catalog.model import Kind, ObjectId
from reconcile_pipeline.catalog.read import read


@pytest.mark.parametrize(
    ("pattern", "kind", "identity", "ignored"),
    [
        ("pgboss", Kind.SCHEMA, "pgboss", True),
        ("pgboss", Kind.TABLE, "pgboss.job", True),
        ("pgboss", Kind.COLUMN, "pgboss.job.id", True),
        ("pgboss", Kind.TABLE, "pgboss2.job", False),
        ("pgboss", Kind.TABLE, "public.pgboss", False),
        ("public.events_2*", Kind.TABLE, "public.events_2024", True),
        ("public.events_2*", Kind.POLICY, "public.events_2024.mine", True),
        ("public.events_2*", Kind.TABLE, "public.events", False),
        ("*.awsdms_*", Kind.FUNCTION, "sales.awsdms_intercept()", True),
        ("index public.tmp*", Kind.INDEX, "public.tmp_x", True),
        ("index public.tmp*", Kind.TABLE, "public.tmp_x", False),
        ("table public.copy", Kind.TABLE, "public.copy", True),
        ("table public.copy", Kind.CONSTRAINT, "public.copy.k", True),
        ("table public.copy", Kind.VIEW, "public.copy", False),
        ("public.f(integer[])", Kind.FUNCTION, "public.f(integer[])", True),
        ("role app", Kind.ROLE, "app", True),
        ("role app", Kind.DEFAULT_PRIVILEGES, "app.public.tables", True),
        ("role app", Kind.TABLE, "app.users", False),
        ("publication app", Kind.PUBLICATION_TABLE, "app.public.users", True),
        ("publication app", Kind.TABLE, "app.users", False),
        ("public.a.b", Kind.TABLE, "public.axb", False),
        ("trigger public.users.datadog", Kind.TRIGGER, "public.users.datadog", True),
    ],
)
def test_a_name_means_what_is_in_it_too(
    pattern: str, kind: Kind, identity: str, ignored: bool
) -> None:
    assert (ObjectId(kind, identity) in Ignored((pattern,))) is ignored


def test_no_pattern_means_nothing() -> None:
    assert ObjectId(Kind.TABLE, "public.a") not in Ignored()


def test_the_fingerprint_does_not_change_with_what_is_ignored(database: str) -> None:
    ignored = Ignored(("queue", "public.night_*"))
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (id int)")
        before = read(connection)
        connection.execute(
            "CREATE SCHEMA queue CREATE TABLE job (id int PRIMARY KEY, at timestamptz);"
            "CREATE TABLE public.night_1 (id int); CREATE INDEX nightly ON public.night_1 (id);"
            "COMMENT ON TABLE queue.job IS 'work'"
        )
        after = read(connection)
        connection.execute("CREATE INDEX ours ON kept (id)")
        changed = read(connection)
    assert fingerprint(ignored.without(before)) == fingerprint(ignored.without(after))
    assert fingerprint(ignored.without(after)) != fingerprint(ignored.without(changed))
    assert fingerprint(before) != fingerprint(after)
