"""Each promise is computed: it holds on the story, and fails for each thing that breaks it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from reconcile_pipeline.attribution.model import Verdict
from reconcile_pipeline.drift.model import Finding
from reconcile_pipeline.evidence.model import Client, Outcome, Replay, ReportFacts, StepRun
from reconcile_pipeline.evidence.promises import (
    in_step,
    nothing_lost,
    nothing_stopped,
    promises,
    true,
)
from reconcile_pipeline_tests.evidence.cases import facts

Change = Callable[[ReportFacts], ReportFacts]


def test_all_four_hold_on_the_story() -> None:
    kept = promises(facts())
    assert [(p.name, p.held, p.reasons) for p in kept] == [
        ("True", True, ()),
        ("Nothing lost", True, ()),
        ("Nothing stopped", True, ()),
        ("In step", True, ()),
    ]
    assert all(p.proof and p.figure for p in kept)


def _recorded(verdict: Verdict, effect: Verdict | None = None) -> Change:
    """The first statement of the first recorded version gets another verdict."""

    def change(f: ReportFacts) -> ReportFacts:
        first, *rest = f.recorded
        s, *others = first.statements
        effects = tuple(replace(e, verdict=effect or verdict) for e in s.effects)
        s = replace(s, verdict=verdict, effects=effects)
        return replace(f, recorded=(replace(first, statements=(s, *others)), *rest))

    return change


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_recorded(Verdict.ABSENT), "008, line 2: CREATE TYPE is absent in production."),
        (_recorded(Verdict.DIFFERENT), "008, line 2: CREATE TYPE is different in production."),
        (
            lambda f: replace(f, recorded=f.recorded[1:]),
            "008 was to be recorded, and nothing proves it.",
        ),
        (
            lambda f: replace(f, recorded=(replace(f.recorded[0], statements=()), *f.recorded[1:])),
            "008: not one of its statements is proved live.",
        ),
        (
            lambda f: replace(f, history_after=f.history_after[:-1]),
            "The history does not name 022.",
        ),
        (
            lambda f: replace(f, history_after=(*f.history_after, "011")),
            "The history names 011, which it should not.",
        ),
        (
            lambda f: replace(f, plan=replace(f.plan, forget=("003",))),
            "The history names 003, which it should not.",
        ),
    ],
)
def test_true_fails(change: Change, reason: str) -> None:
    promise = true(change(facts()))
    assert not promise.held
    assert reason in promise.reasons


def test_true_holds_for_a_change_by_hand_that_the_reconciliation_carries() -> None:
    changed = _recorded(Verdict.DIFFERENT)(facts())
    assert not true(changed).held
    assert true(replace(changed, adopted=("public.script_status",))).held


def test_what_leaves_nothing_to_check_is_counted_apart() -> None:
    promise = true(facts())
    assert (
        "17 of 18 statements proved live, 1 leaves nothing that could be checked" in promise.figure
    )
    assert "010_fix_foreign_keys_and_auth: 1 of 2 statements proved live." in promise.proof


def _table(table: str, **change: object) -> Change:
    def apply(f: ReportFacts) -> ReportFacts:
        rows = tuple(replace(t, **change) if t.table == table else t for t in f.rows)  # type: ignore[arg-type]
        return replace(f, rows=rows)

    return apply


def test_a_table_that_we_may_not_read_was_left_out_without_a_word() -> None:
    unread = _table("public.videos", before=None, after=None, uncounted="we may not read it")
    promise = nothing_lost(unread(facts()))
    assert promise.held
    assert "1 not, of which only our transactions' counters tell: public.videos" in promise.figure
    assert any(each.startswith("public.videos: not counted") for each in promise.proof)
    emptied = _table("public.videos", before=None, after=None, uncounted="?", deleted=1)
    assert (
        "public.videos: we deleted 1 row, the plan announced 0."
        in nothing_lost(emptied(facts())).reasons
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            _table("public.script_components", after=3),
            "public.script_components: 1 row fewer than our own transactions explain.",
        ),
        (
            _table("public.script_components", after=3, deleted=1),
            "public.script_components: we deleted 1 row, the plan announced 0.",
        ),
        (
            # Lost and inserted again: the counts agree, PostgreSQL's counters do not.
            _table("public.clients", deleted=1, inserted=1),
            "public.clients: we deleted 1 row, the plan announced 0.",
        ),
        (
            _table("public.user_profiles", after=4, inserted=4),
            "public.user_profiles: we inserted 4 rows, the plan announced 3.",
        ),
        (
            _table("auth.users", updated=3),
            "auth.users: we updated 3 rows, the plan announced 0.",
        ),
        (_table("public.videos", truncated=True), "public.videos was truncated by us."),
        (_table("public.videos", after=None), "public.videos is gone."),
        (
            _table("public.videos", dropped=("title",)),
            "We dropped the column public.videos.title, which the plan did not announce.",
        ),
        (lambda f: replace(f, rows=()), "No table's rows were counted."),
    ],
)
def test_nothing_lost_fails(change: Change, reason: str) -> None:
    promise = nothing_lost(change(facts()))
    assert not promise.held
    assert reason in promise.reasons


def test_rows_that_others_insert_meanwhile_break_nothing() -> None:
    assert nothing_lost(_table("public.clients", after=7)(facts())).held


def test_a_deletion_that_the_plan_announced_breaks_nothing() -> None:
    f = _table("public.clients", after=0, deleted=1)(facts())
    for limit in (1, None):
        step = replace(f.plan.steps[0], rows={"public.clients": (0, 0, limit)})
        announced = replace(f, plan=replace(f.plan, steps=(step, *f.plan.steps[1:])))
        assert nothing_lost(announced).held
    assert not nothing_lost(f).held


def test_a_column_and_a_table_may_go_where_the_plan_announced_that() -> None:
    f = _table("public.videos", after=None)(_table("public.clients", dropped=("old",))(facts()))
    anything = (0, 0, None)
    rows = {"public.videos": anything, "public.clients.old": anything}
    step = replace(f.plan.steps[0], rows=rows)
    assert nothing_lost(replace(f, plan=replace(f.plan, steps=(step, *f.plan.steps[1:])))).held
    assert len(nothing_lost(f).reasons) == 2


@pytest.mark.parametrize(
    ("longest", "held"), [(0.0, True), (2000.0, True), (2000.5, False), (60_000.0, False)]
)
def test_nothing_stopped_is_a_matter_of_the_bound(longest: float, held: bool) -> None:
    f = facts()
    assert f.waiting is not None
    promise = nothing_stopped(replace(f, waiting=replace(f.waiting, longest_ms=longest)))
    assert promise.held is held
    assert bool(promise.reasons) is not held


def test_what_nobody_watched_is_not_proved() -> None:
    f = facts()
    assert f.waiting is not None
    for unwatched in (None, replace(f.waiting, samples=0)):
        promise = nothing_stopped(replace(f, waiting=unwatched))
        assert promise.reasons == ("Nobody watched who waited for us.",)
    idle = (StepRun("history", Outcome.ALREADY),)
    assert nothing_stopped(replace(f, waiting=None, steps=idle)).held


def _found(f: ReportFacts) -> ReportFacts:
    *others, last = f.after.migrations
    after = replace(f.after, migrations=(*others, replace(last, finding=Finding.PENDING)))
    return replace(f, after=after)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda f: replace(f, replay=None), "The directory was not replayed."),
        (lambda f: replace(f, replay=Replay(0)), "The directory was not replayed."),
        (
            lambda f: replace(f, replay=Replay(412, ("index public.i",))),
            "The replay differs from production: index public.i.",
        ),
        (_found, "022_reconciliation.sql: pending."),
        (
            lambda f: replace(f, after=replace(f.after, unexplained=f.before.unexplained)),
            "index public.idx_scripts_status_hot is still unexplained (added).",
        ),
        (
            lambda f: replace(f, history_after=(*f.history_after, "011")),
            "Local and remote versions differ: 011 on one side only.",
        ),
        (
            lambda f: replace(f, client=Client("supabase", False, (), "3.1.0")),
            "supabase 3.1.0 lists versions that are not on both sides.",
        ),
        (
            lambda f: replace(f, client=Client("supabase", True, ("011_x.sql",), "3.1.0")),
            "supabase 3.1.0 would still push 011_x.sql.",
        ),
    ],
)
def test_in_step_fails(change: Change, reason: str) -> None:
    promise = in_step(change(facts()))
    assert not promise.held
    assert reason in promise.reasons


def test_in_step_says_where_the_client_was_not_asked() -> None:
    promise = in_step(replace(facts(), client=None))
    assert promise.held
    assert "The history tool's own client was not asked." in promise.proof


def test_in_step_says_what_was_not_compared() -> None:
    replay = Replay(412, (), ("009_x.sql, line 3: CREATE TABLE fails (no such function)",))
    promise = in_step(replace(facts(), replay=replay))
    assert promise.held
    assert "but for 1 statement that the shadow cannot run" in promise.figure
    assert any("009_x.sql, line 3" in each for each in promise.proof)
