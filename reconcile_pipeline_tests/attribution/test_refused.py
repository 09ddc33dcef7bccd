"""Statements only for superusers: the shadow refuses them, production has what they make."""

from __future__ import annotations

from pathlib import Path

import psycopg

from reconcile_pipeline.drift.scan import scan

FILES = {
    "001_internal.sql": """
        create function public.distance(integer) returns integer
            language internal immutable strict as 'int4abs';
        create view public.distances as select public.distance(a) from (values (1)) v (a);
        create table public.places (id integer primary key);""",
    "002_column.sql": """
        alter table public.places add column far integer default public.distance(-7);
        create index places_far on public.places (public.distance(far));""",
}


def test_what_a_refused_statement_names_was_not_added_by_hand(
    database: str, tmp_path: Path
) -> None:
    with psycopg.connect(database, autocommit=True) as production:
        for name, text in FILES.items():
            (tmp_path / name).write_text(text)
            production.execute(text.encode())
        production.execute("create view public.by_hand as select 1 as one")
    found = scan("refused", database, tmp_path).attribution
    verdicts = [[s.verdict.value for s in m.statements] for m in found.migrations]
    assert verdicts == [["unverifiable", "unverifiable", "applied"], ["unverifiable"] * 2]
    assert [(str(u.id), u.change.value) for u in found.unexplained] == [
        ("view public.by_hand", "added")
    ]
    assert any("function public.distance(integer)" in note for note in found.notes)
