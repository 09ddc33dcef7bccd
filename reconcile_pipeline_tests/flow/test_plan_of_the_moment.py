"""A plan for a directory that names partitions by the day on which it runs."""

from __future__ import annotations

from pathlib import Path

from reconcile_pipeline_tests.attribution.test_of_the_moment import EVENTS, THEN, TODAY, block
from reconcile_pipeline_tests.flow.test_plans_found import run
from reconcile_pipeline_tests.flow.test_round import FILES, carry_out, target


def test_partitions_of_another_day_are_recorded_and_neither_made_nor_adopted(
    database: str, tmp_path: Path
) -> None:
    later = "ALTER TABLE events ADD COLUMN note text;\nCREATE TABLE later (id int);\n"
    more = {"004_events.sql": EVENTS, "005_months.sql": block(TODAY), "006_later.sql": later}
    made = target(database, tmp_path, {**FILES, **more}, history="supabase")
    run(database, EVENTS, block(THEN), later)
    plan = carry_out(made).plan
    assert {"004", "005", "006"} <= set(plan.record)
    assert not [step for step in plan.steps if "events_20" in " ".join(step.statements)]
