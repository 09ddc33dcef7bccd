"""Directories that build upon what a dashboard made."""

from __future__ import annotations

from pathlib import Path

import psycopg

from reconcile_pipeline.drift.scan import Scan, scan

DASHBOARD = """
create type public.mood as enum ('good', 'bad');
create table public.people (id integer primary key, name text, mood public.mood, nick text);
create table public.pets (id integer primary key, owner integer references public.people (id));
create function public.greet(p integer) returns text language sql as $$ select 'hello' $$;
"""
FILES = {
    "001_protect.sql": """
        alter table public.people enable row level security;
        create policy own on public.people for select using (name = current_user);
        alter table people add column age integer;
        create index people_age on people (age);""",
    "002_view.sql": """
        create view public.names as select id, name, greet(id) as hello from public.people;
        create table public.toys (id integer primary key, pet integer references public.pets (id));
        create index toys_colour on public.toys (colour);
        update public.people set mood = 'good' where mood = 'bad';""",
    "003_never.sql": """
        alter table public.pets add column breed text;
        create policy pets_read on public.pets for select using (true);""",
}


def _scan(database: str, tmp_path: Path, *more: str) -> Scan:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    with psycopg.connect(database, autocommit=True) as production:
        production.execute(DASHBOARD.encode())
        production.execute(FILES["001_protect.sql"].encode())
        view, toys, index, _ = FILES["002_view.sql"].split(";")[:4]
        for sql in (view, toys, "alter table toys add colour text", index, *more):
            production.execute(sql.encode())
    return scan("base", database, tmp_path)


def test_a_base_that_no_file_makes_is_taken_from_production(database: str, tmp_path: Path) -> None:
    found = _scan(database, tmp_path, "insert into people values (1, 'a', 'good')")
    verdicts = [[s.verdict.value for s in m.statements] for m in found.attribution.migrations]
    assert verdicts == [
        ["applied", "applied", "applied", "applied"],
        ["applied", "applied", "applied", "applied"],
        ["absent", "absent"],
    ]
    assert found.attribution.unexplained == ()
    notes = " ".join(found.report.notes)
    assert "public.people" in notes and "column public.toys.colour" in notes


def test_a_change_made_by_hand_to_what_files_add_to_the_base_is_seen(
    database: str, tmp_path: Path
) -> None:
    found = _scan(
        database, tmp_path, "drop policy own on public.people", "create table extra (a int)"
    )
    assert {(str(u.id), u.change.value) for u in found.attribution.unexplained} == {
        ("policy public.people.own", "removed"),
        ("table public.extra", "added"),
    }
