"""Does production show the rows of what the plan writes into the directory?

The reconciliation migration repeats statements of archived files that production shows. Where a
file between them leaves the directory (nothing shows that it ran, say), rows that it had changed
are not as the statement leaves them any more, and recording the migration is refused, after all
else was done. So the question is asked before.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from reconcile_pipeline.attribution.attribute import rows_verdict
from reconcile_pipeline.attribution.model import Verdict
from reconcile_pipeline.attribution.row_evidence import RowEvidence
from reconcile_pipeline.catalog.connect import connect_to_read
from reconcile_pipeline.migrations.model import Inventory
from reconcile_pipeline.shadow.database import ShadowDatabase
from reconcile_pipeline.shadow.model import Outcome, Replay


def unshown(
    dsn: str,
    inventory: Inventory,
    replay: Replay,
    database: ShadowDatabase,
    paths: Collection[str],
    not_yet: Collection[str],
) -> dict[str, str]:
    """Statements of the files `paths` whose rows production does not show -> where, in words.

    `replay` has just been run on `database`. `not_yet`: statements that production has yet to run.
    What also changes the catalog is left out: that is compared. Production is only read.
    """
    runs = tuple(
        run
        for run in replay.runs
        if run.outcome is Outcome.RAN
        and not run.effects
        and inventory.files[run.file].path in paths
        and inventory.files[run.file].statements[run.index].sql.strip() not in not_yet
    )
    if not any(run.rows for run in runs):
        return {}
    found: dict[str, str] = {}
    with connect_to_read(dsn) as production:
        evidence = RowEvidence(inventory, production, database.connect_owner)
        evidence.read(replace(replay, runs=runs))
        for (number, index), effects in evidence.found.items():
            if rows_verdict(effects, ran=True) in (Verdict.ABSENT, Verdict.DIFFERENT):
                file = inventory.files[number]
                statement = file.statements[index]
                found[statement.sql.strip()] = f"{file.path}, line {statement.line}"
    return found
