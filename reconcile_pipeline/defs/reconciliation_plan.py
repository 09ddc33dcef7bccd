"""What would be done, step by step, under its hash."""

from pathlib import PurePosixPath

import dagster as dg

from reconcile_pipeline.defs import show
from reconcile_pipeline.defs.checks import ERROR, WARN, Check, specs
from reconcile_pipeline.defs.drift_report import drift_report
from reconcile_pipeline.defs.partitions import owners, targets
from reconcile_pipeline.defs.resources import Targets
from reconcile_pipeline.drift.render import headline
from reconcile_pipeline.drift.words import count
from reconcile_pipeline.evidence.model import Push
from reconcile_pipeline.flow.plan import Planned
from reconcile_pipeline.flow.run import Run
from reconcile_pipeline.plan.model import Plan, StepKind
from reconcile_pipeline.plan.rehearsal import summary as rehearsal_summary
from reconcile_pipeline.plan.render import (
    FileRow,
    StepRow,
    file_rows,
    rehearsal_markdown,
    step_rows,
    summary,
    to_markdown,
)

ANSWERED = Check("every_finding_answered", "Is there a step for every finding?", WARN)
NO_WARNINGS = Check("no_warnings", "Is there nothing that the approver must know?", WARN)
NO_ROWS_GO = Check("no_rows_deleted", "Does the plan leave every row where it is?", ERROR)
REHEARSED = Check("rehearsed", "Does the plan hold on a copy of production's schema?", ERROR)
CHECKS = [ANSWERED, NO_WARNINGS, NO_ROWS_GO, REHEARSED]


@dg.asset(
    deps=[drift_report],
    group_name="scan",
    kinds={"sql", "json"},
    owners=owners,
    tags={"writes": "nothing"},
    partitions_def=targets,
    check_specs=specs("reconciliation_plan", CHECKS),
    description=(
        "The least that makes history, directory and production agree: ordered steps with their "
        "SQL, hazards, locks and undo. It is made for one production and one directory, and only "
        "for those: its hash is what a person approves."
    ),
)
def reconciliation_plan(context: dg.AssetExecutionContext, databases: Targets) -> show.Result:
    """Make the plan and write it into its run folder; production is only read."""
    with databases.work(context) as work:
        planned = work.planned
        if planned is None:
            words = f"{headline(work.scan.report)} There is nothing to plan."
            return show.Result(
                metadata={"summary": show.text(words)},
                check_results=[check.result((), words) for check in CHECKS],
            )
        plan, run = planned.plan, planned.run
        return show.Result(
            data_version=dg.DataVersion(run.plan_hash),
            metadata={
                "summary": show.text(summary(plan)),
                "what to do next": show.markdown(_next(run)),
                "if somebody pushed now": show.markdown(_danger(planned.push)),
                "steps": show.table(list(map(show.title, StepRow._fields)), step_rows(plan)),
                "directory": show.table(("Action", "File", "Why"), map(_file, file_rows(plan))),
                "rehearsal": show.markdown(rehearsal_markdown(planned.rehearsal)),
                "plan": show.markdown(to_markdown(plan, planned.sizes)),
                "plan hash": show.text(run.plan_hash),
                "fingerprint": show.text(plan.fingerprint),
                "run folder": dg.MetadataValue.path(run.folder),
            },
            check_results=_checks(planned),
        )


def _file(row: FileRow) -> tuple[str, str, str]:
    return row.action, PurePosixPath(row.path).name, row.why.replace("_", " ")


def _next(run: Run) -> str:
    digits = run.folder.name
    return (
        "1. Read the plan below.\n"
        "2. If it is right, approve it in a terminal: "
        f"`reconcile approve --target {run.plan.target} {digits}`\n"
        "3. Apply it: Jobs, `reconcile`, Materialize all…, choose this partition, Config, "
        "Add config:\n\n"
        "```yaml\n"
        f"resources:\n  approved:\n    config:\n      plan_hash: {digits}\n"
        "```\n\n"
        f"or in a terminal: `reconcile apply --target {run.plan.target} {digits}`. "
        "Without an approval both refuse.\n"
    )


def _danger(push: Push | None) -> str:
    if push is None or not push.files:
        return "Nothing would happen: no file waits to be pushed."
    lines = [f"`{push.command}` would run {count(len(push.files), 'file')} on production."]
    for stake in push.at_stake:
        lost = ", ".join(f"{rows:,} of {table}" for table, rows in stake.rows)
        number = sum(rows for _, rows in stake.rows)
        lines.append(
            f"- **{stake.file}, line {stake.line}, would delete {count(number, 'row')}**: {lost}"
        )
    return "\n".join(lines)


def _checks(planned: Planned) -> list[dg.AssetCheckResult]:
    plan = planned.plan
    steps = count(len(plan.steps), "step")
    declined = [f"{finding}: {why}." for finding, why in plan.declined.items()]
    return [
        ANSWERED.result(declined, f"{steps}; {count(len(declined), 'finding')} without one."),
        NO_WARNINGS.result(plan.warnings, f"{count(len(plan.warnings), 'warning')}."),
        NO_ROWS_GO.result(_deletions(plan), f"{steps} looked at."),
        REHEARSED.result(
            () if planned.rehearsal.held else planned.rehearsal.problems or ("It did not run.",),
            rehearsal_summary(planned.rehearsal),
        ),
    ]


def _deletions(plan: Plan) -> list[str]:
    """Of the user's rows; which versions leave the history, the plan's summary says."""
    return [
        f"{step.id} may delete {'any number of rows' if limits[2] is None else limits[2]} "
        f"of {table}."
        for step in plan.steps
        for table, limits in (step.rows or {}).items()
        if limits[2] != 0 and step.kind is not StepKind.HISTORY
    ]
