"""A step's conditions: what they ask for."""

from __future__ import annotations

from reconcile_pipeline.attribution.model import EffectVerdict, Verdict
from reconcile_pipeline.catalog.model import Change
from reconcile_pipeline.plan.conditions import all_there


def effect(change: Change, identity: str = "public.people.note") -> EffectVerdict:
    return EffectVerdict("column", identity, change, Verdict.ABSENT)


def test_a_column_that_is_made_and_then_commented_on_was_not_asked_for() -> None:
    asked = all_there([effect(Change.CREATED), effect(Change.ALTERED)])
    assert asked is not None
    assert asked.text == "column public.people.note is there"


def test_what_comes_and_goes_is_gone() -> None:
    asked = all_there([effect(Change.CREATED), effect(Change.ALTERED), effect(Change.DROPPED)])
    assert asked is not None
    assert asked.text == "column public.people.note is gone"


def test_an_alteration_alone_says_nothing_of_being_there() -> None:
    assert all_there([effect(Change.ALTERED)]) is None
