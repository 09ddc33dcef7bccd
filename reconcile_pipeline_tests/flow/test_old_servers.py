"""Restore, completion and their rehearsal where production is older than the shadow's server."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from reconcile_pipeline.catalog.compare import compare
from reconcile_pipeline.catalog.read import read
from reconcile_pipeline.config import Target
from reconcile_pipeline.flow.apply import apply_plan
from reconcile_pipeline.flow.approve import approve_plan
from reconcile_pipeline.flow.plan import make_and_write_plan
from reconcile_pipeline.flow.target import ResolvedTarget
from reconcile_pipeline.plan.model import StepKind
from reconcile_pipeline_tests.catalog.old_servers import running

SHOP = """
CREATE TYPE public.state AS ENUM ('open', 'closed');
CREATE TABLE public.shops (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL,
  state public.state DEFAULT 'open', tags text[] CHECK (cardinality(tags) < 9));
CREATE VIEW public.open_shops AS SELECT id, upper(name) AS name FROM public.shops
  WHERE state = 'open' AND name <> '';
CREATE FUNCTION public.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER touched BEFORE UPDATE ON public.shops
  FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION public.touch();
ALTER TABLE public.shops ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON public.shops FOR SELECT TO PUBLIC USING (id > 0 AND name IN ('a', 'b'));
CREATE INDEX shops_state ON public.shops (state) WHERE state <> 'closed';
GRANT SELECT ON public.shops TO PUBLIC;
COMMENT ON TABLE public.shops IS 'Where things are sold';
"""
HISTORY = """
CREATE SCHEMA supabase_migrations;
CREATE TABLE supabase_migrations.schema_migrations
  (version text NOT NULL PRIMARY KEY, statements text[], name text);
INSERT INTO supabase_migrations.schema_migrations VALUES ('001', '{x}', 'shop');
"""
HALF = "CREATE TABLE public.notes (shop bigint REFERENCES public.shops, said text);\n"
MISSING = "CREATE INDEX notes_said ON public.notes (lower(said));\n"
BY_HAND = """
INSERT INTO public.shops (name) VALUES ('corner');
ALTER POLICY own ON public.shops USING (true);
CREATE OR REPLACE VIEW public.open_shops AS SELECT id, lower(name) AS name FROM public.shops;
DROP TRIGGER touched ON public.shops;
DROP INDEX public.shops_state;
ALTER TABLE public.shops ADD COLUMN phone text, ALTER COLUMN name DROP NOT NULL;
GRANT DELETE ON public.shops TO PUBLIC;
"""


@pytest.mark.parametrize("major", [15, 16])
def test_an_older_production_is_put_back_and_completed(major: int, tmp_path: Path) -> None:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations/001_shop.sql").write_text(SHOP)
    (tmp_path / "migrations/002_notes.sql").write_text(HALF + MISSING)
    with running(major) as dsn:
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute(HISTORY.encode())
            connection.execute(SHOP.encode())
            connection.execute(HALF.encode())
            connection.execute(MISSING.encode())
            wanted = read(connection)
            connection.execute("DROP INDEX public.notes_said")
            connection.execute(BY_HAND.encode())
        target = ResolvedTarget(
            "shop",
            Target.model_validate({"restore": ["all"]}),
            dsn,
            tmp_path / "migrations",
            tmp_path / "evidence",
        )
        planned = make_and_write_plan(target)
        kinds = {step.kind for step in planned.plan.steps}
        assert {StepKind.RESTORE, StepKind.COMPLETION} <= kinds
        assert planned.rehearsal.held, planned.rehearsal.problems
        approve_plan(target, planned.run, "Ada")
        applied = apply_plan(target, planned.run)
        assert applied.ok, [promise for promise in applied.promises if not promise.held]
        assert applied.verified.scan.report.in_step
        with psycopg.connect(dsn, autocommit=True) as connection:
            assert compare(wanted, read(connection)) == ()
            assert connection.execute("SELECT count(*) FROM public.shops").fetchone() == (1,)


def test_where_only_a_text_differed_a_restore_on_an_older_server_passed_for_done(
    tmp_path: Path,
) -> None:
    """Texts of two versions cannot be compared by a condition, so it asked for nothing."""
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations/001_shop.sql").write_text(SHOP)
    with running(15) as dsn:
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute(HISTORY.encode())
            connection.execute(SHOP.encode())
            wanted = read(connection)
            connection.execute("ALTER POLICY own ON public.shops USING (true)")
        settings = Target.model_validate({"restore": ["all"]})
        folders = (tmp_path / "migrations", tmp_path / "evidence")
        target = ResolvedTarget("shop", settings, dsn, *folders)
        planned = make_and_write_plan(target)
        assert planned.rehearsal.held, planned.rehearsal.problems
        approve_plan(target, planned.run, "Ada")
        assert apply_plan(target, planned.run).ok
        with psycopg.connect(dsn, autocommit=True) as connection:
            assert compare(wanted, read(connection)) == ()
