"""The history, made true: versions recorded once each is proved live, statement by statement."""

import dagster as dg

from reconcile_pipeline.attribution.model import Verdict
from reconcile_pipeline.defs import applying, show
from reconcile_pipeline.defs.checks import Check, specs
from reconcile_pipeline.defs.partitions import owners, targets
from reconcile_pipeline.defs.resources import ApprovedPlan, Targets
from reconcile_pipeline.defs.user_profiles_backfill import user_profiles_backfill
from reconcile_pipeline.drift.tables import LIVE
from reconcile_pipeline.drift.words import count
from reconcile_pipeline.evidence.model import Recorded
from reconcile_pipeline.flow import stages
from reconcile_pipeline.flow.apply import record_history
from reconcile_pipeline.flow.prove import kept_proof
from reconcile_pipeline.flow.recheck import recorded_rows

AS_CLIENT = Check(
    "rows_as_client_writes", "Are the rows what the history tool's own client writes?"
)
PROVED = Check("every_version_proved", "Is every recorded version proved live?")


@dg.asset(
    deps=[user_profiles_backfill],
    group_name=applying.GROUP,
    kinds={"postgres", "supabase"},
    owners=owners,
    tags={"writes": "production"},
    partitions_def=targets,
    check_specs=specs("history_update", [PROVED, AS_CLIENT, applying.BOUNDED]),
    description=(
        "Records in the migration history what is live, in one transaction, once every version is "
        "proved statement by statement. What the table held is kept, with SQL that restores it."
        + applying.HOW
    ),
)
def history_update(
    context: dg.AssetExecutionContext, databases: Targets, approved: ApprovedPlan
) -> show.Result:
    """Write the history. Refuses without an approval; passes over what is done."""
    with databases.work(context) as work:
        run = work.approved(approved.plan_hash)
        part = record_history(work.target, run, work.say, work.tell)
        proof = kept_proof(run)
        recorded = proof.recorded if proof else ()
        unproved = sorted(set(run.plan.record) - {r.version for r in recorded if _live(r)})
        rows = recorded_rows(work.target, run)
        return show.Result(
            metadata={
                **applying.metadata(run, part, stages.HISTORY_DONE),
                "recorded": show.table(
                    ("Version", "Name", "Statements", "Live", "Cannot be checked"),
                    map(_row, recorded),
                ),
                "taken out": show.text(", ".join(run.plan.forget) or "nothing"),
            },
            check_results=[
                PROVED.result(
                    (f"{v}: nothing proves it." for v in unproved),
                    f"{count(len(recorded), 'version')}, "
                    f"{sum(map(_live, recorded))} of "
                    f"{count(sum(len(r.statements) for r in recorded), 'statement')} proved live.",
                ),
                AS_CLIENT.result(
                    (f"{problem}." for problem in rows.problems),
                    f"{count(rows.looked_at, 'row')} compared with the files.",
                ),
                applying.bounded(run, part),
            ],
        )


def _live(recorded: Recorded) -> int:
    return sum(1 for statement in recorded.statements if statement.verdict in LIVE)


def _row(recorded: Recorded) -> tuple[object, ...]:
    unverifiable = [s for s in recorded.statements if s.verdict is Verdict.UNVERIFIABLE]
    return (
        recorded.version, recorded.name, len(recorded.statements), _live(recorded),
        len(unverifiable),
    )  # fmt: skip
