"""`reconcile undo` from end to end, on a small project of which somebody ran a half by hand."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from click.testing import Result
from psycopg.conninfo import make_conninfo

from reconcile_pipeline.errors import ApprovalError, PlanError, TargetError
from reconcile_pipeline.flow import run as runs
from reconcile_pipeline.flow.apply import apply_database, apply_plan, record_history
from reconcile_pipeline.flow.approve import approve_plan
from reconcile_pipeline.flow.grants import APPLY
from reconcile_pipeline.flow.identity import identify
from reconcile_pipeline.flow.plan import make_and_write_plan
from reconcile_pipeline.flow.target import ResolvedTarget, resolve
from reconcile_pipeline.flow.undo import carry_out, prepare_undo
from reconcile_pipeline.flow.verify import verify_target
from reconcile_pipeline.shadow.servers.server import Server
from reconcile_pipeline.story.world import drop_database
from reconcile_pipeline_tests.cli.conftest import reconcile
from reconcile_pipeline_tests.flow.test_story import APPLY_URL, world

FILES = {
    "001_core.sql": "CREATE TABLE public.clients (id int PRIMARY KEY, name text);\n",
    "002_more.sql": "CREATE TABLE public.projects (id int PRIMARY KEY, client int);\n"
    "COMMENT ON TABLE public.clients IS 'Write to ada@example.com';\n"
    "CREATE INDEX projects_client ON public.projects (client);\n"
    "ALTER TABLE public.clients ALTER COLUMN name SET DEFAULT 'new';\n",
}
BY_HAND = """
CREATE TABLE public.clients (id int PRIMARY KEY, name text);
CREATE TABLE public.projects (id int PRIMARY KEY, client int);
INSERT INTO public.clients VALUES (1, 'a'), (2, 'b');
CREATE SCHEMA supabase_migrations;
CREATE TABLE supabase_migrations.schema_migrations
  (version text NOT NULL PRIMARY KEY, statements text[], name text);
INSERT INTO supabase_migrations.schema_migrations VALUES ('001', '{x}', 'core');
"""
ROWS = "SELECT * FROM supabase_migrations.schema_migrations ORDER BY 1"


@pytest.fixture
def project(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ResolvedTarget:
    """Production, the directory, reconcile.toml, and the variable."""
    run(database, BY_HAND)
    for name, text in FILES.items():
        path = tmp_path / "migrations" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    (tmp_path / "reconcile.toml").write_text('[targets.shop]\ndsn_env = "SHOP_URL"\n')
    monkeypatch.setenv("SHOP_URL", database)
    monkeypatch.delenv("RECONCILE_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    from reconcile_pipeline.config import load

    return resolve(load(tmp_path / "reconcile.toml"))


def run(dsn: str, text: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(text.encode())


def rows(dsn: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(query.encode()).fetchall()


def files(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.glob("migrations*/**/*"))
        if path.is_file()
    }


def done(result: Result, code: int = 0) -> str:
    """The output of a command that ended so."""
    assert result.exit_code == code, result.output
    return result.output


def newest(words: str) -> str:
    """The digits that a command's next step names."""
    return words.rpartition("reconcile approve ")[2].split()[0].rstrip(",")


#: What somebody changes after the run, how it is taken back again, and what undo says to it.
IN_THE_WAY = (
    ("ALTER TABLE public.clients ALTER COLUMN name SET DEFAULT 'mine'",
     "ALTER TABLE public.clients ALTER COLUMN name SET DEFAULT 'new'",
     "column public.clients.name was altered since"),
    ("DROP INDEX public.projects_client",
     "CREATE INDEX projects_client ON public.projects (client)",
     "index public.projects_client was dropped since"),
    ("INSERT INTO supabase_migrations.schema_migrations VALUES ('009', '{y}', 'z')",
     "DELETE FROM supabase_migrations.schema_migrations WHERE version = '009'",
     "version 009 was recorded since"),
    ("COMMENT ON TABLE public.clients IS 'Write to adam@example.com'",
     "COMMENT ON TABLE public.clients IS 'Write to ada@example.com'",
     "evidence does not show"),
)  # fmt: skip


def applied(target: ResolvedTarget) -> runs.Run:
    """A run whose steps on the database are done."""
    made = make_and_write_plan(target).run
    approve_plan(target, made, "Ada")
    apply_database(target, made)
    return made


def take_back(target: ResolvedTarget, made: runs.Run) -> None:
    waiting = prepare_undo(target, made)
    approve_plan(target, waiting.undo, "Ada")
    carry_out(target, waiting)


