"""Check a directory: against production, which is only read, or by itself."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

from reconcile_pipeline.drift.production import read_production
from reconcile_pipeline.drift.scan import Progress
from reconcile_pipeline.evidence.redaction import Redactor
from reconcile_pipeline.flow.check import remarks, trial
from reconcile_pipeline.flow.check.model import Checked, Level, Remark
from reconcile_pipeline.flow.scan import scan_target, silent
from reconcile_pipeline.flow.stakes import command_of, measure_push
from reconcile_pipeline.flow.target import ResolvedTarget
from reconcile_pipeline.migrations.inventory import take_inventory
from reconcile_pipeline.migrations.model import Inventory, Layout, MigrationFile


def check_target(
    target: ResolvedTarget,
    only: Collection[str] | None = None,
    *,
    allowed: Collection[str] = (),
    progress: Progress = silent,
) -> Checked:
    """What pushing the directory to this target would do. Production is only read.

    `only`: paths relative to the directory; of other files only what a push as a whole would meet
    is said: rows at stake, and statements that fail. `allowed`: rules whose remarks become notes,
    beside those of reconcile.toml. Raises the errors of a scan.
    """
    from reconcile_pipeline.migrations.hazards import with_hazards

    scan = scan_target(target, progress)
    push = measure_push(target, scan)
    recorded = {m.file for m in scan.report.migrations if m.recorded and m.file}
    by_path = {file.path: file for file in scan.inventory.files}
    if push is not None:
        pending = [by_path[path] for path in push.files]
    else:  # no tool keeps a history: whatever is not live would be run by somebody
        live = {m.file for m in scan.report.migrations if m.finding.value == "synchronized"}
        pending = [file for file in scan.inventory.files if file.path not in live]
    pending = [file for file in pending if file.path not in recorded]
    progress("trying the push on a copy of production's structure")
    tried = trial.on_a_copy(
        scan.production.source, target.dsn, _runnable(pending, scan.inventory), target.shadow_url
    )
    chosen = _chosen(scan.inventory, only)
    strict = target.settings.strict_hazards
    judged = tuple(with_hazards(file, strict=strict) for file in pending if file.path in chosen)
    found = [
        *remarks.of_files(scan.inventory, chosen & {file.path for file in pending}),
        *remarks.of_stakes(push, tuple(pending)),
        *remarks.of_hazards(judged, push),
        *remarks.of_failing(tried.failing, online=True),
        *remarks.of_drift(scan.report, chosen),
    ]
    return Checked(
        target.name,
        True,
        command_of(scan.report) if push is not None else "",
        tuple(file.path for file in pending),
        tried.statements,
        _cleaned(found, scan.inventory, {*allowed, *target.settings.allow_hazards}, target.dsn),
        scan.report.notes,
    )


def check_directory(
    directory: Path,
    platform: Callable[[], AbstractContextManager[str]],
    *,
    layout: Layout | None = None,
    only: Collection[str] | None = None,
    allowed: Collection[str] = (),
    shadow_url: str | None = None,
    progress: Progress = silent,
) -> Checked:
    """What the directory says by itself: no production is asked.

    `platform`: gives the connection string of an empty database with the platform on which the
    directory is run from nothing. `only`, `allowed`: as for `check_target`. Raises DirectoryError,
    ShadowError.
    """
    from reconcile_pipeline.migrations.hazards import with_hazards

    inventory = take_inventory(directory, layout)
    progress("running the directory from nothing")
    with platform() as dsn:
        source = read_production(dsn).source
        tried = trial.from_nothing(source, dsn, _runnable(inventory.files, inventory), shadow_url)
    chosen = _chosen(inventory, only)
    judged = tuple(with_hazards(file) for file in inventory.files if file.path in chosen)
    found = [
        *remarks.of_files(inventory, chosen),
        *remarks.of_hazards(judged, None),
        *remarks.of_failing(tried.failing, online=False),
    ]
    return Checked(
        directory.name,
        False,
        "",
        tuple(file.path for file in inventory.files if file.path in chosen),
        tried.statements,
        _cleaned(found, inventory, allowed),
        tried.notes,
    )


def _runnable(files: Collection[MigrationFile], inventory: Inventory) -> list[MigrationFile]:
    """Without the files that do not parse: that is said, and they would only fail again."""
    return [
        file
        for file in files
        if not any(p.startswith("line ") for p in inventory.problems.get(file.path, ()))
    ]


def _chosen(inventory: Inventory, only: Collection[str] | None) -> frozenset[str]:
    every = frozenset(file.path for file in inventory.files)
    return every if only is None else every & frozenset(only)


def _cleaned(
    found: list[Remark], inventory: Inventory, allowed: Collection[str], dsn: str = ""
) -> tuple[Remark, ...]:
    """In the order of files and lines, the worst first on each line; no secret, no address."""
    place = {file.path: number for number, file in enumerate(inventory.files)}
    levels = list(Level)
    clean = Redactor((dsn,) if dsn else ())
    lowered = frozenset(allowed) - remarks.NEVER_ALLOWED
    cleaned = (replace(r, message=clean.text(r.message)) for r in found)
    unique = dict.fromkeys(
        replace(r, level=Level.NOTE) if r.rule in lowered else r for r in cleaned
    )
    return tuple(
        sorted(unique, key=lambda r: (place.get(r.file, -1), r.line, levels.index(r.level)))
    )
