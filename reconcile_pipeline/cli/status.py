"""`reconcile status`: the table of what is where, and what to do next."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from reconcile_pipeline.cli.options import direct_options, format_option, target_options
from reconcile_pipeline.cli.scanned import scanned

if TYPE_CHECKING:
    from reconcile_pipeline.drift.model import DriftReport


@click.command(name="status")
@target_options
@direct_options
@format_option
@click.pass_context
def command(context: click.Context, /, form: str, **options: Any) -> None:
    """Show each migration's local file, recorded version, verdict and finding.

    This is a read-only operation. Exit code 0: in step; 1: drift; 2: error.
    """
    _, scan = scanned(**options)
    report = scan.report
    if form == "json":
        click.echo(json.dumps(_plain(report), indent=2))
    else:
        show_status(report)
    context.exit(0 if report.in_step else 1)


def show_status(report: DriftReport, *, advice: bool = True) -> None:
    """The table; what a push would do; what was changed by hand; and a line on what to do next."""
    from reconcile_pipeline.cli.console import out
    from reconcile_pipeline.cli.tables import bullets, table
    from reconcile_pipeline.drift.model import Finding
    from reconcile_pipeline.drift.render import (
        headline,
        ignored_line,
        status_table,
        unexplained_table,
    )
    from reconcile_pipeline.drift.tables import local_name
    from reconcile_pipeline.migrations.model import Severity

    console = out()
    plain = status_table(report)
    rows = [
        (local, remote, _words(verdict), _words(finding))
        for local, remote, verdict, finding, _ in plain.rows
    ]
    history = "no" if report.history_tool == "none" else report.history_tool
    console.print(f"{report.target} ({history} history)", style="bold")
    console.print(f"{headline(report)}\n")
    console.print(table(plain.columns[:4], rows, plain.tones, toned="Finding"))
    if report.unexplained:
        by_hand = unexplained_table(report)
        console.print("\nChanged by hand, and no migration says so:\n")
        columns, cells = by_hand.columns[:4], [row[:4] for row in by_hand.rows]
        console.print(table(columns, cells, by_hand.tones, toned="Change"))
    if ignored := ignored_line(report):
        console.print(f"\n{ignored}")
    dangers = [
        f"{local_name(m)}: {m.hazards[0]}"
        for m in report.migrations
        if m.finding is Finding.PENDING_DESTRUCTIVE and m.hazards
    ]
    if advice and dangers:
        console.print("\nThe next push would run:", style="bold red")
        bullets(console, dangers)
    if advice and report.as_it_stands:
        worst = [h.message for h in report.as_it_stands if h.severity is Severity.DANGER]
        left = len(report.as_it_stands) - len(worst[:5])
        console.print("\nProduction as it stands, whoever made it so:")
        if worst:
            bullets(console, worst[:5])
        if left:
            more = "more to look at" if worst else "to look at, none of them a danger"
            console.print(f"{left} {more}: reconcile drift lists them.")
    if report.notes:
        console.print()
        bullets(console, report.notes)
    if advice and not report.in_step:
        console.print("\nPush nothing now. Next: reconcile plan (and reconcile drift says why).")


def _words(value: str) -> str:
    return value.replace("_", " ")


def _plain(report: DriftReport) -> dict[str, Any]:
    from reconcile_pipeline.drift.render import headline, next_steps
    from reconcile_pipeline.drift.tables import status_rows, unexplained_rows

    return {
        "target": report.target,
        "in_step": report.in_step,
        "headline": headline(report),
        "history_tool": report.history_tool,
        "fingerprint": report.fingerprint,
        "migrations": [row._asdict() for row in status_rows(report)],
        "unexplained": [row._asdict() for row in unexplained_rows(report)],
        "notes": list(report.notes),
        "next": list(next_steps(report)),
        "as_it_stands": [hazard.message for hazard in report.as_it_stands],
    }
