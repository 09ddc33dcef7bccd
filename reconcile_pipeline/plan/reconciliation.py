"""The reconciliation migration: in one file, what the archived files and people did to production.

It is recorded as applied and never run on production. Replaying the directory, it comes last and
leads to production's schema.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reconcile_pipeline.attribution.model import StatementVerdict, Verdict
from reconcile_pipeline.drift.model import MigrationFinding
from reconcile_pipeline.migrations.model import Inventory

NAME = "reconcile_production"

_CONTROL = ("BEGIN", "COMMIT", "ROLLBACK", "START TRANSACTION", "END", "SAVEPOINT", "RELEASE")


def next_version(versions: Iterable[str]) -> str:
    """The version after all others, in the directory's own width: 021 -> 022.

    The client sorts versions as text; a number one higher and as wide sorts last.
    """
    known = [v for v in versions if v.isdigit()]
    if not known:
        return "001"
    width = max(map(len, known))
    return str(max(map(int, known)) + 1).zfill(width)


def file_name(inventory: Inventory, history_versions: Iterable[str]) -> tuple[str, str]:
    """The version and the file's name."""
    versions = [file.version for file in inventory.files if file.version]
    version = next_version([*versions, *history_versions])
    return version, f"{version}_{NAME}.sql"


def content(
    archived: Sequence[MigrationFinding],
    completed: frozenset[str],
    adoption: Sequence[str],
) -> str:
    """The file's text: the archived files' live statements in their order, then adoptions."""
    parts = [
        "-- Reconciliation migration: what the archived migrations and people did to production.\n"
        "-- Recorded as applied; replaying this directory gives production's schema.\n"
    ]
    for m in archived:
        assert m.report is not None
        whole = (m.version or m.name) in completed
        chosen = [s for s in m.report.statements if _is_live(s, whole)]
        if chosen:
            parts.append(f"\n-- From {m.file}\n")
            parts += [_terminated(s.sql) for s in chosen]
    if adoption:
        parts.append("\n-- Made by hand in production\n")
        parts += [_terminated(sql) for sql in adoption]
    return "\n".join(parts) if len(parts) > 1 else ""


def _is_live(statement: StatementVerdict, whole: bool) -> bool:
    if statement.tag.upper().startswith(_CONTROL):
        return False
    if statement.ran:
        return not (statement.error and not statement.effects)
    return whole and statement.verdict is Verdict.ABSENT


def _terminated(sql: str) -> str:
    return sql.rstrip().rstrip(";").rstrip() + ";\n"
