"""Which versions can be recorded as applied: those whose every statement production shows.

The same question is asked again before the history is written (flow/prove), of production as it is
then; asked here too, nobody approves a plan that would be refused half way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from reconcile_pipeline.attribution.model import StatementVerdict, Verdict
from reconcile_pipeline.config import Target
from reconcile_pipeline.drift.model import MigrationFinding
from reconcile_pipeline.drift.scan import Scan
from reconcile_pipeline.drift.tables import LIVE, is_live
from reconcile_pipeline.errors import PlanError
from reconcile_pipeline.history.detect import by_name
from reconcile_pipeline.migrations.layouts.common import New
from reconcile_pipeline.migrations.model import Inventory
from reconcile_pipeline.plan.completion.complete import is_completed
from reconcile_pipeline.plan.reconciliation import place
from reconcile_pipeline.plan.recording import TO_RECORD, is_written

LISTED = 3
_NONE: Mapping[str, str] = {}


def shows(
    statement: StatementVerdict, adopted: Collection[str], restored: Collection[str] = ()
) -> bool:
    """True where production shows what the statement did, or nothing can ever show it.

    `adopted`: identities of objects whose change by hand the reconciliation migration carries;
    `restored`: of those that the plan puts back before.
    """
    if statement.verdict is Verdict.UNVERIFIABLE or is_live(statement, {*adopted, *restored}):
        return True
    changed = [effect.identity for effect in statement.effects if effect.verdict not in LIVE]
    return bool(changed) and all(identity in restored for identity in changed)


def unfit_files(scan: Scan, target: Target) -> dict[str, str]:
    """Migrations that would be recorded, or run, and whose files do not allow it -> why.

    What such a file did there goes into the reconciliation migration like that of any other.
    Raises PlanError where no file that would be recorded has a version: they are another tool's.
    """
    report, inventory = scan.report, scan.inventory
    files = {file.path: file for file in inventory.files}
    shared = Counter(file.version for file in inventory.files)
    meant = [
        m
        for m in report.migrations
        if m.file in files
        and not m.recorded
        and (m.finding in TO_RECORD or m.version in target.run_pending)
    ]
    found: dict[str, str] = {}
    for m in meant if is_written(scan.production.history, target) else ():
        file = files[m.file or ""]
        if broken := unparsed(inventory, file.path):
            why = f"{broken}; mend it"
        elif m.version is None:
            why = f"{file.path} has no version, so the history cannot name it: rename it"
        elif shared[m.version] > 1:
            paths = ", ".join(file.path for file in inventory.files if file.version == m.version)
            why = f"{paths} share the version {m.version}, and the history names one: rename them"
        else:
            continue
        found[m.version or m.name] = why
    if meant and found and all(m.version is None for m in meant):
        raise PlanError(
            f"{meant[0].file} has no version, so the history cannot name it.",
            hint="Rename it with a version of its own, then plan again.",
        )
    return found


def unparsed(inventory: Inventory, path: str | None) -> str:
    """That a file does not parse, and where; empty if it does, or if there is none."""
    error = next((file.error for file in inventory.files if file.path == path), None)
    lines = [p for p in inventory.problems.get(path or "", ()) if p.startswith("line ")]
    return f"{path} does not parse: {error or '; '.join(lines[:LISTED])}" if error or lines else ""


def check_names(scan: Scan, record: Iterable[str], migration: New | None) -> None:
    """Return if the history's client will know the file of each version that is to be recorded.

    `migration`: the reconciliation migration, whose name the directory's layout gives. Asked when
    the history is written, it was too late: all else was done. Raises PlanError.
    """
    history = by_name(scan.production.history.tool)
    paths = {file.version: file.path for file in scan.inventory.files if file.version}
    if migration is not None:
        paths[migration.version] = migration.path
    named = [(version, paths[version]) for version in record if version in paths]
    unfit = [(path, why) for version, path in named if (why := history.unfit(path, version))]
    if unfit:
        path, why = unfit[0]
        more = f" (and {len(unfit) - 1} more)" if unfit[1:] else ""
        raise PlanError(
            f"{path} cannot be recorded in the history of {history.tool}: {why}{more}.",
            hint="Rename what its client is to know, or say whose history it is: "
            'history = "none" in reconcile.toml records nothing.',
        )


def why_not(
    m: MigrationFinding,
    adopted: Collection[str],
    restored: Collection[str],
    of_now: Mapping[str, str] = _NONE,
    *,
    completed: bool,
) -> str:
    """Why this version cannot be recorded; empty where nothing is in the way.

    `completed`: the plan runs the statements that production lacks. `of_now`: statements, as
    `place` names them, that production will not show once the plan is done -> in words.
    """
    lacking = [
        s
        for s in (m.report.statements if m.report else ())
        if place(m.version or m.name, s.line) in of_now
        or (not (completed and is_completed(s)) and not shows(s, adopted, restored))
    ]
    if not lacking:
        return ""
    missing = [
        f"line {s.line}, {s.tag}, "
        + of_now.get(place(m.version or m.name, s.line), f"is {s.verdict} in production")
        for s in lacking
    ]
    of_objects = any(s.effects for s in lacking if place(m.version or m.name, s.line) not in of_now)
    way = (
        "restore what was removed (reconcile plan --restore NAME)"
        if of_objects
        else "run it there by hand if what it does is wanted"
    )
    more = f" (and {len(missing) - LISTED} more)" if missing[LISTED:] else ""
    return (
        f"it cannot be recorded as applied: {'; '.join(missing[:LISTED])}{more}; "
        f"{way}, or take it out of the file"
    )
