"""Settings of a role in one database, changed by hand: no dump carries them to the twin."""

from __future__ import annotations

import os
from pathlib import Path

import psycopg

from reconcile_pipeline.flow.plan import make_and_write_plan
from reconcile_pipeline_tests.flow.doctor.servers import target

ROLE = f"odd_{os.getpid()}"


def test_the_reconciliation_migration_took_back_a_roles_setting(
    database: str, tmp_path: Path
) -> None:
    with psycopg.connect(database, autocommit=True) as production:
        name = production.info.dbname
        production.execute(b"CREATE TABLE public.one (id int)")
        production.execute(f"CREATE ROLE {ROLE}".encode())
        try:
            production.execute(
                f"ALTER ROLE {ROLE} IN DATABASE \"{name}\" SET lock_timeout = '1s'".encode()
            )
            planned = make_and_write_plan(target(database, tmp_path, history="supabase"))
        finally:
            production.execute(f"DROP OWNED BY {ROLE}; DROP ROLE {ROLE}".encode())
    (written,) = [f.content for f in planned.plan.files if "reconcile" in f.path]
    assert "SET lock_timeout" in written
    assert "RESET lock_timeout" not in written
    assert planned.rehearsal.held, planned.rehearsal.problems
