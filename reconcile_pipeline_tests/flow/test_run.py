"""A run's folder: made whole or not at all, found by its hash, and never taken for another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from reconcile_pipeline.config import Target
from reconcile_pipeline.errors import ApprovalError, EvidenceError, PlanError
from reconcile_pipeline.evidence.bundle import Bundle
from reconcile_pipeline.flow import run as runs
from reconcile_pipeline.flow.target import ResolvedTarget
from reconcile_pipeline.plan.model import Plan

PLAN = Plan("shop", "f" * 64, "0" * 64, "1", "shop", (), (), {})


def nothing(bundle: Bundle) -> None:
    """Write no evidence."""


def one_stage(bundle: Bundle) -> None:
    """Write one."""
    bundle.add("drift", {"a": 1})


@pytest.fixture
def target(tmp_path: Path) -> ResolvedTarget:
    settings = Target.model_validate({})
    return ResolvedTarget("shop", settings, "", tmp_path / "migrations", tmp_path / "evidence")


def test_the_same_plan_is_written_once(target: ResolvedTarget) -> None:
    first = runs.begin(target, PLAN, one_stage)
    again = runs.begin(target, PLAN, nothing)
    assert first == again == runs.read(first.folder)
    assert first.stage("drift") == b'{"a":1}\n'
    assert first.folder.name == first.plan_hash[:12]
    with pytest.raises(EvidenceError):
        first.stage("proof")


def test_a_run_that_cannot_be_written_leaves_nothing(target: ResolvedTarget) -> None:
    def full(bundle: Bundle) -> None:
        raise EvidenceError("no space")

    with pytest.raises(EvidenceError):
        runs.begin(target, PLAN, full)
    assert list(target.evidence.iterdir()) == []
    made = runs.begin(target, PLAN, nothing)
    assert made.plan == PLAN


def test_what_an_interrupted_run_left_is_no_plan(target: ResolvedTarget) -> None:
    made = runs.begin(target, PLAN, nothing)
    (made.folder / runs.PLAN).unlink()
    with pytest.raises(ApprovalError):
        runs.find(target, made.plan_hash)
    assert runs.begin(target, PLAN, nothing).plan == PLAN


def test_it_is_found_by_its_hash_or_the_first_digits(target: ResolvedTarget) -> None:
    made = runs.begin(target, PLAN, nothing)
    for digits in (made.plan_hash, made.plan_hash[:6], made.plan_hash[:20].upper()):
        assert runs.find(target, digits) == made
    wrong_end = made.plan_hash[:12] + ("0" if made.plan_hash[12] != "0" else "1")
    for digits in ("", "abc", "../..", "zzzzzz", wrong_end, "0" * 64):
        with pytest.raises(ApprovalError):
            runs.find(target, digits)


def edit_plan(text: str) -> str:
    return text.replace('"shop"', '"shoe"')


@pytest.mark.parametrize("change", [edit_plan, lambda text: text[:50], lambda text: ""])
def test_a_plan_that_was_edited_is_refused(
    target: ResolvedTarget, change: Callable[[str], str]
) -> None:
    made = runs.begin(target, PLAN, nothing)
    path = made.folder / runs.PLAN
    path.write_text(change(path.read_text()))
    with pytest.raises(PlanError):
        runs.find(target, made.plan_hash)


def test_only_one_approved_plan_may_wait_without_being_named(target: ResolvedTarget) -> None:
    with pytest.raises(ApprovalError, match="No approved plan"):
        runs.approved(target)
    first = runs.begin(target, PLAN, nothing)
    second = runs.begin(target, replace(PLAN, fingerprint="e" * 64), nothing)
    first.approval.touch()
    assert runs.approved(target) == first
    second.approval.touch()
    with pytest.raises(ApprovalError, match="2 approved plans"):
        runs.approved(target)
    first.report.touch()
    assert first.finished
    assert runs.approved(target) == second


def test_what_production_held_could_be_read_by_everybody(target: ResolvedTarget) -> None:
    made = runs.begin(target, PLAN, one_stage)
    assert made.folder.stat().st_mode & 0o077 == 0
