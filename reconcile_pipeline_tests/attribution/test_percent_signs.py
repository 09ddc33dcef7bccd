"""Percent signs in names and texts, which psycopg takes for a parameter's begin."""

from __future__ import annotations

from pathlib import Path

import psycopg

from reconcile_pipeline.drift.scan import scan

FILE = """
create table public."growth %" (id integer primary key, "in %s" text);
insert into public."growth %" values (1, 'one'), (2, 'a%');
update public."growth %" set "in %s" = 'none' where "in %s" like 'a%';
"""


def test_rows_of_a_name_with_a_percent_sign_and_of_a_like_could_not_be_looked_up(
    database: str, tmp_path: Path
) -> None:
    (tmp_path / "001_growth.sql").write_text(FILE)
    with psycopg.connect(database, autocommit=True) as production:
        production.execute(FILE.encode())
    (report,) = scan("percent", database, tmp_path).attribution.migrations
    assert [s.verdict.value for s in report.statements] == ["applied"] * 3
