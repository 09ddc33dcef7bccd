"""The story from end to end, with the history tool's own client as the judge."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from reconcile_pipeline.config import Evidence, Target
from reconcile_pipeline.errors import ApplyError, ApprovalError, ConfigError, PlanError
from reconcile_pipeline.evidence.signing import generate
from reconcile_pipeline.evidence.verify import verify
from reconcile_pipeline.flow.apply import (
    apply_database,
    apply_plan,
    archive_files,
    finish_run,
    record_history,
)
from reconcile_pipeline.flow.approve import approve_plan
from reconcile_pipeline.flow.finish import Applied
from reconcile_pipeline.flow.grants import APPLY, SCAN
from reconcile_pipeline.flow.plan import make_and_write_plan
from reconcile_pipeline.flow.run import Run
from reconcile_pipeline.flow.signing import signer_of
from reconcile_pipeline.flow.target import ResolvedTarget
from reconcile_pipeline.flow.verify import verify_target
from reconcile_pipeline.plan.answers import findings
from reconcile_pipeline.shadow.servers.server import Server
from reconcile_pipeline.story.story import ADMINS, build_story
from reconcile_pipeline.story.world import drop_database
from reconcile_pipeline_tests.clients.fixtures import PASSWORD
from reconcile_pipeline_tests.clients.supabase import Supabase
from reconcile_pipeline_tests.flow.test_grants import run_grants

pytestmark = pytest.mark.xdist_group("the story told")

MIGRATIONS = Path(__file__).parents[2] / "migrations"
APPLY_URL = "STORY_APPLY_URL"
SETTINGS = {
    "apply_dsn_env": APPLY_URL,
    "never_applied": "archive",
    "run_pending": ["013"],
    "user_profiles": {"admins": list(ADMINS)},
}
RECORDED = ("008", "009", "010", "013", "016", "020", "021", "022")
HISTORY = "SELECT version, name, statements FROM supabase_migrations.schema_migrations ORDER BY 1"


@dataclass(frozen=True)
class World:
    """A story with its project."""

    target: ResolvedTarget
    url: str

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query, as the owner sees them."""
        with psycopg.connect(self.target.dsn) as connection:
            return connection.execute(query.encode()).fetchall()


def world(server: Server, folder: Path, name: str) -> World:
    """Build one, with the roles of `reconcile grants`: one reads, another one applies."""
    shutil.copytree(MIGRATIONS, folder / "migrations")
    build_story(server, name, MIGRATIONS, password=PASSWORD)
    run_grants(server.dsn(name))
    (folder / "signing.key").write_bytes(generate().pem())
    target = ResolvedTarget(
        "story",
        Target.model_validate(SETTINGS),
        server.dsn(name, SCAN),
        folder / "migrations",
        folder / "evidence",
        signing=Evidence(signing_key=folder / "signing.key"),
    )
    return World(target, server.tcp_dsn(name, "postgres", PASSWORD))


@pytest.fixture(scope="module")
def told(
    tcp_server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[World, Run]]:
    """A story with an approved plan; the tests below bring it to its end, in their order."""
    name = f"flow_story_{os.getpid()}"
    made = world(tcp_server, tmp_path_factory.mktemp("story"), name)
    planned = make_and_write_plan(made.target)
    answered = {answer for step in planned.plan.steps for answer in step.answers}
    assert set(findings(planned.scan.report)) <= answered | planned.plan.declined.keys()
    assert planned.rehearsal.held, planned.rehearsal.problems
    run = planned.run  # the variable of the role that applies is not set
    with pytest.raises(ApprovalError):
        apply_plan(made.target, run)
    approve_plan(made.target, run, "Ada")
    with pytest.raises(ConfigError, match=APPLY_URL):
        apply_plan(made.target, run)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(APPLY_URL, tcp_server.dsn(name, APPLY))
        yield made, run
    drop_database(tcp_server, name)


@pytest.fixture(scope="module")
def applied(told: tuple[World, Run]) -> Applied:
    """The same, applied part by part as Dagster does; parts out of order are refused."""
    made, run = told
    with pytest.raises(ApplyError):
        finish_run(made.target, run)
    with pytest.raises(ApplyError):
        archive_files(made.target, run)
    assert len(list(made.target.directory.iterdir())) == 14
    apply_database(made.target, run)
    assert [row[0] for row in made.rows(HISTORY)] == ["003", "004", "005", "006", "007"]
    record_history(made.target, run)
    archive_files(made.target, run)
    return finish_run(made.target, run)


def test_before_the_client_would_push_what_deletes(
    told: tuple[World, Run], supabase_cli: Supabase
) -> None:
    made, run = told
    supabase_cli.put(sorted(MIGRATIONS.glob("*.sql")))
    would = supabase_cli.push_dry_run(made.url)
    push = json.loads(run.stage("push"))
    assert would.files == tuple(push["files"])
    assert "011_smartsuite_alignment.sql" in would.files
    (stake,) = push["at_stake"]
    assert (stake["file"], stake["line"]) == ("011_smartsuite_alignment.sql", 18)
    assert sum(rows for _, rows in stake["rows"]) == 7


