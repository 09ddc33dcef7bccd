"""A whole apply, in one go and part by part; refused where it must be; undone."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from reconcile_pipeline.apply.approval import approve
from reconcile_pipeline.apply.journal import read_journal
from reconcile_pipeline.apply.request import Request
from reconcile_pipeline.apply.run import ARCHIVE, DATABASE, HISTORY, apply_part, apply_plan, verify
from reconcile_pipeline.errors import ApplyError, ReconcileError
from reconcile_pipeline.plan.codec import canonical
from reconcile_pipeline_tests.apply.making import sql, value
from reconcile_pipeline_tests.apply.world import (
    ADMINS,
    MARKER,
    NEW,
    PROFILES,
    end_state,
    make_plan,
    request,
)


def untouched(ready: Request) -> None:
    dsn = ready.dsn
    assert value(dsn, "SELECT to_regclass('public.user_profiles') IS NULL")
    assert value(dsn, "SELECT count(*) FROM supabase_migrations.schema_migrations") == 1
    assert sorted(p.name for p in (ready.root / "migrations").iterdir()) == [
        "003_core.sql", "011_wipe.sql", "020_profiles.sql",
    ]  # fmt: skip


def test_the_whole_plan(ready: Request) -> None:
    result = apply_plan(ready)
    assert [(s.step, s.outcome.value) for s in result.steps] == [
        ("table", "done"), ("trigger", "done"), ("index", "done"), ("fill", "done"),
        ("history", "done"), ("files", "done"),
    ]  # fmt: skip
    roles = sql(ready.dsn, "SELECT role, count(*) FROM public.user_profiles GROUP BY 1 ORDER BY 1")
    assert roles == [("admin", 2), ("viewer", 28)]
    assert sql(ready.dsn, "SELECT * FROM supabase_migrations.schema_migrations ORDER BY 1") == [
        ("003", ["x"], "core", "ada"),
        ("020", ["CREATE TABLE public.user_profiles (id uuid)"], "profiles", None),
        ("022", ["-- reconciliation\nSELECT 1"], "reconcile", None),
    ]
    found = result.verification
    assert found.fingerprint_expected
    assert found.rows == {
        PROFILES: (30, 0, 0), "supabase_migrations.schema_migrations": (2, 0, 0),
    }  # fmt: skip
    assert [(c.table, c.before, c.after) for c in found.changed_tables] == [(PROFILES, None, 30)]
    assert {(c.subject, c.direction.value, c.new_table) for c in found.access_changes} == {
        ("authenticated, admin", "widened", True), ("authenticated, viewer", "widened", True),
    }  # fmt: skip
    assert found.unplanned == ()
    assert found.signup is not None
    assert found.signup.ok
    assert found.waiting.complete
    assert (result.person, result.fingerprint_before) == ("Ada", ready.plan.fingerprint)
    migrations = ready.root / "migrations"
    assert (migrations / "020_profiles.sql").read_text() == MARKER
    assert (migrations / "022_reconcile.sql").read_text() == NEW


def test_the_result_is_json_without_an_address_or_the_connection_string(ready: Request) -> None:
    text = canonical(apply_plan(ready))
    assert json.loads(text)["plan_hash"]
    written = [p.read_text("utf-8", "replace") for p in ready.run_folder.rglob("*") if p.is_file()]
    for each in (text, repr(ready), *written):
        assert "@example" not in each
        assert ready.dsn not in each


def test_a_second_run_changes_nothing(ready: Request) -> None:
    apply_plan(ready)
    before = end_state(ready.dsn, ready.root)
    again = apply_plan(ready)
    assert {s.outcome.value for s in again.steps} == {"already"}
    assert end_state(ready.dsn, ready.root) == before
    assert again.verification.rows[PROFILES] == (30, 0, 0)
    assert [c.table for c in again.verification.changed_tables] == [PROFILES]  # since the first


def test_part_by_part(ready: Request) -> None:
    for kinds in (DATABASE, HISTORY, ARCHIVE):
        part = apply_part(ready, kinds)
        assert {s.outcome.value for s in part.steps} == {"done"}
        again = apply_part(ready, kinds)
        assert {s.outcome.value for s in again.steps} == {"already"}
    found = verify(ready)
    assert found.fingerprint_expected
    assert found.rows[PROFILES] == (30, 0, 0)
    assert [c.table for c in found.changed_tables] == [PROFILES]


@pytest.mark.parametrize("kinds", [HISTORY, ARCHIVE])
def test_a_part_before_its_turn_is_refused(ready: Request, kinds: frozenset[object]) -> None:
    with pytest.raises(ApplyError, match="not done yet"):
        apply_part(ready, kinds)  # type: ignore[arg-type]
    untouched(ready)


def change_production(ready: Request) -> Request:
    sql(ready.dsn, "CREATE INDEX by_hand ON public.clients (id)")
    return ready


def change_history(ready: Request) -> Request:
    sql(ready.dsn, "INSERT INTO supabase_migrations.schema_migrations VALUES ('011')")
    return ready


def change_directory(ready: Request) -> Request:
    (ready.root / "migrations/003_core.sql").write_text("-- other\n")
    return ready


def no_approval(ready: Request) -> Request:
    return replace(ready, approval=None)


def other_approval(ready: Request) -> Request:
    return replace(ready, approval=approve(replace(ready.plan, warnings=("x",)), person="Ada"))


def other_plan(ready: Request) -> Request:
    return replace(ready, plan=replace(ready.plan, record=("020", "022", "011")))


def other_cluster(ready: Request) -> Request:
    plan = replace(ready.plan, system_identifier="1")
    return replace(ready, plan=plan, approval=approve(plan), admins=())


def other_target(ready: Request) -> Request:
    return replace(ready, target="other")


def other_admins(ready: Request) -> Request:
    return replace(ready, admins=[*ADMINS, "eve@example.com"])


def unreachable(ready: Request) -> Request:
    return replace(ready, dsn="host=/nonexistent password=s3cret")


def no_folder(ready: Request) -> Request:
    (ready.root / "file").touch()
    return replace(ready, run_folder=ready.root / "file" / "run")


@pytest.mark.parametrize(
    "change",
    [
        change_production, change_history, change_directory, no_approval, other_approval,
        other_plan, other_cluster, other_target, other_admins, unreachable, no_folder,
    ],
)  # fmt: skip
def test_refused_with_nothing_changed(ready: Request, change: Callable[[Request], Request]) -> None:
    asked = change(ready)
    for apply in (apply_plan, lambda r: apply_part(r, DATABASE)):
        with pytest.raises(ReconcileError) as caught:
            apply(asked)
        assert "Nothing was changed." in str(caught.value)
        assert "s3cret" not in str(caught.value)
    sql(ready.dsn, "DELETE FROM supabase_migrations.schema_migrations WHERE version = '011'")
    (ready.root / "migrations/003_core.sql").write_text("")
    untouched(ready)


def test_a_widening_that_the_plan_does_not_name_is_told(ready: Request) -> None:
    sql(
        ready.dsn,
        "GRANT SELECT ON public.clients TO authenticated",
        "ALTER TABLE public.clients ENABLE ROW LEVEL SECURITY",
        "CREATE FUNCTION public.fine() RETURNS bool LANGUAGE plpgsql STABLE SECURITY DEFINER AS"
        " $$ BEGIN RETURN EXISTS (SELECT FROM public.user_profiles);"
        " EXCEPTION WHEN undefined_table THEN RETURN false; END $$",
        "CREATE POLICY seen ON public.clients FOR SELECT TO authenticated USING (public.fine())",
    )
    made = request(ready.dsn, ready.root, make_plan(ready.dsn, ready.root))
    assert {(c.subject, c.table, c.after) for c in apply_plan(made).verification.unplanned} == {
        (f"authenticated, {who}", "public.clients", "all (5 of 5 rows)")
        for who in ("no profile", "admin", "viewer")
    }


def test_a_bad_trigger_shows_in_the_verification(ready: Request) -> None:
    steps = list(ready.plan.steps)
    believes = (
        steps[1]
        .statements[0]
        .replace(
            "(id) VALUES (NEW.id)",
            "VALUES (NEW.id, coalesce(NEW.raw_user_meta_data ->> 'role', 'viewer'))",
        )
    )
    steps[1] = replace(steps[1], statements=(believes, steps[1].statements[1]))
    plan = replace(ready.plan, steps=tuple(steps))
    signup = apply_plan(replace(ready, plan=plan, approval=approve(plan))).verification.signup
    assert signup is not None
    assert (signup.ok, signup.claimed_role) == (False, "admin")


def test_the_journal_tells_the_story(ready: Request) -> None:
    apply_plan(ready)
    events = [(r.event, r.step) for r in read_journal(ready.run_folder)]
    assert events[0] == ("opened", "")
    assert events[-1] == ("waited", "")
    assert [step for event, step in events if event == "finished"] == [
        "table", "trigger", "index", "fill", "history", "files",
    ]  # fmt: skip
