"""An apply that something comes between: another apply, another session, a kill, a cut."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import replace

import psycopg
import pytest

from reconcile_pipeline.apply.progress import Event
from reconcile_pipeline.apply.request import Request
from reconcile_pipeline.apply.run import apply_plan
from reconcile_pipeline.errors import ApplyError, PlanError
from reconcile_pipeline.plan.codec import plan_to_json
from reconcile_pipeline_tests.apply.making import sql
from reconcile_pipeline_tests.apply.world import PROFILES, end_state


def test_two_applies_at_once_one_is_refused(ready: Request) -> None:
    inside, go = threading.Event(), threading.Event()

    def hold(event: Event) -> None:
        if event.step == "trigger":
            inside.set()
            go.wait(20)

    results: list[object] = []
    thread = threading.Thread(
        target=lambda: results.append(apply_plan(replace(ready, progress=hold)))
    )
    thread.start()
    try:
        assert inside.wait(20)
        with pytest.raises(ApplyError, match="Another apply"):
            apply_plan(ready)
    finally:
        go.set()
        thread.join()
    assert len(results) == 1


def test_a_change_by_another_session_in_the_middle_stops_it_and_says_what_is_kept(
    ready: Request,
) -> None:
    def meddle(event: Event) -> None:
        if event.step == "trigger":
            sql(ready.dsn, "CREATE TABLE public.by_hand ()")

    with pytest.raises(PlanError, match=r"Another session.*kept: table"):
        apply_plan(replace(ready, progress=meddle))
    with pytest.raises(PlanError, match="Production has changed"):
        apply_plan(ready)
    sql(ready.dsn, "DROP TABLE public.by_hand")
    assert apply_plan(ready).verification.fingerprint_expected


def killed(ready: Request, when: int) -> bool:
    """Apply in a process that kills itself at the journal's line; True where it got that far."""
    (ready.root / "plan.json").write_text(plan_to_json(ready.plan))
    done = subprocess.run(
        [sys.executable, "-m", "reconcile_pipeline_tests.apply.world", ready.dsn,
         str(ready.root), str(when)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode in (0, -9), done.stderr
    return done.returncode == -9


def clean_end(ready: Request) -> None:
    """Run again, and again; the end must be as if nothing had happened."""
    result = apply_plan(ready)
    assert result.verification.fingerprint_expected
    assert result.verification.rows == {
        PROFILES: (30, 0, 0), "supabase_migrations.schema_migrations": (2, 0, 0),
    }  # fmt: skip
    assert [c.table for c in result.verification.changed_tables] == [PROFILES]
    state = end_state(ready.dsn, ready.root)
    assert len(state["profiles"]) == 30
    assert [row[0] for row in state["history"]] == ["003", "020", "022"]
    assert state["clients"] == [(n,) for n in range(1, 6)]
    assert {s.outcome.value for s in apply_plan(ready).steps} == {"already"}
    assert end_state(ready.dsn, ready.root) == state


@pytest.mark.parametrize("when", [-3, 11])
def test_a_process_that_is_killed_is_finished_by_the_next(ready: Request, when: int) -> None:
    assert killed(ready, when)
    clean_end(ready)


def test_a_server_that_goes_away_in_the_middle(ready: Request) -> None:
    def cut(event: Event) -> None:
        if event.step == "trigger":
            with psycopg.connect(ready.dsn, autocommit=True) as other:
                other.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE application_name = 'reconcile_pipeline' AND pid <> pg_backend_pid()"
                    " AND datname = current_database()"
                )

    with pytest.raises(ApplyError, match="connection to the database was lost"):
        apply_plan(replace(ready, progress=cut))
    clean_end(ready)
