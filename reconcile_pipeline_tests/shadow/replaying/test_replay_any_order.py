"""Whatever statements come in whatever order, effects read late are those that reading at once shows.

Most of them fail, since what they name is not there, or is there already.
"""

# ruff: noqa: E501  SQL reads better on one line, and is nobody's input here

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconcile_pipeline.shadow.servers.cluster import Cluster
from reconcile_pipeline_tests.shadow.conftest import fresh
from reconcile_pipeline_tests.shadow.replays import replayed, watched

_POOL = [
    "CREATE TABLE {t} (id int PRIMARY KEY, a text, b int)", "DROP TABLE IF EXISTS {t} CASCADE",
    "CREATE TABLE IF NOT EXISTS {t} (id int, a text)", "ALTER TABLE {t} ADD c int",
    "ALTER TABLE {t} DROP COLUMN a CASCADE", "ALTER TABLE {t} ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE {t} DISABLE ROW LEVEL SECURITY", "ALTER TABLE {t} FORCE ROW LEVEL SECURITY",
    "ALTER TABLE {t} ADD COLUMN d int CHECK (d > 0) UNIQUE", "COMMENT ON TABLE {t} IS NULL",
    "ALTER TABLE {t} ADD COLUMN IF NOT EXISTS c int", "ALTER TABLE {t} DROP COLUMN IF EXISTS c", "CREATE POLICY {p} ON {t} USING (b > 0)",
    "DROP POLICY IF EXISTS {p} ON {t}", "ALTER POLICY {p} ON {t} USING (true)",
    "CREATE INDEX {p}_i ON {t} (b)", "DROP INDEX IF EXISTS {p}_i", "COMMENT ON TABLE {t} IS '{p}'",
    "CREATE OR REPLACE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; /*{p}*/ end'",
    "CREATE TRIGGER {p} BEFORE INSERT ON {t} FOR EACH ROW EXECUTE FUNCTION f()",
    "CREATE OR REPLACE TRIGGER {p} AFTER INSERT ON {t} FOR EACH ROW EXECUTE FUNCTION f()",
    "DROP TRIGGER IF EXISTS {p} ON {t}", "CREATE OR REPLACE VIEW v_{p} AS SELECT id FROM {t}",
    "DROP VIEW IF EXISTS v_{p}", "GRANT SELECT ON {t} TO PUBLIC", "REVOKE ALL ON {t} FROM PUBLIC",
    "ALTER TABLE {t} RENAME b TO b2", "ALTER TABLE {t} RENAME TO {p}_t",
    "ALTER TABLE {t} ADD CONSTRAINT {p} CHECK (b > 1)", "ALTER TABLE {t} DROP CONSTRAINT IF EXISTS {p}",
    "CREATE TABLE {p}_t PARTITION OF {t} DEFAULT", "CREATE TABLE {t} (id int, b int) PARTITION BY LIST (b)",
    "DO $$ BEGIN EXECUTE 'ALTER TABLE ' || '{t}' || ' ALTER b SET DEFAULT 1'; END $$",
    "DO $$ BEGIN DROP POLICY {p} ON {t}; CREATE POLICY {p} ON {t}; END $$",
    "DO $$ BEGIN DROP TABLE {t}; CREATE TABLE {t} (b int); END $$",
    "DROP FUNCTION IF EXISTS f() CASCADE", "CREATE STATISTICS {p}_s ON id, b FROM {t}",
    "INSERT INTO {t} (id) VALUES (1)", "TRUNCATE {t}",
]  # fmt: skip
_STATEMENT = st.builds(
    lambda text, t, p: text.format(t=t, p=p), st.sampled_from(_POOL), st.sampled_from("tu"),
    st.sampled_from(["p", "q"]),
)  # fmt: skip
_FILES = st.lists(
    st.lists(_STATEMENT, min_size=3, max_size=9).map(";".join), min_size=2, max_size=4
)


def _agree(files: list[str], private: Cluster) -> None:
    with fresh(private) as one, fresh(private) as other:
        assert replayed(one, files) == watched(other, files)


@settings(
    max_examples=5, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)  # fmt: skip
@given(_FILES)
def test_any_statements_in_any_order(private: Cluster, files: list[str]) -> None:
    _agree(files, private)


@pytest.mark.soak
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(_FILES)
def test_many_statements_in_any_order(private: Cluster, files: list[str]) -> None:
    _agree(files, private)