def test_all_promises_are_proved(told: tuple[World, Run], applied: Applied) -> None:
    assert [(p.name, p.held, p.reasons) for p in applied.promises] == [
        (name, True, ()) for name in ("True", "Nothing lost", "Nothing stopped", "In step")
    ]
    assert applied.ok
    assert applied.run.report.exists()
    signer = signer_of(told[0].target)
    assert signer is not None
    found = verify(applied.run.evidence, signed_by=[signer.verifier])
    assert (found.ok, found.signed_by) == (True, (signer.verifier.id,))


def test_every_user_is_an_admin_and_no_row_is_lost(
    told: tuple[World, Run], applied: Applied
) -> None:
    made, _ = told
    assert made.rows("SELECT role, count(*) FROM public.user_profiles GROUP BY 1") == [("admin", 3)]
    for table, rows in (("projects", 1), ("videos", 1), ("scripts", 1), ("script_components", 4)):
        assert made.rows(f"SELECT count(*) FROM public.{table}") == [(rows,)]  # noqa: S608
    by_name = {row.table: row for row in applied.facts.rows}
    for row in by_name.values():
        assert row.deleted == row.updated == 0
        assert not row.truncated
    assert by_name["public.user_profiles"].inserted == 3
    (backfill,) = applied.facts.backfills
    assert (backfill.missing_after, backfill.second_run_inserted, backfill.signup) == (0, 0, True)


def test_what_the_role_that_applies_made_belongs_to_the_owner_of_the_rest(
    told: tuple[World, Run], applied: Applied
) -> None:
    made, _ = told
    owners = "SELECT DISTINCT relowner::regrole::text FROM pg_class WHERE relkind IN ('r', 'v') AND"
    assert made.rows(f"{owners} relnamespace = 'public'::regnamespace") == [("postgres",)]
    assert made.rows("SELECT rolsuper FROM pg_roles WHERE rolname = 'postgres'") == [(False,)]


def test_011_was_never_executed(told: tuple[World, Run], applied: Applied) -> None:
    made, _ = told
    assert made.rows("SELECT to_regclass('public.smartsuite_sync_log')") == [(None,)]
    assert made.rows("SELECT count(*) FROM public.system_settings") == [(0,)]  # nor 012
    assert not {"011", "012"} & {row[0] for row in made.rows(HISTORY)}


def test_only_planned_access_is_wider(applied: Applied) -> None:
    access = applied.facts.access
    assert access is not None
    assert access.probes > 50
    wider = [change for change in access.changes if change.wider]
    assert all(change.planned for change in wider)
    assert {change.role for change in wider if change.table == "public.clients"} <= {
        "authenticated, admin",
        "authenticated, no profile",
    }


def test_afterwards_the_client_says_up_to_date(
    told: tuple[World, Run], applied: Applied, supabase_cli: Supabase
) -> None:
    made, _ = told
    supabase_cli.put(sorted(made.target.directory.glob("*.sql")))
    listed = supabase_cli.migration_list(made.url)
    assert len(listed) == 13
    assert all(row.equal for row in listed)
    assert supabase_cli.push_dry_run(made.url).up_to_date


def test_the_history_is_what_the_clients_own_repair_writes(
    told: tuple[World, Run], applied: Applied, supabase_cli: Supabase, tcp_url: str
) -> None:
    made, _ = told
    files = [*MIGRATIONS.glob("*.sql"), *made.target.directory.glob("022_*.sql")]
    supabase_cli.put(sorted(files))
    supabase_cli.repair(tcp_url, *RECORDED)
    with psycopg.connect(tcp_url) as oracle:
        theirs = {row[0]: row for row in oracle.execute(HISTORY).fetchall()}
    ours = {row[0]: row for row in made.rows(HISTORY)}
    assert {version: ours[version] for version in RECORDED} == theirs


def test_applied_again_nothing_changes(told: tuple[World, Run], applied: Applied) -> None:
    made, run = told
    before = made.rows("SELECT xmin::text, * FROM public.user_profiles ORDER BY id")
    files = {p: p.stat().st_mtime_ns for p in made.target.directory.parent.rglob("*.sql")}
    evidence = {path: path.read_bytes() for path in run.evidence.iterdir()}
    again = apply_plan(made.target, run)
    assert again.ok
    assert made.rows("SELECT xmin::text, * FROM public.user_profiles ORDER BY id") == before
    assert {p: p.stat().st_mtime_ns for p in made.target.directory.parent.rglob("*.sql")} == files
    assert {path: path.read_bytes() for path in run.evidence.iterdir()} == evidence
    with pytest.raises(PlanError, match="applied already"):
        from reconcile_pipeline.flow.approve import check_target
        from reconcile_pipeline.flow.identity import identify

        check_target(run, identify(made.target))


def test_verify_sees_what_somebody_changes_afterwards(
    told: tuple[World, Run], applied: Applied
) -> None:
    made, _ = told
    with psycopg.connect(made.target.apply_dsn, autocommit=True) as connection:
        connection.execute("DROP POLICY clients_admin_all ON public.clients")
        connection.execute(
            "DELETE FROM supabase_migrations.schema_migrations WHERE version = '016'"
        )
    found = {check.name: check for check in verify_target(made.target).checks}
    assert not found["In step"].ok
    assert not found["Replay"].ok
    assert any("016" in problem for problem in found["History"].problems)
    assert not found["Push"].ok
    assert found["Evidence"].ok
