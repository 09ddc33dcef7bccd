"""A version is planned to be recorded only where production shows all of it."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from reconcile_pipeline.config import Target
from reconcile_pipeline.errors import PlanError
from reconcile_pipeline.flow.plan import plan_for
from reconcile_pipeline.flow.scan import scan_target
from reconcile_pipeline.flow.target import ResolvedTarget

FILES = {
    "001_core": "CREATE TABLE public.core (id int PRIMARY KEY);\n",
    "002_notes": "CREATE TABLE public.notes (id int PRIMARY KEY, said text);\n"
    "CREATE INDEX notes_said ON public.notes (said);\n"
    "ALTER TABLE public.core ADD COLUMN name text;\n"
    "CREATE INDEX core_name ON public.core (name);\n",
    "003_more": "CREATE TABLE public.more (id int PRIMARY KEY);\n",
}
HISTORY = """
CREATE SCHEMA supabase_migrations;
CREATE TABLE supabase_migrations.schema_migrations
  (version text NOT NULL PRIMARY KEY, statements text[], name text);
INSERT INTO supabase_migrations.schema_migrations VALUES ('001', '{x}', 'core');
"""


def test_a_version_whose_table_was_removed_by_hand_was_approved_and_refused_half_way(
    database: str, tmp_path: Path
) -> None:
    (tmp_path / "migrations").mkdir()
    for name, text in FILES.items():
        (tmp_path / f"migrations/{name}.sql").write_text(text)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("".join(FILES.values()).encode())
        connection.execute("DROP TABLE public.notes")
        connection.execute(HISTORY.encode())
    target = ResolvedTarget(
        "shop", Target.model_validate({}), database, tmp_path / "migrations", tmp_path / "evidence"
    )
    scan = scan_target(target)

    left = plan_for(target, scan)
    assert left.record == ("003", "004")
    assert "line 1, CREATE TABLE, is absent in production" in left.declined["002"]
    assert "002" not in {answer for step in left.steps for answer in step.answers}
    moved = [(action.action, action.path) for action in left.files]
    assert ("archive", "migrations/002_notes.sql") in moved
    assert ("marker", "migrations/002_notes.sql") not in moved  # it would say: recorded

    restored = plan_for(target, scan, ["public.notes"])
    assert restored.record == ("002", "003", "004")
    assert "002" not in restored.declined


def test_what_the_shadow_refuses_was_lost_from_the_directory_when_its_file_was_archived(
    database: str, tmp_path: Path
) -> None:
    internal = (
        "CREATE FUNCTION public.distance(integer) RETURNS integer\n"
        "    LANGUAGE internal IMMUTABLE STRICT AS 'int4abs'"
    )
    column = "ALTER TABLE public.core ADD COLUMN far integer DEFAULT public.distance(-7)"
    replaced = "CREATE FUNCTION public.never() RETURNS integer LANGUAGE internal AS 'int4abs'"
    later = f"{internal};\n{column};\n{replaced};\nDROP FUNCTION public.never();\n"
    later += "CREATE TABLE public.shown (id int);\n"
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations/001_core.sql").write_text(FILES["001_core"])
    (tmp_path / "migrations/002_far.sql").write_text(later)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute((FILES["001_core"] + later + HISTORY).encode())
    target = ResolvedTarget(
        "shop", Target.model_validate({}), database, tmp_path / "migrations", tmp_path / "evidence"
    )
    (written,) = [a.content for a in plan_for(target, scan_target(target)).files if a.content
                  and "Reconciliation" in a.content]  # fmt: skip
    assert f"{internal};" in written
    assert f"{column};" in written
    assert "never" not in written, "production has none of that name"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("{}.sql", "001.sql cannot be recorded"),
        ("{}_x/migration.sql", "cannot be recorded in the history of supabase"),
    ],
)
def test_files_that_the_client_would_skip_were_refused_after_all_else_was_planned(
    database: str, tmp_path: Path, name: str, said: str
) -> None:
    tables = {"001": "core", "002": "notes"}
    for version, table in tables.items():
        path = tmp_path / "migrations" / name.format(version)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"CREATE TABLE public.{table} (id int PRIMARY KEY);\n")
    with psycopg.connect(database, autocommit=True) as connection:
        for table in tables.values():
            connection.execute(f"CREATE TABLE public.{table} (id int PRIMARY KEY)".encode())
    settings = Target.model_validate({"history": "supabase"})
    target = ResolvedTarget(
        "shop", settings, database, tmp_path / "migrations", tmp_path / "evidence"
    )
    scan = scan_target(target)
    with pytest.raises(PlanError) as refused:
        plan_for(target, scan)
    assert said in str(refused.value)
