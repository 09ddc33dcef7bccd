"""Each migration judged against production, and what was changed by hand."""

import dagster as dg

from reconcile_pipeline.attribution.model import Verdict
from reconcile_pipeline.defs import show
from reconcile_pipeline.defs.checks import ERROR, WARN, Check, specs
from reconcile_pipeline.defs.local_migration_inventory import local_migration_inventory
from reconcile_pipeline.defs.partitions import owners, targets
from reconcile_pipeline.defs.production_snapshot import production_snapshot
from reconcile_pipeline.defs.resources import Targets
from reconcile_pipeline.defs.sensors.news import COLUMNS
from reconcile_pipeline.drift import markdown
from reconcile_pipeline.drift.model import DriftReport, Finding
from reconcile_pipeline.drift.render import headline, next_steps, to_markdown
from reconcile_pipeline.drift.tables import (
    Frame,
    local_name,
    statement_rows,
    tally,
    to_frame,
    worst,
)
from reconcile_pipeline.drift.to_json import to_json
from reconcile_pipeline.drift.words import count, meaning
from reconcile_pipeline.flow.alerts.findings import finding_rows
from reconcile_pipeline.flow.lineage.as_html import to_html
from reconcile_pipeline.flow.lineage.build import build_lineage
from reconcile_pipeline.flow.lineage.store import keep

IN_STEP = Check("in_step", "Do directory, history and production agree?", WARN)
NO_PHANTOMS = Check("no_phantoms", "Is everything that the history records live?", ERROR)
NO_PENDING_DESTRUCTIVE = Check(
    "no_pending_destructive", "Would a push leave every row where it is?", ERROR
)
NO_HALF_APPLIED = Check(
    "no_half_applied", "Is every migration live as a whole, or not at all?", WARN
)
NOTHING_BY_HAND = Check(
    "nothing_changed_by_hand", "Is every object of production explained by a migration?", WARN
)
CHECKS = [IN_STEP, NO_PHANTOMS, NO_PENDING_DESTRUCTIVE, NO_HALF_APPLIED, NOTHING_BY_HAND]


@dg.asset(
    deps=[production_snapshot, local_migration_inventory],
    group_name="scan",
    kinds={"postgres", "pandas"},
    owners=owners,
    tags={"writes": "nothing"},
    partitions_def=targets,
    check_specs=specs("drift_report", CHECKS),
    description=(
        "What is really true: the files are replayed on a throwaway server, and each statement's "
        "effect is looked up in production. The verdict on each migration, set against the "
        "history, gives its finding; what no migration explains was changed by hand."
    ),
)
def drift_report(context: dg.AssetExecutionContext, databases: Targets) -> show.Result:
    """Replay the directory and compare; production is only read."""
    with databases.work(context) as work:
        report = work.scan.report
        frames = {table: to_frame(report, table) for table in Frame}
        for table, frame in frames.items():
            work.bundle.add_text(f"{table.value}.csv", frame.to_csv(index=False))
        entry = work.write("drift_report", to_json(report))
        lineage = build_lineage(work.scan, work.target.settings.owners)
        work.write("lineage", lineage)
        work.bundle.add_text("lineage.html", to_html(lineage))
        keep(work.target, lineage)
        return show.Result(
            data_version=dg.DataVersion(f"{report.fingerprint}:{report.inventory_sha256}"),
            metadata={
                "summary": show.text(headline(report)),
                "what to do next": show.markdown(_next(report)),
                "findings": show.table(
                    COLUMNS, [(row.finding, row.text) for row in finding_rows(report)]
                ),
                "migrations": show.migrations(report),
                "changed by hand": show.frame(frames[Frame.UNEXPLAINED].drop(columns="note")),
                "report": show.markdown(to_markdown(report)),
                "statements not live": show.markdown(_not_live(report)),
                "fingerprint": show.text(report.fingerprint),
                "directory sha256": show.text(work.directory_sha256),
                "who made what": dg.MetadataValue.path(work.folder / "lineage.html"),
                **show.evidence(work.folder, entry),
            },
            check_results=_checks(report),
        )


def _not_live(report: DriftReport) -> str:
    """What production lacks, or has in another shape; all statements are in the evidence."""
    rows = [
        [
            markdown.code(f"{row.local}:{row.line}", in_table=True),
            markdown.escape(row.statement),
            markdown.escape(row.verdict),
            markdown.escape(row.fact),
        ]
        for row in statement_rows(report)
        if row.verdict in (Verdict.ABSENT, Verdict.DIFFERENT)
    ]
    return markdown.table(("File and line", "Statement", "Verdict", "Fact"), rows)


def _next(report: DriftReport) -> str:
    steps = next_steps(report, "What would be done, the asset `reconciliation_plan` says.") or (
        "Nothing: directory, history and production agree.",
    )
    return "\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1))


def _checks(report: DriftReport) -> list[dg.AssetCheckResult]:
    recorded = count(sum(1 for m in report.migrations if m.recorded), "recorded version")
    files = count(sum(1 for m in report.migrations if m.file), "file")
    phantoms = _found(report, Finding.PHANTOM)
    destructive = _found(report, Finding.PENDING_DESTRUCTIVE)
    half, by_hand = _half(report), [f"{u.id}: {u.change.value}." for u in report.unexplained]
    return [
        IN_STEP.result(_differences(report), headline(report)),
        NO_PHANTOMS.result(phantoms, f"{len(phantoms)} of {recorded} not live."),
        NO_PENDING_DESTRUCTIVE.result(destructive, f"{len(destructive)} of {files}."),
        NO_HALF_APPLIED.result(half, f"{len(half)} of {files}."),
        NOTHING_BY_HAND.result(by_hand, f"{count(len(by_hand), 'object')} changed by hand."),
    ]


def _differences(report: DriftReport) -> list[str]:
    return [
        f"{local_name(m) or m.version}: {m.finding.value.replace('_', ' ')}."
        for m in report.migrations
        if m.finding is not Finding.SYNCHRONIZED
    ] + [f"{entry.id}: {entry.change.value} by hand." for entry in report.unexplained]


def _half(report: DriftReport) -> list[str]:
    return [
        f"{local_name(m)}: {tally(m.report)}."
        for m in report.migrations
        if m.finding is Finding.HALF_APPLIED and m.report
    ]


def _found(report: DriftReport, finding: Finding) -> list[str]:
    return [
        f"{local_name(m) or m.version}: {worst(m.hazards) or meaning(m)}."
        for m in report.migrations
        if m.finding is finding
    ]
