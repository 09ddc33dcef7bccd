"""What somebody asks to be restored."""

from __future__ import annotations

import pytest

from reconcile_pipeline.errors import PlanError
from reconcile_pipeline.plan.restoring.restore import EVERYTHING, chosen


def test_where_nothing_was_changed_by_hand_to_restore_all_stopped_the_whole_plan() -> None:
    assert chosen((), (), (EVERYTHING,)) == ()


def test_a_name_that_nobody_changed_is_taken_for_mistyped() -> None:
    with pytest.raises(PlanError, match=r"Nobody changed anything called 'view public\.v' by hand"):
        chosen((), (EVERYTHING,), ("view public.v",))
