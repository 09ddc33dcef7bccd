"""The four promises, from outside: on production, and with a fresh replay of the directory."""

import dagster as dg

from reconcile_pipeline.defs import applying, show
from reconcile_pipeline.defs.archive import archive
from reconcile_pipeline.defs.checks import ERROR, Check, specs
from reconcile_pipeline.defs.partitions import owners, targets
from reconcile_pipeline.defs.resources import ApprovedPlan, Targets
from reconcile_pipeline.drift.render import headline
from reconcile_pipeline.evidence import chain
from reconcile_pipeline.evidence.html import NAME as HTML
from reconcile_pipeline.evidence.model import TableRows
from reconcile_pipeline.evidence.promises import Promise
from reconcile_pipeline.flow.apply import finish_run
from reconcile_pipeline.flow.finish import Applied

TRUE = Check("true", "Is every version that was recorded proved live, statement by statement?")
NOTHING_LOST = Check("nothing_lost", "Is every row still there, by PostgreSQL's own counters?")
NOTHING_STOPPED = Check("nothing_stopped", "Did nobody wait for us longer than the bound?")
IN_STEP = Check("in_step", "Does replaying the directory give production, with nothing to push?")
OUTSIDE = Check("seen_from_outside", "Does a fresh look at everything find nothing wrong?", ERROR)
LONGEST_REPORT = 400_000  # characters; there is one an apply, and people want to read it whole
PROMISES = [TRUE, NOTHING_LOST, NOTHING_STOPPED, IN_STEP]


@dg.asset(
    deps=[archive],
    group_name=applying.GROUP,
    kinds={"postgres", "markdown"},
    owners=owners,
    tags={"writes": "nothing"},
    partitions_def=targets,
    check_specs=specs("verification", [*PROMISES, OUTSIDE]),
    description=(
        "Looks at production from outside once everything is applied, proves the four promises "
        "(true, nothing lost, nothing stopped, in step) by the run's own measurements, and writes "
        "the report." + applying.HOW
    ),
)
def verification(
    context: dg.AssetExecutionContext, databases: Targets, approved: ApprovedPlan
) -> show.Result:
    """Verify and report. Writes nothing, but for a signup that is rolled back."""
    with databases.work(context) as work:
        run = work.approved(approved.plan_hash)
        done = finish_run(work.target, run, work.say, work.tell)
        report = run.report.read_text("utf-8")
        return show.Result(
            data_version=dg.DataVersion(done.facts.after.fingerprint),
            metadata={
                "summary": show.text(headline(done.facts.after)),
                "report": show.markdown(report, LONGEST_REPORT),
                "promises": show.table(
                    ("Promise", "Held", "Figure"),
                    [(p.name, "yes" if p.held else "no", p.figure) for p in done.promises],
                ),
                "migrations": show.migrations(done.facts.after),
                "rows": show.table(
                    ("Table", "Before", "After", "By us"),
                    [(t.table, t.before, t.after, _by_us(t)) for t in done.facts.rows],
                ),
                "seen from outside": show.table(
                    ("Check", "Fine", "Figure"),
                    [(c.name, "yes" if c.ok else "no", c.figure) for c in done.verified.checks],
                ),
                "report file": dg.MetadataValue.path(run.report),
                "report page": dg.MetadataValue.path(run.evidence / HTML),
                "evidence": dg.MetadataValue.path(run.evidence),
                "evidence chain": show.text(chain.read(run.evidence).head),
                "plan hash": show.text(run.plan_hash),
            },
            check_results=_results(done),
        )


def _by_us(rows: TableRows) -> str:
    done = ((rows.inserted, "inserted"), (rows.updated, "updated"), (rows.deleted, "deleted"))
    return ", ".join(f"{number:,} {what}" for number, what in done if number) or "nothing"


def _results(done: Applied) -> list[dg.AssetCheckResult]:
    results = [
        check.result(*_answer(promise))
        for check, promise in zip(PROMISES, done.promises, strict=True)
    ]
    problems = [f"{c.name}: {'; '.join(c.problems)}." for c in done.verified.checks if not c.ok]
    figures = " ".join(each.figure for each in done.verified.checks)
    return [*results, OUTSIDE.result(problems, figures)]


def _answer(promise: Promise) -> tuple[tuple[str, ...], str]:
    return promise.reasons, f"{promise.figure}."
