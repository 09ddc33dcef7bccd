"""Names in reconcile.toml that nothing has."""

from __future__ import annotations

import pytest

from reconcile_pipeline.config import Target
from reconcile_pipeline.drift.model import DriftReport, Finding, MigrationFinding
from reconcile_pipeline.plan.unmatched import unmatched

REPORT = DriftReport(
    "a", "supabase", "", "",
    tuple(
        MigrationFinding(version, "", None, True, Finding.SYNCHRONIZED, None)
        for version in ("003", "013", "20240105093000")
    ),
    (),
)  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"run_pending": ("013",)}, []),
        (
            {"run_pending": ("13",)},
            ["run_pending names 13, and no migration has that version; is 013 meant?"],
        ),
        (
            {"archive_from": "20240105093001"},
            [
                "archive_from names 20240105093001, and no migration has that version; "
                "is 20240105093000 meant?"
            ],
        ),
        ({"run_pending": ("x",)}, ["run_pending names x, and no migration has that version."]),
        (
            {"allow_hazards": ("delete_data", "rewrites_table")},
            ["allow_hazards names delete_data, and no rule is called so; is deletes_data meant?"],
        ),
    ],
)
def test_a_mistyped_name_was_passed_over_in_silence(
    settings: dict[str, object], said: list[str]
) -> None:
    assert list(unmatched(Target.model_validate(settings), REPORT)) == said
