"""What production's catalog and history say, read in one read-only transaction."""

import dagster as dg

from reconcile_pipeline.catalog.model import Kind
from reconcile_pipeline.defs import show
from reconcile_pipeline.defs.checks import WARN, Check, specs
from reconcile_pipeline.defs.lineage import snapshot_made
from reconcile_pipeline.defs.partitions import owners, targets
from reconcile_pipeline.defs.production import production
from reconcile_pipeline.defs.resources import Targets
from reconcile_pipeline.drift.production import Production
from reconcile_pipeline.drift.words import count

READABLE = Check(
    "everything_readable", "Could every object of the catalog be read with this user?", WARN
)
HISTORY = Check("history_present", "Is there a migration history?", WARN)


@dg.asset(
    deps=[production],
    group_name="scan",
    kinds={"postgres"},
    owners=owners,
    tags={"writes": "nothing"},
    partitions_def=targets,
    check_specs=specs("production_snapshot", [READABLE, HISTORY]),
    description=(
        "Every object of production's catalog, and its migration history, as one read-only "
        "transaction sees them. The fingerprint is a hash of both: equal databases have equal ones."
    ),
)
def production_snapshot(context: dg.AssetExecutionContext, databases: Targets) -> show.Result:
    """Read production; this is a read-only operation."""
    with databases.work(context) as work:
        found = work.production
        entry = work.write(
            "production_snapshot", {"snapshot": found.snapshot, "history": found.history}
        )
        snapshot, history = found.snapshot, found.history
        context.log_event(snapshot_made(context.partition_key, _summary(found), found.fingerprint))
        kinds = [(kind.value, len(rows.objects)) for kind, rows in snapshot.kinds.items()]
        return show.Result(
            data_version=dg.DataVersion(found.fingerprint),
            metadata={
                "summary": show.text(_summary(found)),
                "fingerprint": show.text(found.fingerprint),
                "objects by kind": show.table(("Kind", "Objects"), [k for k in kinds if k[1]]),
                "tables": show.table(
                    ("Table", "Columns", "Policies", "Row-level security"), _tables(found)
                ),
                "history": show.table(
                    ("Version", "Name", "Statements"),
                    [(r.version, r.name, len(r.statements or ())) for r in history.rows],
                ),
                **show.evidence(work.folder, entry),
            },
            check_results=[
                READABLE.result(
                    (f"{id}: {why}." for id, why in snapshot.unreadable),
                    f"{count(sum(number for _, number in kinds), 'object')} read.",
                ),
                HISTORY.result(
                    () if history.present else (f"There is no history of {history.tool}.",),
                    f"History: {history.tool}, {count(len(history.rows), 'version')} recorded.",
                ),
            ],
        )


def _summary(found: Production) -> str:
    kinds = found.snapshot.kinds
    numbers = [
        count(len(kinds[kind].objects), one, many)
        for kind, one, many in (
            (Kind.TABLE, "table", "tables"),
            (Kind.POLICY, "policy", "policies"),
            (Kind.FUNCTION, "function", "functions"),
            (Kind.TRIGGER, "trigger", "triggers"),
        )
        if kind in kinds
    ]
    total = sum(len(rows.objects) for rows in kinds.values())
    version = found.snapshot.server_version_num
    return (
        f"{', '.join(numbers)}; {count(total, 'object')} in all. "
        f"PostgreSQL {version // 10000}.{version % 10000}. "
        f"History: {found.history.tool}, {count(len(found.history.rows), 'version')} recorded."
    )


def _tables(found: Production) -> list[tuple[object, ...]]:
    columns, policies = _per_table(found, Kind.COLUMN), _per_table(found, Kind.POLICY)
    rows = found.snapshot.kinds.get(Kind.TABLE)
    if rows is None:
        return []
    place = rows.facets.index("rls")
    return [
        (name, columns.get(name, 0), policies.get(name, 0), bool(rows.objects[name][place]))
        for name in sorted(rows.objects)
    ]


def _per_table(found: Production, kind: Kind) -> dict[str, int]:
    numbers: dict[str, int] = {}
    rows = found.snapshot.kinds.get(kind)
    for parent in rows.parents.values() if rows else ():
        numbers[parent.identity] = numbers.get(parent.identity, 0) + 1
    return numbers