def test_a_run_is_taken_back_and_can_be_made_again(project: ResolvedTarget) -> None:
    root, dsn = project.directory.parent, project.dsn
    start = (identify(project).fingerprint, files(root), rows(dsn, ROWS))
    digits = newest(done(reconcile("plan"), 1))
    assert "changed nothing" in done(reconcile("undo", digits), 2)
    done(reconcile("approve", digits, "--yes", "--person", "Ada"))
    done(reconcile("apply"))
    assert len(rows(dsn, ROWS)) == 3
    made = runs.find(project, digits)
    for change, back, why in IN_THE_WAY:
        run(dsn, change)
        with pytest.raises(PlanError, match=why):
            prepare_undo(project, made)
        run(dsn, back)

    shown = done(reconcile("undo", digits), 1)
    assert "Take back, in one transaction: history, complete-002" in shown
    assert "move migrations.applied.archive/002_more.sql to migrations/002_more.sql" in shown
    back = newest(shown)
    assert prepare_undo(project, made).undo.plan_hash.startswith(back)  # the same plan
    approved = done(reconcile("approve", back, "--yes", "--person", "Grace"))
    assert approved.rstrip().endswith(f"Next: reconcile undo {digits}")  # it said apply
    done(reconcile("apply"), 2)  # no plan of the other kind waits
    assert "reconcile undo" in done(reconcile("apply", back), 2)
    assert "as it was before the run" in done(reconcile("undo", digits))
    assert (identify(project).fingerprint, files(root), rows(dsn, ROWS)) == start
    done(reconcile("undo", digits), 2)  # there is no such run any more
    assert len(list((project.evidence / "undone").iterdir())) == 1
    assert "approved by Grace" in next(project.evidence.rglob(runs.UNDONE)).read_text()


def test_a_run_that_was_cut_off_after_it_validated_something_could_not_be_taken_back(
    project: ResolvedTarget,
) -> None:
    with (project.directory / "002_more.sql").open("a") as file:
        file.write("ALTER TABLE projects ADD CONSTRAINT positive CHECK (id > 0);\n")
        file.write("ALTER TABLE projects ALTER COLUMN client SET NOT NULL;\n")
    start = identify(project).fingerprint
    made = applied(project)
    take_back(project, made)
    assert identify(project).fingerprint == start


def test_a_user_who_is_given_milliseconds_could_neither_scan_nor_take_a_run_back(
    project: ResolvedTarget,
) -> None:
    names = ("statement_timeout", "idle_in_transaction_session_timeout", "transaction_timeout")
    hurried = make_conninfo(project.dsn, options=" ".join(f"-c {name}=100ms" for name in names))
    target = replace(project, dsn=hurried)
    start = identify(target).fingerprint
    made = applied(target)
    assert "Access" in {check.name for check in verify_target(target).checks}
    take_back(target, made)
    assert identify(target).fingerprint == start


def test_nothing_was_changed_said_a_run_whose_history_could_not_be_proved(
    project: ResolvedTarget,
) -> None:
    made = applied(project)
    gone = replace(project, dsn=make_conninfo(project.dsn, dbname="gone"))
    with pytest.raises(TargetError) as told:
        record_history(gone, made)
    assert told.value.changed == "Finished before it, and kept: complete-002-1, complete-002-2."


@pytest.mark.soak
def test_what_others_did_since_stays_and_the_run_can_be_taken_back_twice(
    project: ResolvedTarget,
) -> None:
    dsn = project.dsn
    before = rows(dsn, ROWS)
    for number in range(2):
        digits = newest(done(reconcile("plan"), 1))
        done(reconcile("approve", digits, "--yes", "--person", "Ada"))
        done(reconcile("apply"))
        made = runs.find(project, digits)
        run(dsn, f"CREATE TABLE public.by_somebody_else_{number} (id int)")
        waiting = prepare_undo(project, made)
        with pytest.raises(ApprovalError):
            carry_out(project, waiting)
        done(reconcile("approve", waiting.undo.folder.name, "--yes", "--person", "Ada"))
        result = carry_out(project, prepare_undo(project, made))
        assert not result.restored  # but for the other's table
        assert rows(dsn, ROWS) == before
        found = rows(
            dsn,
            f"SELECT to_regclass('public.by_somebody_else_{number}') IS NULL,"
            " to_regclass('public.projects_client') IS NULL,"
            " obj_description('public.clients'::regclass)",
        )
        assert found == [(False, True, None)]


@pytest.mark.soak
def test_the_story_is_taken_back_by_the_role_that_applies(
    tcp_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = world(tcp_server, tmp_path, "undo_story")
    monkeypatch.setenv(APPLY_URL, tcp_server.dsn("undo_story", APPLY))
    try:
        target = told.target
        start = (identify(target).fingerprint, files(tmp_path))
        made = make_and_write_plan(target).run
        approve_plan(target, made, "Ada")
        assert apply_plan(target, made).ok
        assert identify(target).fingerprint != start[0]
        waiting = prepare_undo(target, made)
        approve_plan(target, waiting.undo, "Ada")
        assert carry_out(target, waiting).restored
        assert (identify(target).fingerprint, files(tmp_path)) == start
        assert make_and_write_plan(target).run.plan_hash == made.plan_hash
    finally:
        drop_database(tcp_server, "undo_story")
