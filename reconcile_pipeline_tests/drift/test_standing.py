"""Production as it stands: what is dangerous in it, whoever made it so."""

from __future__ import annotations

import psycopg

from reconcile_pipeline.catalog.read import read
from reconcile_pipeline.drift.standing import standing

SQL = """
CREATE TABLE open_rows (id int);
GRANT SELECT, INSERT ON open_rows TO PUBLIC;
CREATE TABLE closed_rows (id int, owner text);
CREATE TABLE safe_rows (id int);
ALTER TABLE closed_rows ENABLE ROW LEVEL SECURITY;
ALTER TABLE safe_rows ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON safe_rows TO PUBLIC;
GRANT TRUNCATE ON closed_rows TO PUBLIC;
CREATE POLICY everybody ON closed_rows USING (true);
CREATE POLICY itself ON closed_rows FOR SELECT
    USING (EXISTS (SELECT FROM closed_rows c WHERE c.owner = CURRENT_USER));
CREATE POLICY own ON safe_rows FOR SELECT USING (id = 1);
CREATE VIEW past AS SELECT * FROM closed_rows;
GRANT SELECT ON past TO PUBLIC;
CREATE VIEW bound WITH (security_invoker = true) AS SELECT * FROM closed_rows;
GRANT SELECT ON bound TO PUBLIC;
CREATE FUNCTION definer() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
CREATE FUNCTION fixed() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = ''
    AS 'SELECT 1';
CREATE FUNCTION role_of(raw_user_meta_data jsonb) RETURNS text LANGUAGE sql
    AS $$ SELECT raw_user_meta_data ->> 'role' $$;
ALTER TABLE safe_rows ADD CONSTRAINT later CHECK (id > 0) NOT VALID;
CREATE INDEX broken ON safe_rows (id);
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'broken'::regclass;
"""


def test_each_danger_is_told_and_nothing_else(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(SQL.encode())
        found = standing(read(connection))
    told = [(h.severity.value, h.rule, *h.objects) for h in found]
    assert told == [
        ("danger", "loosens_access", "public.closed_rows.everybody"),
        ("danger", "self_recursive_policy", "public.closed_rows.itself"),
        ("danger", "loosens_access", "public.open_rows"),
        ("danger", "loosens_access", "public.role_of"),
        ("warning", "index_without_concurrently", "public.broken"),
        ("warning", "loosens_access", "public.closed_rows"),
        ("warning", "loosens_access", "public.definer()"),
        ("warning", "loosens_access", "public.past"),
        ("notice", "not_validated", "public.safe_rows.later"),
    ]
