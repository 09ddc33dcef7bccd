"""A plan on the terminal: the danger first, then each step with its SQL, then the directory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from reconcile_pipeline.cli.state import state
from reconcile_pipeline.cli.tables import bullets, table
from reconcile_pipeline.drift.words import count

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from reconcile_pipeline.evidence.model import Push
    from reconcile_pipeline.plan.model import FileAction, Plan, Step
    from reconcile_pipeline.plan.sizes import Sizes

SEVERITY = {"danger": "bold red", "warning": "yellow", "notice": "dim"}


def show_plan(
    console: Console, plan: Plan, *, sql: bool = True, sizes: Sizes | None = None
) -> None:
    """Everything that would be done, what would not and why, and the warnings.

    `sizes` are those of the tables that it locks, as far as they are known.
    Addresses and secrets in its SQL are masked; `plan.json` holds it as it will run.
    """
    from rich.text import Text

    from reconcile_pipeline.evidence.redaction import Redactor
    from reconcile_pipeline.plan.render import not_done

    plan = Redactor(state().dsns).same(plan)
    console.print(Text(f"Plan for {plan.target}: {summary(plan)}", style="bold"))
    for number, step in enumerate(plan.steps, 1):
        console.print()
        _show_step(console, number, step, sizes or {}, sql=sql)
    if plan.files:
        console.print(Text("\nThe directory", style="bold"))
        show_files(console, plan.files)
    for title, lines in (
        ("Not done", not_done(plan.declined)),
        ("Mind", plan.warnings),
    ):
        if lines:
            console.print(Text(f"\n{title}", style="bold"))
            bullets(console, lines)


def show_files(console: Console, files: tuple[FileAction, ...]) -> None:
    """The changes to the directory, grouped by what happens to the files."""
    from rich.padding import Padding
    from rich.table import Table

    markers = {file.path for file in files if file.action == "marker"}
    groups: dict[str, list[tuple[str, str]]] = {}
    for file in files:
        if file.action == "marker":
            continue
        folder, _, name = (file.to or file.path).rpartition("/")
        title = _TITLES.get(file.action, file.action).format(folder=folder)
        if file.path in markers:
            title += ", each leaving a marker behind"
        groups.setdefault(title, []).append((name, file.reason.replace("_", " ")))
    for title, rows in groups.items():
        console.print(f" {title}:")
        grid = Table.grid(padding=(0, 2))
        for row in rows:
            grid.add_row(*row)
        console.print(Padding(grid, (0, 0, 0, 3), expand=False))


_TITLES = {
    "archive": "To {folder}/",
    "quarantine": "Out of the way, to {folder}/",
    "create": "New in {folder}/",
    "restore": "Restored in {folder}/, from the history",
}


def summary(plan: Plan) -> str:
    """`9 steps on production, 17 changes to the directory; records 008, 009`."""
    on_production = [step for step in plan.steps if step.kind != "files"]
    parts = [count(len(on_production), "step") + " on production"]
    if plan.files:
        parts.append(count(len(plan.files), "change") + " to the directory")
    text = ", ".join(parts)
    if plan.record:
        text += f"; records {', '.join(plan.record)} as applied"
    if plan.forget:
        text += f"; takes {', '.join(plan.forget)} out of the history"
    return text + "."


def is_empty(plan: Plan) -> bool:
    """True when there is nothing to do, neither on production nor in the directory."""
    return not plan.steps and not plan.files


def _show_step(console: Console, number: int, step: Step, sizes: Sizes, *, sql: bool) -> None:
    from rich.padding import Padding
    from rich.text import Text

    console.print(Text.assemble((f"{number}. {step.id}", "bold"), "  ", step.purpose))
    for line in _facts(step, sizes):
        console.print(Padding(line, (0, 0, 0, 3), expand=False))
    if sql and step.statements:
        text = "\n".join(each.rstrip().rstrip(";") + ";" for each in step.statements)
        console.print(Padding(Text(f"\n{text}", style="cyan"), (0, 0, 0, 6), expand=False))


def _facts(step: Step, sizes: Sizes) -> Iterator[RenderableType]:
    from rich.text import Text

    from reconcile_pipeline.plan.render import DIM, facts

    for hazard in step.hazards:
        yield Text.assemble((f"{hazard.severity.value}: ", SEVERITY[hazard.severity.value]),
                            hazard.message)  # fmt: skip
    for fact in facts(step, sizes):
        yield Text(fact, style="dim" if fact.startswith(DIM) else "")


def show_push(console: Console, push: Push | None) -> None:
    """What pushing would do as it is: the danger that the plan takes away."""
    from rich.padding import Padding
    from rich.text import Text

    from reconcile_pipeline.evidence.redaction import Redactor

    if push is None or not push.files:
        return
    push = Redactor(state().dsns).same(push)
    console.print(
        Text.assemble("If somebody pushed now, ", (push.command, "bold"),
                      f" would run {count(len(push.files), 'file')} on production.")
    )  # fmt: skip
    for stake in push.at_stake:
        lost = sum(rows for _, rows in stake.rows)
        console.print(
            Text.assemble(
                ("Danger: ", "bold red"), (f"{stake.file}, line {stake.line}", "bold"),
                f" would delete {count(lost, 'row')}: {stake.statement[:200]}",
            )
        )  # fmt: skip
        rows = [(name, f"{number:,}") for name, number in stake.rows]
        console.print(Padding(table(("Table", "Rows lost"), rows, right=("Rows lost",)),
                              (0, 0, 0, 8), expand=False))  # fmt: skip
