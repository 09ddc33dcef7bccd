"""Taking a plan back: all or nothing, by a plan of its own, and never at the cost of a row."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from reconcile_pipeline.apply.facts import gather
from reconcile_pipeline.apply.journal import Journal, Record, read_journal
from reconcile_pipeline.apply.request import Request
from reconcile_pipeline.apply.run import apply_plan
from reconcile_pipeline.apply.undo.deeds import deeds, left_behind
from reconcile_pipeline.apply.undo.plan import DATABASE
from reconcile_pipeline.errors import ApplyError, ApprovalError, DirectoryError, PlanError
from reconcile_pipeline.plan.codec import plan_to_json
from reconcile_pipeline.plan.undo import undoes
from reconcile_pipeline.shadow.servers.server import Server
from reconcile_pipeline_tests.apply.making import sql, value
from reconcile_pipeline_tests.apply.undoing import undo, way_back
from reconcile_pipeline_tests.apply.world import (
    MARKER,
    PROFILES,
    build,
    end_state,
    make_plan,
    request,
)  # fmt: skip

NEWCOMER = "INSERT INTO auth.users (id, email) VALUES (gen_random_uuid(), 'new@example.org')"


@pytest.fixture(scope="module")
def world(
    server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Request, dict[str, Any]]]:
    """A whole plan that was applied, and what was there before. Each test leaves it applied."""
    name, root = f"undo_{os.getpid()}", tmp_path_factory.mktemp("undo") / "project"
    sql(server.dsn(), f'CREATE DATABASE "{name}"')
    dsn = server.dsn(name)
    build(dsn, root)
    before = _state(dsn, root)
    plan = make_plan(dsn, root)
    steps = tuple(
        replace(s, undo=("DROP INDEX public.profiles_role",)) if s.id == "index" else s
        for s in plan.steps
    )
    asked = request(dsn, root, replace(plan, steps=steps))
    apply_plan(asked)
    yield asked, before
    sql(server.dsn(), f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def applied(
    world: tuple[Request, dict[str, Any]],
) -> Iterator[tuple[Request, dict[str, Any]]]:
    """The same, applied again where the test before it took it back."""
    asked, before = world
    yield asked, before
    if not value(asked.dsn, f"SELECT to_regclass('{PROFILES}') IS NOT NULL"):
        apply_plan(asked)


def _state(dsn: str, root: Path) -> dict[str, Any]:
    """As `end_state`, but that profiles need not be there."""
    if value(dsn, f"SELECT to_regclass('{PROFILES}') IS NOT NULL"):
        return end_state(dsn, root)
    sql(dsn, f"CREATE TABLE {PROFILES} (id int)")
    profiles_made = end_state(dsn, root)
    sql(dsn, f"DROP TABLE {PROFILES}")
    return profiles_made


def untouched(asked: Request) -> None:
    """Nothing was taken back."""
    assert value(asked.dsn, "SELECT count(*) FROM public.user_profiles") >= 30
    assert value(asked.dsn, "SELECT count(*) FROM supabase_migrations.schema_migrations") == 3
    assert (asked.root / "migrations.quarantine/011_wipe.sql").exists()


def test_it_leads_back_to_the_row_and_the_byte(
    applied: tuple[Request, dict[str, Any]], tmp_path: Path
) -> None:
    asked, before = applied
    plan = way_back(asked)
    assert undoes(plan)
    assert [each.id for each in plan.steps] == ["undo-production", "undo-files"]
    assert plan.steps[0].rows == {
        PROFILES: (0, 0, None), "supabase_migrations.schema_migrations": (0, 0, 2),
    }  # fmt: skip
    assert any(hazard.rule == "deletes_data" for hazard in plan.steps[0].hazards)
    assert plan.steps[0].lock_timeout_ms == 200
    result = undo(asked, plan, tmp_path)
    assert result.restored
    assert _state(asked.dsn, asked.root) == before
    assert result.verification.fingerprint_expected
    assert list(tmp_path.glob("watching-*.json"))  # what its watcher saw outlives a kill
    undone = [each.step for each in read_journal(asked.run_folder) if each.event == "undone"]
    assert undone[-6:] == [each.id for each in asked.plan.steps]
    with pytest.raises(PlanError, match="undone already"):
        way_back(asked)
    assert {each.outcome.value for each in apply_plan(asked).steps} == {"done"}


def test_nobody_undoes_without_an_approval_of_that_very_plan(
    applied: tuple[Request, dict[str, Any]], tmp_path: Path
) -> None:
    asked, _ = applied
    plan = way_back(asked)
    for approval in (None, asked.approval):
        with pytest.raises(ApprovalError):
            undo(asked, plan, tmp_path, approval=approval)
    untouched(asked)


@pytest.mark.parametrize(
    "change", [NEWCOMER, "UPDATE public.user_profiles SET role = 'editor' WHERE role = 'viewer'"]
)
def test_rows_that_came_or_were_changed_after_the_run_forbid_it(
    applied: tuple[Request, dict[str, Any]], change: str, tmp_path: Path
) -> None:
    asked, _ = applied
    early = way_back(asked)
    sql(asked.dsn, change)
    with pytest.raises(PlanError, match=rf"rows of {PROFILES} came, or were changed, after"):
        way_back(asked)
    # The rows came after the plan was approved: the gate does not see them, the transaction does.
    with pytest.raises(ApplyError, match=r"rolled back: \d+ rows of public.user_profiles"):
        undo(asked, early, tmp_path)
    untouched(asked)
    sql(
        asked.dsn,
        "DELETE FROM public.user_profiles p USING auth.users u"
        " WHERE p.id = u.id AND (u.email LIKE 'new@%' OR p.role = 'editor')",
        "DELETE FROM auth.users WHERE email LIKE 'new@%'",
    )
    # Once those rows are elsewhere, nothing forbids it.
    assert undo(asked, way_back(asked), tmp_path / "again").restored


def test_a_change_of_the_catalog_after_the_plan_forbids_it(
    applied: tuple[Request, dict[str, Any]], tmp_path: Path
) -> None:
    asked, _ = applied
    plan = way_back(asked)
    sql(asked.dsn, "CREATE TABLE public.later ()")
    with pytest.raises(PlanError, match="Production has changed"):
        undo(asked, plan, tmp_path)
    untouched(asked)
    sql(asked.dsn, "DROP TABLE public.later")


def test_a_file_that_was_edited_since_forbids_it_before_anything_is_done(
    applied: tuple[Request, dict[str, Any]], tmp_path: Path
) -> None:
    asked, _ = applied
    plan = way_back(asked)
    (asked.root / "migrations/020_profiles.sql").write_text(MARKER + "-- and a note\n")
    for attempt in (lambda: way_back(asked), lambda: undo(asked, plan, tmp_path)):
        with pytest.raises(DirectoryError, match="changed since"):
            attempt()
    untouched(asked)
    (asked.root / "migrations/020_profiles.sql").write_text(MARKER)


def test_a_lock_that_somebody_holds_forbids_it_for_now(
    applied: tuple[Request, dict[str, Any]], tmp_path: Path
) -> None:
    asked, before = applied
    plan = way_back(asked)
    quick = replace(plan, steps=(replace(plan.steps[0], lock_timeout_ms=100), plan.steps[1]))
    with psycopg.connect(asked.dsn) as other:
        other.execute(f"TABLE {PROFILES}")
        with pytest.raises(ApplyError, match="did not get its lock"):
            undo(asked, quick, tmp_path)
        untouched(asked)
    assert undo(asked, quick, tmp_path).restored
    assert _state(asked.dsn, asked.root) == before


def test_cut_off_anywhere_it_is_finished_by_running_it_again(
    applied: tuple[Request, dict[str, Any]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked, before = applied
    plan = way_back(asked)
    write = Journal.write
    cut_off = 0
    for line in range(1, 40):
        lines = [0]

        def dies(
            self: Journal, event: str, step: str = "", at: int = line,
            lines: list[int] = lines, **facts: Any,
        ) -> Record:  # fmt: skip
            lines[0] += 1
            if lines[0] == at and event != "waited":
                raise KeyboardInterrupt
            return write(self, event, step, **facts)

        monkeypatch.setattr(Journal, "write", dies)
        try:
            result = undo(asked, plan, tmp_path)
        except KeyboardInterrupt:
            cut_off += 1
            continue
        break
    assert result.restored
    assert cut_off >= 5
    monkeypatch.setattr(Journal, "write", write)
    assert _state(asked.dsn, asked.root) == before
    assert sum(r.event == "finished" for r in read_journal(tmp_path)) <= 2


def test_an_undo_that_does_not_lead_back_is_rolled_back(
    applied: tuple[Request, dict[str, Any]], tmp_path: Path
) -> None:
    asked, _ = applied
    plan = way_back(asked)
    production = replace(plan.steps[0], statements=plan.steps[0].statements[:-1])
    with pytest.raises(ApplyError, match="does not lead back"):
        undo(asked, replace(plan, steps=(production,)), tmp_path)
    untouched(asked)


def test_the_deeds_are_what_the_journal_and_the_server_say(
    applied: tuple[Request, dict[str, Any]],
) -> None:
    asked, _ = applied
    with psycopg.connect(asked.dsn, autocommit=True) as connection:
        done = {each.step.id: each for each in deeds(asked.plan, asked.run_folder, connection)}
        now = gather(connection, "test", asked.fingerprint, lambda: "").fingerprint
    assert list(done) == ["table", "trigger", "index", "fill", "history"]
    assert done["table"].created == (PROFILES,)
    assert done["fill"].rows == {PROFILES: (30, 0, 0)}
    assert len(done["fill"].xids) == 3
    assert left_behind(asked.plan, asked.run_folder) == now
    assert DATABASE not in done


@pytest.mark.soak
def test_killed_before_or_after_a_line_of_its_journal_it_is_finished_by_the_next(
    applied: tuple[Request, dict[str, Any]],
) -> None:
    asked, before = applied
    (asked.root / "plan.json").write_text(plan_to_json(asked.plan))
    for line in range(1, 40):
        shutil.rmtree(asked.root / "undo", ignore_errors=True)
        (asked.root / "undo.json").write_text(plan_to_json(way_back(asked)))
        killed = _undo_in_a_process(asked, line if line % 2 else -line)
        if killed:
            assert not _undo_in_a_process(asked, 0)
        assert _state(asked.dsn, asked.root) == before
        apply_plan(asked)
        if not killed:
            break
    assert line > 10


def _undo_in_a_process(asked: Request, when: int) -> bool:
    """True where it was killed."""
    done = subprocess.run(
        [sys.executable, "-m", "reconcile_pipeline_tests.apply.undoing", asked.dsn,
         str(asked.root), str(when)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode in (0, -9), done.stderr
    return done.returncode == -9
