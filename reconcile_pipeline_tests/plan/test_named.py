"""Which tables a plan can touch, and when it may be any."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from reconcile_pipeline.catalog.model import Kind, ObjectId, Rows, Snapshot
from reconcile_pipeline.plan.model import Plan, Step, StepKind
from reconcile_pipeline.plan.named import named_tables

Limits = Mapping[str, tuple[int | None, int | None, int | None]]

TRIGGERS = Rows((), {"public.b.fires": ()}, {"public.b.fires": ObjectId(Kind.TABLE, "public.b")})
PRODUCTION = Snapshot({Kind.TRIGGER: TRIGGERS}, "test", 180000)
LOCKS = {"public.a": "SHARE", "public.b": "ACCESS EXCLUSIVE"}


def plan(*statements: str, rows: Limits | None = None) -> Plan:
    step = Step("one", StepKind.COMPLETION, "", statements, (), rows=rows, locks=LOCKS)
    return Plan("t", "", "", "", "", (step,), (), {})


def test_what_a_plan_locks_and_writes_is_what_it_can_touch() -> None:
    rows = {"public.c": (None, 0, 0), "public.a.old": (0, 0, None)}
    found = named_tables(plan("INSERT INTO c VALUES (1)", rows=rows), PRODUCTION)
    assert found == frozenset({"public.a", "public.b", "public.c"})


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("DO $$ BEGIN TRUNCATE everything; END $$", None),
        ("SELECT public.do_it()", None),
        ("INSERT INTO a SELECT public.do_it()", {"public.a": (None, 0, 0)}),
        ("INSERT INTO b VALUES (1)", {"public.b": (None, 0, 0)}),  # its trigger writes to others
        ("this does not parse", None),
    ],
)
def test_it_may_touch_any_where_no_text_tells(sql: str, rows: Limits | None) -> None:
    assert named_tables(plan(sql, rows=rows), PRODUCTION) is None


def test_it_may_touch_any_where_an_event_trigger_fires() -> None:
    watched = Snapshot({Kind.EVENT_TRIGGER: Rows((), {"watch": ()})}, "test", 180000)
    assert named_tables(plan("CREATE INDEX i ON a (n)"), watched) is None
