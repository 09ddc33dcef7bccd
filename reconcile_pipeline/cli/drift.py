"""`reconcile drift`: every statement's verdict with the fact behind it, and the JSON contract."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reconcile_pipeline.cli.options import direct_options, target_options
from reconcile_pipeline.cli.output import write_file
from reconcile_pipeline.cli.scanned import scanned
from reconcile_pipeline.errors import ConfigError

if TYPE_CHECKING:
    from reconcile_pipeline.drift.model import DriftReport


@click.command(name="drift")
@target_options
@direct_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "csv", "parquet"]),
    default="table",
    show_default=True,
    help="With json and csv, standard output holds nothing else; parquet needs --output.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write json, csv or parquet to this file.",
)
@click.option(
    "--table",
    "which",
    type=click.Choice(["status", "statements", "unexplained"]),
    default="statements",
    show_default=True,
    help="Which table csv and parquet hold.",
)
@click.option("--all", "everything", is_flag=True, help="Also the migrations that are in step.")
@click.pass_context
def command(
    context: click.Context,
    /,
    form: str,
    output: Path | None,
    which: str,
    everything: bool,
    **options: Any,
) -> None:
    """Show what drifted, statement by statement, with the facts behind each verdict.

    This is a read-only operation. Exit code 0: in step; 1: drift; 2: error.
    """
    if form == "parquet" and output is None:
        raise ConfigError("Parquet is no text.", hint="Give the file's name with --output.")
    if form == "table" and output is not None:
        raise ConfigError("A table is for a terminal.", hint="Add --format json, csv or parquet.")
    target, scan = scanned(**options)
    report = scan.report
    if form == "table":
        show_drift(report, everything=everything)
    else:
        _hand_over(_exported(report, form, which, target.secrets), output)
    context.exit(0 if report.in_step else 1)


def _exported(report: DriftReport, form: str, which: str, secrets: tuple[str, ...]) -> bytes:
    from reconcile_pipeline.drift.export import TableFormat, export
    from reconcile_pipeline.drift.tables import Frame
    from reconcile_pipeline.drift.to_json import to_json
    from reconcile_pipeline.evidence.redaction import Redactor

    if form == "json":
        return (json.dumps(to_json(report), indent=2) + "\n").encode()
    return export(report, Frame(which), TableFormat(form), Redactor(secrets).text)


def _hand_over(data: bytes, output: Path | None) -> None:
    """To the file, whole or not at all; else to standard output."""
    if output is None:
        click.echo(data, nl=False)
        return
    write_file(output, data, "--output")


def show_drift(report: DriftReport, *, everything: bool) -> None:
    """Each migration with its statements, what was changed by hand, and what to do."""
    from rich.padding import Padding
    from rich.text import Text

    from reconcile_pipeline.cli.console import out
    from reconcile_pipeline.cli.tables import STYLES, bullets, table
    from reconcile_pipeline.drift.model import Finding
    from reconcile_pipeline.drift.render import (
        headline,
        ignored_line,
        next_steps,
        status_table,
        unexplained_table,
    )
    from reconcile_pipeline.drift.tables import local_name, statement_fact

    console = out()
    console.print(f"{report.target}: {headline(report)}")
    for m, tone, row in zip(
        report.migrations, status_table(report).tones, status_table(report).rows, strict=True
    ):
        if m.finding is Finding.SYNCHRONIZED and not everything:
            continue
        name = local_name(m) or m.version or ""
        console.print()
        console.print(
            Text.assemble((name, "bold"), ": ", (m.finding.value.replace("_", " "), STYLES[tone]))
        )
        if note := row[4]:
            console.print(Padding(note, (0, 0, 0, 2)))
        statements = m.report.statements if m.report else ()
        rows = [(str(s.line), s.tag, s.verdict.value, statement_fact(s)) for s in statements]
        if rows:
            tones = [_TONES.get(s.verdict.value, "plain") for s in statements]
            made = table(("Line", "Statement", "Verdict", "Because"), rows, tones,
                         right=("Line",), toned="Verdict")  # fmt: skip
            console.print(Padding(made, (0, 0, 0, 2)))
    if report.unexplained:
        by_hand = unexplained_table(report)
        console.print("\nChanged by hand, and no migration says so:\n")
        console.print(table(by_hand.columns, by_hand.rows, by_hand.tones, toned="Change"))
    if ignored := ignored_line(report):
        console.print(f"\n{ignored}")
    if report.as_it_stands:
        console.print("\nProduction as it stands, whoever made it so:\n")
        seen = [(h.severity.value, h.rule, h.message) for h in report.as_it_stands]
        tones = [_SEVERITIES[severity] for severity, _, _ in seen]
        console.print(table(("Weight", "Rule", "What"), seen, tones, toned="Weight"))
    for title, lines in (("Notes", report.notes), ("What to do next", next_steps(report))):
        if lines:
            console.print(f"\n{title}:")
            bullets(console, lines)


_SEVERITIES = {"danger": "bad", "warning": "warn", "notice": "plain"}
_TONES = {"applied": "good", "superseded": "good", "absent": "bad", "different": "warn"}
