"""What a block runs, found without running it."""

from __future__ import annotations

import pytest

from reconcile_pipeline.migrations.blocks import COMPUTED, inner_statements
from reconcile_pipeline.migrations.hazards import judge

CASES = {
    "BEGIN DELETE FROM a; PERFORM f(1); CALL p(1); END": [
        "DELETE FROM a", "SELECT f(1)", "CALL p(1)",
    ],
    "DECLARE r record; BEGIN FOR r IN DELETE FROM a RETURNING * LOOP NULL; END LOOP; END": [
        "DELETE FROM a RETURNING *",
    ],
    "BEGIN EXECUTE 'DROP TABLE ' || quote_ident(x) || ' CASCADE'; END": [
        f"DROP TABLE {COMPUTED} CASCADE",
    ],
    "BEGIN EXECUTE format('DELETE FROM %I.%I WHERE a = %L AND %%b', 'Ap', x, 'it''s'); END": [
        "DELETE FROM \"Ap\".computed_at_run_time WHERE a = 'it''s' AND %b",
    ],
    "BEGIN EXECUTE concat('TRUNCATE ', 'a') USING 1; END": ["TRUNCATE a"],
    "BEGIN NULL; END": [],
    # Here PL/pgSQL's own parser gives up: it knows no such array type.
    "DECLARE y app.mood[]; BEGIN IF true THEN DELETE FROM a; ELSE TRUNCATE b; END IF; END": [
        "DELETE FROM a", "TRUNCATE b",
    ],
    "DECLARE y app.mood[]; BEGIN LOOP EXECUTE 'DROP TABLE ' || i USING i; END LOOP; END": [
        f"DROP TABLE {COMPUTED}",
    ],
    "DECLARE y app.mood[]; BEGIN RAISE NOTICE 'DELETE FROM a;'; y := delete_all; END": [],
}  # fmt: skip


@pytest.mark.parametrize("body", CASES)
def test_inner_statements(body: str) -> None:
    assert list(inner_statements(f"DO $do$ {body}; $do$")) == CASES[body]


def test_a_block_that_plpgsql_refuses_still_shows_what_it_deletes() -> None:
    block = "DO $$ DECLARE y app.mood[]; BEGIN TRUNCATE a CASCADE; END $$"
    assert "deletes_data" in {hazard.rule for hazard in judge(block)}


@pytest.mark.parametrize(
    "sql",
    ["DO LANGUAGE plv8 'DELETE FROM a;'", "DO $$ $$", "SELECT 1", "DO $$ it's no code $$"],
)
def test_what_is_no_block_runs_nothing(sql: str) -> None:
    assert inner_statements(sql) == ()
