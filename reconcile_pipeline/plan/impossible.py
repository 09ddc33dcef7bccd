"""What a rehearsal showed to be impossible on production as it is, so that the plan leaves it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reconcile_pipeline.attribution.said import LACKING
from reconcile_pipeline.drift.model import MigrationFinding
from reconcile_pipeline.plan.model import Plan, StepKind
from reconcile_pipeline.plan.not_there_yet import made_by
from reconcile_pipeline.plan.rehearsal import FAILED, Rehearsal, RehearsedStep

#: Beginnings of SQLSTATE that tell of the server or of other sessions, and nothing of a statement:
#: connection, serialization, resources, object in use, lock, operator, system, internal.
#: See PostgreSQL's manual, "Error Codes".
_OF_THE_SERVER = ("08", "40", "53", "55006", "55P03", "57", "58", "XX")

#: Those that tell of rows: a value that cannot be converted, a constraint broken.
OF_ROWS = ("22", "23")
_MADE_UP = "; the rows are made up, and rehearsal_rows = 0 in reconcile.toml rehearses without any."

_NULL = "23502"  # SQLSTATE: a value is NULL that may not be
_NO_VALUE = "; the rows that are there have no value for it, and it has no default."


def not_completed(
    plan: Plan,
    rehearsal: Rehearsal,
    completes: Mapping[str, str],
    migrations: Sequence[MigrationFinding] = (),
) -> dict[str, str]:
    """Migrations that cannot be completed on production as it is -> why: what they lack does not
    run there, or leads to something else than the directory makes.

    `completes`: missing statements, and the objects that they make, e.g. `view public.v` -> their
    migration. `migrations`: all of them, in order.
    """
    kinds = {step.id: step for step in plan.steps}
    found: dict[str, str] = {}
    for ran in rehearsal.steps:
        step = kinds.get(ran.step)
        if not (step and step.kind is StepKind.COMPLETION and ran.outcome == FAILED):
            continue
        if ran.sqlstate.startswith(_OF_THE_SERVER):
            continue  # another rehearsal may tell
        for label in step.answers:
            why = f"what it lacks does not run as things are: {ran.reason or ran.error}"
            why = _of_rows(why, ran)
            if ran.statement and ran.sqlstate in LACKING:
                sql = step.statements[ran.statement - 1]
                why = f"{why} {made_by(sql, why, label, migrations)}".rstrip()
            found.setdefault(label, why)
    answered = {a for s in plan.steps if s.kind is StepKind.COMPLETION for a in s.answers}
    for name in rehearsal.differing:
        if (label := completes.get(name, "")) in answered:
            later = _overtaken(name, label, migrations)
            found.setdefault(
                label,
                f"what it lacks makes {name}, and {later} which is to come after it, ran already"
                if later
                else f"run on production as it is, what it lacks makes {name} other than the files "
                "make it on an empty database (the order of a table's columns may be the cause)",
            )
    for sql, why in rehearsal.failing.items():
        if (label := completes.get(sql, "")) in answered:
            found.setdefault(label, f"what it lacks does not run after the files before it: {why}")
        elif not label:
            for one in _in_the_way(sql, completes) & answered:
                found.setdefault(one, f"had it what it lacks, a later file would not run: {why}")
    return found


def _overtaken(name: str, label: str, migrations: Sequence[MigrationFinding]) -> str:
    """The last statement about this object, e.g. `view public.v`, of the migrations after the
    labelled one that ran; empty if there is none.
    """
    from reconcile_pipeline.migrations.references import names  # slow to import

    identity = name.partition(" ")[2]
    labels = [m.version or m.name for m in migrations]
    after = migrations[labels.index(label) + 1 :] if label in labels else ()
    found = ""
    for m in after:
        for s in m.report.statements if m.report else ():
            if s.ran and identity.partition("(")[0] in names(s.sql).touched:
                found = f"{m.version or m.name}, line {s.line} ({s.tag}),"
    return found


def _of_rows(why: str, ran: RehearsedStep) -> str:
    """The reason, and what is said of the rehearsal's rows where a step failed for them."""
    return why.removesuffix(".") + _MADE_UP if ran.sqlstate.startswith(OF_ROWS) else why


def _in_the_way(sql: str, completes: Mapping[str, str]) -> set[str]:
    """Migrations whose missing statements make something of a name that this statement touches: a
    function of the same name, say, so that `DROP FUNCTION name` does not know which is meant.
    """
    from reconcile_pipeline.migrations.references import names  # slow to import

    touched = {identity.partition("(")[0] for identity in names(sql).touched}
    return {
        label
        for what, label in completes.items()
        if what.partition(" ")[2].partition("(")[0] in touched
    }


def not_restored(plan: Plan, rehearsal: Rehearsal, restores: Mapping[str, str]) -> dict[str, str]:
    """Objects that cannot be put back on production as it is -> why, as in `not_completed`.

    `restores`: statement -> the object that it puts back, e.g. `view public.v`.
    """
    steps = {step.id: step for step in plan.steps if step.kind is StepKind.RESTORE}
    found: dict[str, str] = {}
    for ran in rehearsal.steps:
        step = steps.get(ran.step)
        if not (step and ran.outcome == FAILED and ran.statement):
            continue
        name = restores.get(step.statements[ran.statement - 1], "")
        if name and not ran.sqlstate.startswith(_OF_THE_SERVER):
            why = f"what puts it back does not run as things are: {ran.reason}"
            anew = any(
                restores.get(sql) == name and " ADD COLUMN " in sql
                for sql in step.statements[: ran.statement]
            )
            found[name] = (
                f"{why.removesuffix('.')}{_NO_VALUE}"
                if anew and ran.sqlstate == _NULL
                else _of_rows(why, ran)
            )
    answered = {answer for step in steps.values() for answer in step.answers}
    for name in rehearsal.differing:
        if name in answered:
            found.setdefault(name, "put back, it is still not as the files make it")
    return found
