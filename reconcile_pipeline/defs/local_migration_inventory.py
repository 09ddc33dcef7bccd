"""What the migrations directory holds."""

import dagster as dg

from reconcile_pipeline.defs import show
from reconcile_pipeline.defs.checks import ERROR, WARN, Check, specs
from reconcile_pipeline.defs.partitions import owners, targets
from reconcile_pipeline.defs.resources import Targets
from reconcile_pipeline.drift.find import DELETES
from reconcile_pipeline.drift.words import count
from reconcile_pipeline.migrations.hazards import judge
from reconcile_pipeline.migrations.model import Hazard, Inventory, MigrationFile, Severity

RECORDABLE = Check(
    "every_file_recordable", "Does every file parse, with a version of its own?", ERROR
)
HARMLESS = Check("deletes_nothing", "Is the directory free of statements that delete data?", WARN)


@dg.asset(
    group_name="scan",
    kinds={"sql"},
    owners=owners,
    tags={"writes": "nothing"},
    partitions_def=targets,
    check_specs=specs("local_migration_inventory", [RECORDABLE, HARMLESS]),
    description=(
        "The migration files in the order in which their tool runs them: version, statements, "
        "hash, and what each statement could do (hazards)."
    ),
)
def local_migration_inventory(context: dg.AssetExecutionContext, databases: Targets) -> show.Result:
    """Read the directory. No database is asked."""
    with databases.work(context) as work:
        found = work.inventory
        hazards = {file.path: _hazards(file) for file in found.files}
        entry = work.write("local_migration_inventory", found)
        statements = sum(len(file.statements) for file in found.files)
        return show.Result(
            data_version=dg.DataVersion(found.sha256),
            metadata={
                "summary": show.text(
                    f"{count(len(found.files), 'file')}, {count(statements, 'statement')}, "
                    f"layout {found.layout.value.replace('_', ' ')}."
                ),
                "files": show.table(
                    ("File", "Hazards", "Worst hazard"),
                    [_row(file, hazards[file.path]) for file in found.files],
                ),
                "sha256": show.text(found.sha256),
                **show.evidence(work.folder, entry),
            },
            check_results=[
                RECORDABLE.result(
                    (f"{path}: {'; '.join(odd)}." for path, odd in found.problems.items()),
                    f"{count(len(found.files), 'file')} looked at.",
                ),
                HARMLESS.result(
                    _deletions(found, hazards), f"{count(statements, 'statement')} looked at."
                ),
            ],
        )


Hazards = list[tuple[int, Hazard]]  # line, hazard; the worst first


def _hazards(file: MigrationFile) -> Hazards:
    order = list(Severity)
    found = [(each.line, hazard) for each in file.statements for hazard in judge(each.sql)]
    return sorted(found, key=lambda pair: order.index(pair[1].severity))


def _row(file: MigrationFile, hazards: Hazards) -> tuple[object, ...]:
    worst = f"line {hazards[0][0]}: {hazards[0][1].message}" if hazards else ""
    return file.path.removesuffix(".sql"), len(hazards), worst


def _deletions(found: Inventory, hazards: dict[str, Hazards]) -> list[str]:
    return [
        f"{file.path}, line {line}: {hazard.message.rstrip('.')}."
        for file in found.files
        for line, hazard in hazards[file.path]
        if hazard.rule == DELETES
    ]
