"""How large what a plan locks is: with its partitions, and never in anybody's way."""

from __future__ import annotations

from pathlib import Path

import psycopg

from reconcile_pipeline.config import Target
from reconcile_pipeline.flow.sizes import sizes_of
from reconcile_pipeline.flow.target import ResolvedTarget
from reconcile_pipeline.plan.model import Plan, Step, StepKind

TABLES = """
CREATE TABLE one (id int, words text);
INSERT INTO one SELECT n, 'w' FROM generate_series(1, 5000) n;
CREATE TABLE parts (id int) PARTITION BY RANGE (id);
CREATE TABLE low PARTITION OF parts FOR VALUES FROM (0) TO (1000);
CREATE TABLE high PARTITION OF parts FOR VALUES FROM (1000) TO (9000);
INSERT INTO parts SELECT generate_series(0, 2999);
CREATE TABLE "Odd name" (id int);
CREATE VIEW seen AS SELECT 1;
ANALYZE one, parts;
"""


def _plan(*names: str) -> Plan:
    locks = dict.fromkeys(names, "ShareLock")
    return Plan("t", "", "", "", "", (Step("x", StepKind.COMPLETION, "", (), (), locks=locks),),
                (), {})  # fmt: skip


def _target(database: str, folder: Path) -> ResolvedTarget:
    settings = Target.model_validate({"migrations": "migrations"})
    return ResolvedTarget("t", settings, database, folder / "migrations", folder / "evidence")


def test_tables_are_measured_with_their_partitions(database: str, tmp_path: Path) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(TABLES)
        row = connection.execute(
            "SELECT pg_table_size('one'), pg_table_size('low') + pg_table_size('high')"
        ).fetchone()
    names = ("public.one", "public.parts", "public.Odd name", "public.seen", "public.gone")
    found = sizes_of(_target(database, tmp_path), _plan(*names))
    assert row == (found["public.one"].bytes, found["public.parts"].bytes)
    assert (found["public.one"].rows, found["public.parts"].rows) == (5000, 3000)
    assert found["public.Odd name"].rows is None  # never analyzed
    assert set(found) == set(names[:3])


def test_nobody_waits_for_a_size(database: str, tmp_path: Path) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("CREATE TABLE one (id int)")
        connection.commit()
        connection.execute("LOCK TABLE one")
        assert sizes_of(_target(database, tmp_path), _plan("public.one")) == {}


def test_what_locks_nothing_needs_no_connection(tmp_path: Path) -> None:
    assert sizes_of(_target("host=127.0.0.1 port=1", tmp_path), _plan()) == {}
