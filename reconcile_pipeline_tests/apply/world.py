"""A small drifted production with its directory, and the whole plan that reconciles it.

Also a program: `python -m reconcile_pipeline_tests.apply.world DSN FOLDER KILL` applies that plan
and kills itself (SIGKILL) when it has written the journal's line number KILL, or, where KILL is
negative, when it is about to.
"""

from __future__ import annotations

import hashlib
import os
import signal
import sys
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection

from reconcile_pipeline.apply.approval import approve
from reconcile_pipeline.apply.context import Limits
from reconcile_pipeline.apply.facts import at_one_moment, system_identifier
from reconcile_pipeline.apply.journal import Journal, Record
from reconcile_pipeline.apply.request import Request
from reconcile_pipeline.apply.run import apply_plan
from reconcile_pipeline.catalog.read import read
from reconcile_pipeline.drift.production import combined_fingerprint
from reconcile_pipeline.flow.fingerprints import Fingerprints
from reconcile_pipeline.history.supabase import Supabase
from reconcile_pipeline.migrations.inventory import take_inventory
from reconcile_pipeline.plan.backfill import admins_digest
from reconcile_pipeline.plan.codec import plan_from_json
from reconcile_pipeline.plan.model import (
    Backfill,
    Condition,
    FileAction,
    Plan,
    RoleRule,
    Step,
    StepKind,
)  # fmt: skip
from reconcile_pipeline_tests.apply.making import sql, step, there

ADMINS = ("ada@example.com", "grace@example.com")
PROFILES = "public.user_profiles"
FILES = {
    "003_core.sql": "CREATE TABLE public.clients (id int PRIMARY KEY);\n",
    "011_wipe.sql": "TRUNCATE public.clients CASCADE;\n",
    "020_profiles.sql": "CREATE TABLE public.user_profiles (id uuid);\n",
}
NEW = "-- reconciliation\nSELECT 1;\n"
MARKER = "-- 020 is archived.\n"


def build(dsn: str, root: Path) -> None:
    """Production: 003 recorded, clients with rows, users, no profiles. The directory: FILES."""
    sql(
        dsn,
        "DO $$ BEGIN IF to_regrole('anon') IS NULL THEN CREATE ROLE anon; END IF;"
        " IF to_regrole('authenticated') IS NULL THEN CREATE ROLE authenticated; END IF;"
        " IF to_regrole('service_role') IS NULL THEN CREATE ROLE service_role BYPASSRLS; END IF;"
        " END $$",
        "CREATE SCHEMA auth",
        "CREATE SCHEMA supabase_migrations",
        "GRANT USAGE ON SCHEMA auth TO anon, authenticated, service_role",
        "CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS $$ SELECT"
        " (nullif(current_setting('request.jwt.claims', true), '')::json ->> 'sub')::uuid $$",
        "CREATE TABLE auth.users (id uuid PRIMARY KEY, email text,"
        " email_confirmed_at timestamptz, raw_user_meta_data jsonb)",
        "INSERT INTO auth.users SELECT"
        " ('00000000-0000-0000-0000-' || lpad(g::text, 12, '0'))::uuid,"
        " CASE g WHEN 1 THEN 'Ada@example.com' WHEN 2 THEN 'grace@example.com'"
        " ELSE 'u' || g || '@example.org' END, now() FROM generate_series(1, 30) g",
        "CREATE TABLE public.clients (id int PRIMARY KEY)",
        "INSERT INTO public.clients SELECT generate_series(1, 5)",
        "CREATE TABLE supabase_migrations.schema_migrations"
        " (version text PRIMARY KEY, statements text[], name text, created_by text)",
        "INSERT INTO supabase_migrations.schema_migrations VALUES ('003', '{x}', 'core', 'ada')",
    )
    for name, text in FILES.items():
        path = root / "migrations" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def fingerprint(connection: Connection[Any]) -> str:
    """The catalog's and the history's, as a scan makes it."""
    return combined_fingerprint(read(connection), Supabase().read(connection))


