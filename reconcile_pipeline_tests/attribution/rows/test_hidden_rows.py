"""A reader whom policies hide rows from: rows that it cannot see are not missing."""

from __future__ import annotations

from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from reconcile_pipeline.drift.scan import scan

FILE = """
create table public.kinds (id integer primary key, name text);
alter table public.kinds enable row level security;
insert into public.kinds values (1, 'one'), (2, 'two');
"""
READER = "reader_of_hidden_rows"


def test_rows_that_policies_hide_were_said_to_be_absent(database: str, tmp_path: Path) -> None:
    (tmp_path / "001_kinds.sql").write_text(FILE)
    with psycopg.connect(database, autocommit=True) as production:
        production.execute(FILE.encode())
        production.execute(f"create role {READER} login")
        try:
            production.execute(f"grant select on public.kinds to {READER}")
            (report,) = scan(
                "hidden", make_conninfo(database, user=READER), tmp_path
            ).attribution.migrations
        finally:
            production.execute(f"drop owned by {READER}; drop role {READER}")
    assert [s.verdict.value for s in report.statements] == ["applied", "applied", "unverifiable"]
    assert report.verdict.value == "applied"


def test_a_session_that_was_ended_while_it_waited_left_rows_unasked(
    database: str, tmp_path: Path
) -> None:
    (tmp_path / "001_kinds.sql").write_text(FILE)
    with psycopg.connect(database, autocommit=True) as production:
        production.execute(FILE.encode())
    impatient = make_conninfo(database, options="-c idle_session_timeout=20ms")
    (report,) = scan("impatient", impatient, tmp_path).attribution.migrations
    assert [s.verdict.value for s in report.statements] == ["applied"] * 3
