"""`reconcile lineage`: which migration made each object of production, in four forms."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reconcile_pipeline.cli.options import direct_options, target_options
from reconcile_pipeline.cli.output import write_file
from reconcile_pipeline.cli.scanned import scanned

if TYPE_CHECKING:
    from reconcile_pipeline.flow.lineage.model import Lineage

FORMS = ("json", "openlineage", "html", "svg", "dot")


@click.command(name="lineage")
@target_options
@direct_options
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMS),
    default="html",
    show_default=True,
    help="openlineage: one event a line.",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False, writable=True),
    help="Write it to this file. Default: standard output.",
)
@click.option(
    "--namespace",
    default="",
    metavar="NAME",
    help="Of OpenLineage's datasets, as in postgres://db.example.com:5432.",
)
def command(form: str, output: Path | None, namespace: str, **options: Any) -> None:
    """Show which migration made each table, view, function and policy of production.

    This is a read-only operation. What was made by hand has a source of its own.
    """
    from reconcile_pipeline.flow.lineage.build import build_lineage

    target, scan = scanned(**options)
    lineage = build_lineage(scan, target.settings.owners)
    text = rendered(lineage, form, namespace)
    if output is None:
        click.echo(text, nl=False)
        return
    write_file(output, text.encode(), "--output")
    click.echo(f"Written to {output}.", err=True)


def rendered(lineage: Lineage, form: str, namespace: str = "") -> str:
    """The lineage in one of the forms."""
    from datetime import UTC, datetime

    from reconcile_pipeline.flow.lineage import as_dot, as_html, as_json, as_openlineage

    match form:
        case "json":
            return json.dumps(as_json.to_json(lineage), indent=2) + "\n"
        case "openlineage":
            now = datetime.now(UTC).isoformat(timespec="milliseconds")
            events = as_openlineage.to_openlineage(lineage, now, namespace)
            return "".join(f"{json.dumps(event)}\n" for event in events)
        case "svg":
            return as_html.to_svg(lineage)
        case "dot":
            return as_dot.to_dot(lineage)
        case _:
            return as_html.to_html(lineage)
