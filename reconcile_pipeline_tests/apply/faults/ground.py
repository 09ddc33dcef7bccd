"""A fresh copy of the small drifted production for each run, and every look that judges it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier

from reconcile_pipeline.apply.facts import at_one_moment
from reconcile_pipeline.plan.codec import plan_to_json
from reconcile_pipeline.plan.model import Plan
from reconcile_pipeline.shadow.servers.server import Server
from reconcile_pipeline_tests.apply.making import sql
from reconcile_pipeline_tests.apply.world import PROFILES, build, fingerprint, make_plan

HISTORY = "supabase_migrations.schema_migrations"
NAMED = frozenset({PROFILES, HISTORY})  # the tables whose rows the plan names

#: Tables that the plan doesn't name, of the kinds that are easily hit: referring, partitioned,
#: with a trigger, with rows that are stored out of line.
BYSTANDERS = (
    "CREATE TABLE public.projects (id int PRIMARY KEY,"
    " client int REFERENCES public.clients ON DELETE CASCADE, notes text)",
    "INSERT INTO public.projects SELECT g, g % 5 + 1, repeat(md5(g::text), 400)"
    " FROM generate_series(1, 50) g",
    "CREATE TABLE public.events (id int, at date) PARTITION BY LIST (id)",
    "CREATE TABLE public.events_1 PARTITION OF public.events FOR VALUES IN (1)",
    "INSERT INTO public.events SELECT 1, '2026-01-01'::date + g FROM generate_series(1, 40) g",
    "CREATE TABLE public.sessions (id int PRIMARY KEY, owner uuid REFERENCES auth.users)",
    "INSERT INTO public.sessions SELECT row_number() OVER (), id FROM auth.users",
)


@dataclass(frozen=True, slots=True)
class Look:
    """What production and directory hold: a hash of every table's rows, of files, the catalog's."""

    fingerprint: str
    tables: dict[str, str]
    files: dict[str, str]

    def others(self, known: Look) -> dict[str, str]:
        """The tables that the plan doesn't name, of those that another look knows."""
        return {n: hash for n, hash in self.tables.items() if n not in NAMED and n in known.tables}

    def end(self) -> Look:
        """What must be the same in every world of this shape: manifests name the plan's hash."""
        files = {name: hash for name, hash in self.files.items() if "manifest" not in name}
        tables = {name: hash for name, hash in self.tables.items() if name in NAMED}
        return Look(self.fingerprint, tables, files)


@dataclass(frozen=True, slots=True)
class Ground:
    """One run's database and project folder, whose plan lies beside it as `plan.json`."""

    server: Server
    name: str
    root: Path
    plan: Plan

    @property
    def dsn(self) -> str:
        """Of its database, as superuser."""
        return self.server.dsn(self.name)

    def look(self) -> Look:
        """All of it, as it is now."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            names = connection.execute(
                "SELECT schemaname, tablename FROM pg_tables"
                " WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2"
            ).fetchall()
            tables = {}
            for schema, table in names:
                row = connection.execute(
                    SQL("SELECT md5(coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), ''))"
                        " FROM {} t").format(Identifier(schema, table))
                ).fetchone()  # fmt: skip
                assert row
                tables[f"{schema}.{table}"] = row[0]
            return Look(at_one_moment(connection, fingerprint), tables, self._files())

    def steps_done(self) -> set[str]:
        """The steps of the plan whose whole work is there, asked of production and directory."""
        row = sql(
            self.dsn,
            "SELECT to_regclass('public.user_profiles') IS NOT NULL,"
            " EXISTS (SELECT FROM pg_trigger WHERE tgname = 'new_user'),"
            " EXISTS (SELECT FROM pg_index WHERE indisvalid"
            "         AND indexrelid = to_regclass('public.profiles_role')),"
            " (SELECT count(*) FROM supabase_migrations.schema_migrations"
            "  WHERE version IN ('020', '022')) = 2",
        )[0]
        found = {n for n, there in zip(("table", "trigger", "index", "history"), row, strict=True)
                 if there}  # fmt: skip
        if "table" in found:
            count = sql(self.dsn, "SELECT count(*) FROM public.user_profiles")
            found |= {"fill"} if count == [(30,)] else set()
        if (self.root / "migrations/022_reconcile.sql").exists():
            found.add("files")
        return found

    def _files(self) -> dict[str, str]:
        return {
            path.relative_to(self.root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for folder in self.root.iterdir()
            if folder.name.startswith("migrations")
            for path in folder.rglob("*")
            if path.is_file()
        }


@contextmanager
def ground(server: Server, name: str, root: Path) -> Iterator[Ground]:
    """Made anew, and gone afterwards. A server that a fault has stopped is started again."""
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute(SQL("CREATE DATABASE {} TEMPLATE template0").format(Identifier(name)))
    build(server.dsn(name), root)
    sql(server.dsn(name), *BYSTANDERS)
    plan = make_plan(server.dsn(name), root)
    (root / "plan.json").write_text(plan_to_json(plan))
    try:
        yield Ground(server, name, root, plan)
    finally:
        server.start()
        with psycopg.connect(server.dsn(), autocommit=True) as admin:
            admin.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))
