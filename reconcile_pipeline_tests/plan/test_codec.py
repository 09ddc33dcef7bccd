"""A plan survives its way through JSON, and nothing else passes for a plan."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import FrozenInstanceError, fields, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconcile_pipeline.errors import PlanError
from reconcile_pipeline.migrations.model import Hazard, Severity
from reconcile_pipeline.plan.backfill import admins_digest, fold
from reconcile_pipeline.plan.codec import canonical, plan_from_json, plan_hash, plan_to_json
from reconcile_pipeline.plan.model import (
    Backfill,
    Condition,
    FileAction,
    Plan,
    RoleRule,
    Step,
    StepKind,
)

PLAN = Plan(
    target="story",
    fingerprint="f" * 64,
    inventory_sha256="e" * 64,
    system_identifier="7000000000000000000",
    database="postgres",
    steps=(
        Step(
            id="1",
            kind=StepKind.COMPLETION,
            purpose="make the table",
            statements=("CREATE TABLE public.t (id int)", "SELECT 'ä \\ \" \n'"),
            answers=("020",),
            hazards=(Hazard("strong_lock", Severity.WARNING, "locks t", ("public.t",)),),
            locks={"public.t": "AccessExclusiveLock"},
            precondition=Condition("absent", "SELECT to_regclass('public.t') IS NULL"),
            postcondition=Condition("there", "SELECT to_regclass('public.t') IS NOT NULL"),
            undo=("DROP TABLE public.t",),
            details={"a": None, "b": True, "c": 1, "d": "x"},
            rows={"public.t": (None, 0, 3)},
            rewrites=("public.u",),
        ),
        Step(
            id="2",
            kind=StepKind.BACKFILL,
            purpose="fill it",
            statements=(),
            answers=(),
            backfill=Backfill(
                "public.p", "auth.users", "id", "id", {"name": "source.name"},
                RoleRule("role", "admin", "viewer", 3, "d" * 64),
            ),
        ),
    ),
    files=(FileAction("archive", "migrations/1.sql", "archive/1.sql", sha256="a" * 64),),
    declined={"012": "never ran"},
    record=("008",),
    warnings=("mind",),
    left={"013": "relation x does not exist"},
)  # fmt: skip


def test_round_trip_keeps_every_value() -> None:
    again = plan_from_json(plan_to_json(PLAN))
    assert again == PLAN
    assert plan_hash(again) == plan_hash(PLAN)


def test_hash_does_not_depend_on_the_order_of_a_mapping() -> None:
    step = PLAN.steps[0]
    turned = replace(step, details=dict(reversed(list((step.details or {}).items()))))
    assert plan_hash(replace(PLAN, steps=(turned, *PLAN.steps[1:]))) == plan_hash(PLAN)


def test_hash_sees_every_field() -> None:
    seen = {plan_hash(PLAN)}
    for each in fields(Plan):
        value = getattr(PLAN, each.name)
        other: Any = value + "x" if isinstance(value, str) else type(value)()
        if other != value:
            seen.add(plan_hash(replace(PLAN, **{each.name: other})))
    assert len(seen) == 1 + sum(1 for each in fields(Plan) if getattr(PLAN, each.name) != ())


def test_canonical_json_is_sorted_ascii_without_spaces() -> None:
    text = canonical(PLAN)
    assert text.isascii()
    assert json.dumps(json.loads(text), sort_keys=True, separators=(",", ":")) == text


@pytest.mark.parametrize(
    "damage",
    [
        lambda d: d.pop("steps"),
        lambda d: d.update(extra=1),
        lambda d: d.update(target=1),
        lambda d: d.update(target=None),
        lambda d: d.update(steps={}),
        lambda d: d["steps"][0].update(kind="explosion"),
        lambda d: d["steps"][0].update(lock_timeout_ms=1.5),
        lambda d: d["steps"][0].update(lock_timeout_ms=True),
        lambda d: d["steps"][0].update(transactional=1),
        lambda d: d["steps"][0]["rows"].update({"public.t": [0, 0]}),
        lambda d: d["steps"][0]["details"].update(a=[]),
        lambda d: d["files"].append("x"),
        lambda d: d["declined"].update(x=1),
    ],
)
def test_anything_off_is_refused(damage: Callable[[Any], Any]) -> None:
    data = json.loads(plan_to_json(PLAN))
    damage(data)
    with pytest.raises(PlanError):
        plan_from_json(json.dumps(data))


@pytest.mark.parametrize(
    "text", ["", "{", "1" * 9999, "[]", "null", '{"a": NaN}', '{"a":1,"a":2}', "[" * 100000]
)
def test_what_is_no_plan_is_refused(text: str) -> None:
    with pytest.raises(PlanError):
        plan_from_json(text)


def test_a_float_has_no_canonical_form() -> None:
    with pytest.raises(PlanError, match="float"):
        canonical({"a": 1.0})


@settings(max_examples=50, deadline=None)
@given(st.text(), st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.text()))
def test_any_text_survives(text: str, details: dict[str, Any]) -> None:
    plan = replace(PLAN, steps=(replace(PLAN.steps[0], purpose=text, details=details),))
    assert plan_from_json(plan_to_json(plan)) == plan


def test_every_value_in_a_plan_is_a_frozen_dataclass() -> None:
    values: tuple[Plan | Step | FileAction, ...] = (PLAN, *PLAN.steps, *PLAN.files)
    for each in values:
        with pytest.raises(FrozenInstanceError):
            setattr(each, fields(each)[0].name, "x")


def test_digest_binds_the_people_not_their_spelling() -> None:
    one = admins_digest(["Ada@Example.com", "kim@example.com"], "7", "postgres")
    assert one == admins_digest(["kim@example.com ", "ada@example.com"], "7", "postgres")
    assert one != admins_digest(["ada@example.com"], "7", "postgres")
    assert one != admins_digest(["ada@example.com", "kim@example.com"], "8", "postgres")
    assert "example" not in one


def test_the_kelvin_sign_is_not_a_k() -> None:
    assert fold("KIM@example.com") == "kim@example.com"
    assert fold("\u212aim@example.com") != "kim@example.com"
