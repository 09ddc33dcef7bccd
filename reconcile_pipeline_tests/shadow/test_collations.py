"""Collations of ICU, of which the embedded server is built without."""

from __future__ import annotations

from pathlib import Path

import psycopg

from reconcile_pipeline.config import Target
from reconcile_pipeline.drift.scan import scan
from reconcile_pipeline.flow.apply import apply_plan
from reconcile_pipeline.flow.approve import approve_plan
from reconcile_pipeline.flow.plan import make_and_write_plan
from reconcile_pipeline.flow.target import ResolvedTarget
from reconcile_pipeline.shadow.collations import in_dump, stand_in
from reconcile_pipeline_tests.catalog.old_servers import running

ONE = """
CREATE COLLATION IF NOT EXISTS public.anycase
  (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE public.people (id bigint PRIMARY KEY, name text COLLATE public.anycase UNIQUE);
CREATE INDEX people_lower ON public.people (lower(name));
INSERT INTO public.people VALUES (1, 'Ada'), (2, 'Émile');
"""
TWO = """
CREATE COLLATION numeric_order (provider = 'icu', locale = 'en-u-kn-true');
CREATE TABLE public.houses (id bigint PRIMARY KEY, number text COLLATE numeric_order);
"""
NEVER = "CREATE COLLATION public.swedish (provider = icu, locale = 'sv');"
HISTORY = """
CREATE SCHEMA supabase_migrations;
CREATE TABLE supabase_migrations.schema_migrations
  (version text NOT NULL PRIMARY KEY, statements text[], name text);
INSERT INTO supabase_migrations.schema_migrations VALUES ('001', '{x}', 'people');
"""


def test_tables_with_a_collation_of_icu_were_called_unverifiable(tmp_path: Path) -> None:
    directory = tmp_path / "migrations"
    directory.mkdir()
    texts = {"001_people.sql": ONE, "002_houses.sql": TWO, "003_never.sql": NEVER}
    for name, text in texts.items():
        (directory / name).write_text(text)
    with running(15) as dsn:
        with psycopg.connect(dsn, autocommit=True) as production:
            for text in (HISTORY, ONE, TWO):
                production.execute(text.encode())
            production.execute("CREATE INDEX by_hand ON public.people (name)")
        found = scan("icu", dsn, directory).attribution
        assert {m.path: m.verdict.value for m in found.migrations} == {
            "001_people.sql": "applied",
            "002_houses.sql": "applied",
            "003_never.sql": "unverifiable",
        }
        assert [(str(u.id), u.change.value) for u in found.unexplained] == [
            ("index public.by_hand", "added")
        ]
        (note,) = [note for note in found.notes if "ICU" in note]
        assert "public.anycase, public.numeric_order" in note
        target = ResolvedTarget(
            "icu", Target.model_validate({}), dsn, directory, tmp_path / "evidence"
        )
        planned = make_and_write_plan(target)
        assert planned.rehearsal.held, planned.rehearsal.problems
        approve_plan(target, planned.run, "Ada")
        applied = apply_plan(target, planned.run)
        assert all(promise.held for promise in applied.promises), applied.promises


def test_a_stand_in_is_made_only_of_what_production_has() -> None:
    assert stand_in(NEVER, {"public.anycase"}) is None
    assert stand_in('CREATE COLLATION x.y FROM "C" -- icu', {"x.y"}) is None
    found = stand_in('CREATE COLLATION "Any""case" (provider = icu, locale = \'\')', {'a.Any"case'})
    assert found is not None and found[0] == 'a.Any"case'
    assert found[1].startswith('CREATE COLLATION "Any""case" (provider = builtin')
    assert stand_in("SELECT 'create collation icu'", {"public.anycase"}) is None


def test_a_dump_makes_stand_ins_only_where_there_is_no_icu() -> None:
    line = "CREATE COLLATION public.anycase (provider = icu, deterministic = false, locale = 'x');"
    script = in_dump(f"SET x;\n{line}\nSELECT 1;\n")
    assert line in script and "CREATE COLLATION public.anycase (provider = builtin" in script
    assert in_dump("SELECT 1;\n") == "SELECT 1;\n"