def steps(digest: str) -> tuple[Step, ...]:
    """Table, trigger, index, backfill, history, files."""
    rule = RoleRule("role", "admin", "viewer", len(ADMINS), digest)
    return (
        step(
            "table",
            "CREATE TABLE public.user_profiles (id uuid PRIMARY KEY REFERENCES auth.users,"
            " role text NOT NULL DEFAULT 'viewer')",
            "ALTER TABLE public.user_profiles ENABLE ROW LEVEL SECURITY",
            "GRANT SELECT ON public.user_profiles TO authenticated",
            "CREATE POLICY own ON public.user_profiles FOR SELECT TO authenticated"
            " USING (id = auth.uid())",
            postcondition=there(PROFILES),
            undo=("DROP TABLE public.user_profiles",),
        ),
        step(
            "trigger",
            "CREATE FUNCTION public.new_user() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER"
            " SET search_path = '' AS $$ BEGIN INSERT INTO public.user_profiles (id)"
            " VALUES (NEW.id) ON CONFLICT DO NOTHING; RETURN NEW; END $$",
            "CREATE TRIGGER new_user AFTER INSERT ON auth.users"
            " FOR EACH ROW EXECUTE FUNCTION public.new_user()",
            undo=("DROP FUNCTION public.new_user CASCADE",),
        ),
        step(
            "index",
            "CREATE INDEX CONCURRENTLY profiles_role ON public.user_profiles (role)",
            transactional=False,
            postcondition=Condition(
                "the index is valid",
                "SELECT indisvalid FROM pg_index"
                " WHERE indexrelid = to_regclass('public.profiles_role')",
            ),
        ),
        step(
            "fill",
            kind=StepKind.BACKFILL,
            backfill=Backfill(PROFILES, "auth.users", "id", "id", {}, rule, batch_size=10),
        ),
        step("history", kind=StepKind.HISTORY),
        step("files", kind=StepKind.FILES),
    )


def make_plan(dsn: str, root: Path) -> Plan:
    """The plan for this world as it is now."""
    inventory = take_inventory(root / "migrations")
    hashes = {file.path: file.sha256 for file in inventory.files}
    with psycopg.connect(dsn, autocommit=True) as connection:
        cluster, name = system_identifier(connection), connection.info.dbname
        found = at_one_moment(connection, fingerprint)
    actions = (
        FileAction("archive", "migrations/020_profiles.sql",
                   "migrations.applied.archive/020_profiles.sql",
                   sha256=hashes["020_profiles.sql"], reason="half_applied, partial"),
        FileAction("marker", "migrations/020_profiles.sql", content=MARKER),
        FileAction("quarantine", "migrations/011_wipe.sql", "migrations.quarantine/011_wipe.sql",
                   sha256=hashes["011_wipe.sql"], reason="pending_destructive, not_applied"),
        FileAction("create", "migrations/022_reconcile.sql", content=NEW),
    )  # fmt: skip
    return Plan(
        "test", found, inventory.sha256, cluster, name,
        steps(admins_digest(ADMINS, cluster, name)), actions, {}, record=("020", "022"),
    )  # fmt: skip


def request(dsn: str, root: Path, a_plan: Plan, **more: Any) -> Request:
    """A request that is approved."""
    given: dict[str, Any] = {
        "approval": approve(a_plan, person="Ada"), "history": Supabase(), "admins": ADMINS,
        "limits": Limits(tries=3, first_pause_s=0.01, longest_pause_s=0.02), **more,
    }  # fmt: skip
    fingerprints = Fingerprints("supabase")
    return Request(
        a_plan, target="test", dsn=dsn, root=root, run_folder=root / "run",
        fingerprint=fingerprints.now, without_index=fingerprints.without_index,
        inventory=lambda: take_inventory(root / "migrations"), **given,
    )  # fmt: skip


def end_state(dsn: str, root: Path) -> dict[str, Any]:
    """All that must be the same however often the run was cut off."""
    files = {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in root.iterdir()
        if folder.name.startswith("migrations")
        for path in folder.rglob("*")
    }
    with psycopg.connect(dsn, autocommit=True) as connection:
        return {
            "files": files,
            "fingerprint": at_one_moment(connection, fingerprint),
            "clients": sql(dsn, "SELECT * FROM public.clients ORDER BY 1"),
            "profiles": sql(dsn, "SELECT * FROM public.user_profiles ORDER BY 1"),
            "history": sql(dsn, "SELECT * FROM supabase_migrations.schema_migrations ORDER BY 1"),
            "users": sql(dsn, "SELECT count(*) FROM auth.users"),
        }


def die_at(number: int, *, after: bool) -> None:
    """Kill this process at the journal's line of this number (1-based)."""
    write, lines = Journal.write, [0]

    def dies(self: Journal, event: str, step: str = "", **facts: Any) -> Record:
        lines[0] += 1
        if lines[0] == number and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        record = write(self, event, step, **facts)
        if lines[0] == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return record

    Journal.write = dies  # type: ignore[method-assign]


def main() -> None:
    """See the module's docstring."""
    dsn, folder, when = sys.argv[1:]
    root = Path(folder)
    a_plan = plan_from_json((root / "plan.json").read_text())
    die_at(abs(int(when)), after=int(when) > 0)
    apply_plan(request(dsn, root, a_plan))


if __name__ == "__main__":
    main()
