"""A step's way back: complete, or none at all."""

from __future__ import annotations

import psycopg
import pytest

from reconcile_pipeline.attribution.model import EffectVerdict, Verdict
from reconcile_pipeline.catalog.compare import compare
from reconcile_pipeline.catalog.model import Change, Snapshot
from reconcile_pipeline.catalog.read import read
from reconcile_pipeline.plan.undo import undo_of

WORLD = """
CREATE TABLE public.clients (id int PRIMARY KEY, name text DEFAULT 'old', size int);
COMMENT ON COLUMN public.clients.name IS 'Full name';
ALTER TABLE public.clients ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON public.clients FOR SELECT USING (id > 1);
CREATE INDEX by_name ON public.clients (name);
CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
"""


def effects_of(
    dsn: str, statements: tuple[str, ...]
) -> tuple[list[EffectVerdict], tuple[str, ...]]:
    """Run the statements one by one; their effects, and the way back that a plan would have."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(WORLD.encode())
        production = before = read(connection)
        effects = []
        for sql in statements:
            connection.execute(sql.encode())
            after = read(connection)
            effects += [
                EffectVerdict(d.id.kind.value, d.id.identity, d.change, Verdict.ABSENT, d.facets)
                for d in compare(before, after)
            ]
            before = after
        back = undo_of(effects, production)
        for sql in back:
            connection.execute(sql.encode())
        if back:
            assert compare(production, read(connection)) == ()
        return effects, back


@pytest.mark.parametrize(
    "statements",
    [
        ("COMMENT ON TABLE public.clients IS 'x'", "COMMENT ON COLUMN public.clients.name IS NULL"),
        ("ALTER TABLE public.clients ALTER name SET DEFAULT 'new', ALTER size SET DEFAULT 1",
         "ALTER TABLE public.clients ALTER name SET NOT NULL"),
        ("ALTER TABLE public.clients DISABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",),
        ("ALTER POLICY own ON public.clients USING (id > 2)",
         "CREATE POLICY more ON public.clients USING (true)"),
        ("DROP POLICY own ON public.clients", "DROP INDEX public.by_name"),
        ("CREATE OR REPLACE FUNCTION public.f() RETURNS int LANGUAGE sql STABLE AS 'SELECT 2'",),
        ("CREATE TABLE public.made (id int PRIMARY KEY)", "CREATE INDEX ON public.made (id)",
         "ALTER TABLE public.clients ADD made int REFERENCES public.made"),
    ],
)  # fmt: skip
def test_it_leads_back_to_what_production_had(database: str, statements: tuple[str, ...]) -> None:
    effects, back = effects_of(database, statements)
    assert effects
    assert back


@pytest.mark.parametrize(
    "statements",
    [
        ("GRANT SELECT ON public.clients TO PUBLIC",),  # from whom to take it is not known
        ("ALTER TABLE public.clients ALTER size TYPE bigint",),
        ("ALTER TABLE public.clients DROP size", "CREATE TABLE public.made (id int)"),
        ("DROP TABLE public.clients",),
    ],
)
def test_what_is_not_sure_to_lead_back_has_no_half_of_a_way(
    database: str, statements: tuple[str, ...]
) -> None:
    effects, back = effects_of(database, statements)
    assert effects
    assert back == ()


def test_every_function_of_a_step_was_dropped_with_what_hangs_on_it() -> None:
    made = [
        EffectVerdict("function", f"public.{name}(integer)", Change.CREATED, Verdict.ABSENT)
        for name in ("greet", "greet_all", "forget")
    ]
    trigger = "CREATE TRIGGER t AFTER INSERT ON auth.users EXECUTE FUNCTION public.Greet()"
    assert undo_of(made, Snapshot({}, "any", 180000), [trigger]) == (
        'DROP FUNCTION IF EXISTS "public"."forget"(integer)',
        'DROP FUNCTION IF EXISTS "public"."greet_all"(integer)',
        'DROP FUNCTION IF EXISTS "public"."greet"(integer) CASCADE',
    )
