"""The gate opens for one plan, one production, one directory, one approval."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from reconcile_pipeline.apply.approval import approve, read_approval, write_approval
from reconcile_pipeline.apply.facts import Facts
from reconcile_pipeline.apply.gate import Own, open_gate
from reconcile_pipeline.errors import ApprovalError, PlanError, ReconcileError
from reconcile_pipeline.plan.model import Plan

PLAN = Plan("story", "f1", "i1", "7", "postgres", (), (), {})
FACTS = Facts("story", "postgres", "7", "f1", "i1")
YES = approve(PLAN, person="Ada")


def test_it_opens() -> None:
    open_gate(PLAN, YES, FACTS)


def test_it_opens_for_what_the_plan_itself_has_made() -> None:
    facts = replace(FACTS, fingerprint="f2", inventory_sha256="i2")
    open_gate(PLAN, YES, facts, Own(frozenset({"f2"}), frozenset({"i2"})))


def test_a_clock_that_went_back_changes_nothing() -> None:
    open_gate(PLAN, replace(YES, time="2199-01-01T00:00:00+00:00"), FACTS)


@pytest.mark.parametrize(
    ("plan", "facts", "kind", "text"),
    [
        (replace(PLAN, warnings=("x",)), FACTS, ApprovalError, "for plan"),
        (PLAN, replace(FACTS, target="b"), PlanError, "target"),
        (PLAN, replace(FACTS, database="b"), PlanError, "database"),
        (PLAN, replace(FACTS, system_identifier="8"), PlanError, "cluster"),
        (PLAN, replace(FACTS, fingerprint="f2"), PlanError, "Production has changed"),
        (PLAN, replace(FACTS, inventory_sha256="i2"), PlanError, "directory has changed"),
    ],
)
def test_it_stays_shut(plan: Plan, facts: Facts, kind: type[ReconcileError], text: str) -> None:
    with pytest.raises(kind, match=text) as caught:
        open_gate(plan, YES, facts)
    assert caught.value.hint
    assert "Nothing was changed." in str(caught.value)


def test_it_stays_shut_without_an_approval() -> None:
    with pytest.raises(ApprovalError, match="Nobody"):
        open_gate(PLAN, None, FACTS)


@pytest.mark.parametrize("what", ["target", "database", "system_identifier", "fingerprint"])
def test_an_approval_put_together_by_hand_does_not_open_it(what: str) -> None:
    with pytest.raises(ApprovalError, match="another"):
        open_gate(PLAN, replace(YES, **{what: "other"}), FACTS)


def test_an_approval_by_nobody_does_not_open_it() -> None:
    with pytest.raises(ApprovalError, match="no person"):
        open_gate(PLAN, replace(YES, person=" "), FACTS)


def test_a_file_keeps_an_approval(tmp_path: Path) -> None:
    path = tmp_path / "a" / "approval.json"
    write_approval(path, YES)
    assert read_approval(path) == YES
    assert [p.name for p in path.parent.iterdir()] == ["approval.json"]
    assert YES.person == "Ada"
    assert YES.time.endswith("+00:00")


def test_someone_is_named_when_nobody_is() -> None:
    assert approve(PLAN).person


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "\udcff", json.dumps({"plan_hash": 1}), "[" * 99999],
)
def test_a_file_that_is_no_approval(text: str, tmp_path: Path) -> None:
    path = tmp_path / "approval.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ApprovalError):
        read_approval(path)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(ApprovalError, match="Nobody"):
        read_approval(tmp_path / "none.json")


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "x").touch()
    with pytest.raises(ApprovalError, match="cannot be written"):
        write_approval(tmp_path / "x" / "approval.json", YES)
