"""What could not be made upon a column of another type: what a plan makes of its file."""

from __future__ import annotations

from pathlib import Path

import psycopg

from reconcile_pipeline.flow.target import ResolvedTarget
from reconcile_pipeline_tests.flow.test_round import FILES, carry_out, target

HALF = (
    "ALTER TABLE orders ADD COLUMN IF NOT EXISTS company uuid",
    "CREATE INDEX orders_company ON orders (company)",
    "ALTER TABLE orders ADD CONSTRAINT of_company FOREIGN KEY (company) REFERENCES companies (id)",
    "CREATE TABLE papers (id int)",
)
COMPANIES = "CREATE TABLE companies (id uuid PRIMARY KEY)"


def _drifted(database: str, folder: Path) -> ResolvedTarget:
    files = {"004_companies.sql": f"{COMPANIES};\n", "005_half.sql": ";\n".join(HALF) + ";\n"}
    allowed = ["rewrites_table"]
    made = target(database, folder, {**FILES, **files}, history="supabase", allow_hazards=allowed)
    with psycopg.connect(database, autocommit=True) as connection:
        for sql in (COMPANIES, "ALTER TABLE orders ADD COLUMN company varchar", HALF[1], HALF[3]):
            connection.execute(sql.encode())
    return made


def test_the_file_is_declined_and_all_else_is_put_in_step(database: str, tmp_path: Path) -> None:
    planned = carry_out(_drifted(database, tmp_path))
    assert "cannot be implemented" in planned.plan.declined["005"]
    assert "005" not in planned.plan.record
    written = planned.plan.files[-1].content
    assert "ALTER COLUMN company TYPE character varying" in written
    assert "of_company" not in written


def test_with_the_column_s_type_put_back_the_file_is_completed(
    database: str, tmp_path: Path
) -> None:
    planned = carry_out(_drifted(database, tmp_path), "public.orders.company")
    assert "005" in planned.plan.record and "005" not in planned.plan.declined
    run = [sql for step in planned.plan.steps for sql in step.statements]
    assert any("TYPE uuid" in sql for sql in run) and any("of_company" in sql for sql in run)
