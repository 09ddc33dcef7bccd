"""What a block gave another schema, told from what is gone and what is made."""

from __future__ import annotations

from reconcile_pipeline.attribution.timeline.renamed import moved
from reconcile_pipeline.catalog.model import Change, Difference, Kind, ObjectId

LABELS = {"labels": "open\nclosed"}


def _gone(name: str) -> Difference:
    return Difference(ObjectId(Kind.ENUM, name), Change.DROPPED, LABELS, None, ("labels",))


def _made(name: str) -> Difference:
    return Difference(ObjectId(Kind.ENUM, name), Change.CREATED, None, LABELS, ("labels",))


def test_two_types_with_the_same_values_were_not_known_again_in_their_new_schema() -> None:
    effects = [
        _gone("public.state"),
        _gone("public.step_state"),
        _made("app.state"),
        _made("app.step_state"),
    ]
    found = {new.identity: was.id.identity for new, was in moved(effects).items()}
    assert found == {"app.state": "public.state", "app.step_state": "public.step_state"}


def test_of_two_alike_under_new_names_nothing_is_said() -> None:
    effects = [_gone("public.a"), _gone("public.b"), _made("app.c"), _made("app.d")]
    assert moved(effects) == {}
