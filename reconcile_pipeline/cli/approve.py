"""`reconcile approve PLAN_HASH`: a person's yes to one plan for one production."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from reconcile_pipeline.cli.options import chosen_target, format_option, target_options
from reconcile_pipeline.errors import ApprovalError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from reconcile_pipeline.flow.identity import Identity
    from reconcile_pipeline.flow.run import Run
    from reconcile_pipeline.flow.target import ResolvedTarget
    from reconcile_pipeline.plan.model import Plan


@click.command(name="approve")
@target_options
@format_option
@click.argument("plan_hash")
@click.option("--person", default="", metavar="NAME", help="Who approves. Default: your account.")
@click.option("--note", default="", metavar="TEXT", help="Kept with the approval.")
@click.option(
    "--without-rehearsal",
    "unrehearsed",
    default="",
    metavar="REASON",
    help="Approve although the rehearsal failed or is missing; the reason is kept.",
)
@click.option("--yes", is_flag=True, help="Ask nothing. Needs --person.")
def command(
    form: str, plan_hash: str, person: str, note: str, unrehearsed: str, yes: bool, **options: Any
) -> None:
    """Approve the plan PLAN_HASH, of which the first digits are enough.

    Shows which database it is for, what it could do, and asks. Production is only read. Nothing is
    applied by this.
    """
    from reconcile_pipeline.cli import as_json
    from reconcile_pipeline.cli.console import err, progress
    from reconcile_pipeline.flow import run as runs
    from reconcile_pipeline.flow.approve import (
        approve_plan,
        check_rehearsed,
        check_target,
        could_lose_data,
        rows_at_stake,
    )
    from reconcile_pipeline.flow.identity import identify
    from reconcile_pipeline.plan.undo import undoes

    if yes and not person.strip():
        raise ApprovalError(
            "--yes needs --person: an approval names who gave it.",
            hint="Add --person NAME, or leave --yes out to be asked.",
        )
    target = chosen_target(**options)
    run = runs.find(target, plan_hash)
    with progress() as say:
        say("looking at the database")
        identity = identify(target)
    check_target(run, identity)
    if not unrehearsed.strip():
        check_rehearsed(run)
    console = err()
    stakes = rows_at_stake(target, run.plan)
    show_request(console, target, run, identity, stakes)
    dangerous = could_lose_data(run.plan) or bool(stakes)
    if not yes:
        _ask(target, dangerous=dangerous)
    approval = approve_plan(target, run, person, note, unrehearsed)
    if form == "json":
        click.echo(as_json.approved(approval, stakes))
        return
    click.echo(f"Approved by {approval.person}: plan {run.folder.name} for {target.name}.")
    taken_back = undoes(run.plan)
    verb, name = ("undo", taken_back[: runs.DIGITS]) if taken_back else ("apply", run.folder.name)
    click.echo(f"Next: reconcile {verb} {name}")


def show_request(
    console: Console,
    target: ResolvedTarget,
    run: Run,
    identity: Identity,
    stakes: Sequence[tuple[str, str, int]],
) -> None:
    """What is to be approved, and for which database. `stakes`: (step, table, rows) that go."""
    from rich.table import Table
    from rich.text import Text

    from reconcile_pipeline.cli.plan_view import SEVERITY, summary
    from reconcile_pipeline.cli.rehearsal_view import show_rehearsal
    from reconcile_pipeline.cli.tables import bullets, table
    from reconcile_pipeline.flow.approve import could_lose_data
    from reconcile_pipeline.flow.rehearsal.rehearse import kept_rehearsal
    from reconcile_pipeline.plan.undo import undoes

    grid = Table.grid(padding=(0, 2))
    for name, value in (
        ("Target", target.name),
        ("Host", f"{identity.host}, port {identity.port}"),
        ("Database", identity.database),
        ("Cluster", identity.system_identifier or "not told"),
        ("Server", identity.server_version),
        ("Plan", run.plan_hash),
    ):
        grid.add_row(Text(name, style="bold"), value)
    console.print(grid)
    console.print(f"\n{summary(run.plan)}")
    hazards = {
        (hazard.severity.value, hazard.message): None
        for step in run.plan.steps
        for hazard in step.hazards
    }
    if hazards:
        console.print("\nHazards:")
        order = list(SEVERITY)
        grid = Table.grid(padding=(0, 1))
        for severity, message in sorted(hazards, key=lambda h: order.index(h[0])):
            grid.add_row(Text(f" {severity}:", style=SEVERITY[severity]), message)
        console.print(grid)
    if undoes(run.plan):
        console.print("\nAn undo: it is rolled back unless it leads to what was there before.")
    else:
        show_rehearsal(console, kept_rehearsal(run))
    if stakes:
        console.print(Text("\nRows at stake:", style="bold red"))
        rows = [(step, name, f"{number:,}") for step, name, number in stakes]
        console.print(table(("Step", "Table", "Rows"), rows, right=("Rows",)))
    elif not could_lose_data(run.plan):
        console.print("\nNo row is at stake: no step deletes anything.")
    if locked := _large(target, run.plan):
        console.print("\nLarge tables that are locked:")
        console.print(table(("Step", "Table", "Lock", "Size"), locked))
    if run.plan.warnings:
        console.print("\nMind:")
        bullets(console, run.plan.warnings)


def _large(target: ResolvedTarget, plan: Plan) -> list[tuple[str, str, str, str]]:
    from reconcile_pipeline.flow.sizes import sizes_of
    from reconcile_pipeline.plan.sizes import large

    sizes = sizes_of(target, plan)
    return [
        (step.id, name, mode, str(size))
        for step in plan.steps
        for name, mode in (step.locks or {}).items()
        if (size := large(name, sizes))
    ]


def _ask(target: ResolvedTarget, *, dangerous: bool) -> None:
    try:
        if dangerous:
            typed = click.prompt(f"\nData could be lost. Type {target.name} to approve", err=True,
                                 default="", show_default=False)  # fmt: skip
            approved = typed == target.name
        else:
            approved = click.confirm("\nApprove this plan?", err=True)
    except click.Abort:
        if sys.stdin.isatty():
            raise
        raise ApprovalError(
            "Nobody can be asked here: standard input has no answer.",
            hint="In a script, use --yes with --person NAME.",
        ) from None
    if not approved:
        raise ApprovalError("Nothing was approved.")
