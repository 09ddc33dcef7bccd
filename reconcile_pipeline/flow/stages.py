"""Names of the evidence's stages, in the order in which they are written."""

from __future__ import annotations

SNAPSHOT = "production_snapshot"
HISTORY = "history"
INVENTORY = "local_migration_inventory"
DRIFT = "drift_report"  # as `reconcile drift --format json` prints it
REPORT = "drift"  # the same, as the report's facts hold it
PUSH = "push"
PLAN = "reconciliation_plan"
REHEARSAL = "rehearsal"
APPROVAL = "approval"
BACKFILL = "user_profiles_backfill"
PROOF = "proof"
HISTORY_DONE = "history_update"
ARCHIVE = "archive"
VERIFICATION = "verification"
CHECKS = "checks"
SNAPSHOT_AFTER = "production_after"  # what a later undo needs, to tell others' changes from ours
HISTORY_AFTER = "history_after"
UNDO = "undo"
FAILURE = "failure"
