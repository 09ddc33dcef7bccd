"""A plan for people."""

from __future__ import annotations

from reconcile_pipeline.plan.render import not_done


def test_one_reason_stood_in_fifty_lines() -> None:
    assert not_done({"011": "it never ran", "012": "it deletes", "013": "it never ran"}) == (
        "011, 013: it never ran",
        "012: it deletes",
    )
