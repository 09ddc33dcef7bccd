"""What could not be made upon a column that production has in another type than the files give it.

Somebody makes a column by hand as `varchar`; a file's ADD COLUMN IF NOT EXISTS takes it as it is,
or fails, and its foreign key upon it is refused, since the types do not fit. On the shadow, where
the column has the file's type, all of that works, and looks removed by hand. So it is tried there
with the column as production has it: what the server refuses then, nobody removed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from reconcile_pipeline.attribution.model import HandChange, Unexplained
from reconcile_pipeline.attribution.refused import speaks_of
from reconcile_pipeline.attribution.search.guided import Guided
from reconcile_pipeline.attribution.timeline.timeline import Position
from reconcile_pipeline.catalog.model import Change, Difference, Kind, ObjectId, Snapshot
from reconcile_pipeline.migrations.model import Inventory
from reconcile_pipeline.shadow.model import Replay, Run
from reconcile_pipeline.shadow.replaying.another_type import next_to_run, of_another_type

#: SQLSTATEs of what does not fit: datatype mismatch, undefined function or operator, cannot coerce,
#: ambiguous function, indeterminate datatype, invalid function definition (what it returns).
_MISFITS = frozenset({"42804", "42883", "42846", "42725", "42P18", "42P13"})
#: … and undefined object, where that is a class of operators for an index.
_NO_CLASS = ("42704", "operator class")
#: A directory that takes longer than that to replay is not replayed once more for it. Seconds.
MOST_SECONDS = 30.0

#: Replays the directory once with SQL before these statements.
Trial = Callable[[Mapping[Position, Sequence[str]], Mapping[Position, bool]], Replay]


@dataclass(frozen=True, slots=True)
class Unfit:
    """Why a statement could not work: the column, and what the server says of the statement where
    the column is as production has it."""

    column: Unexplained
    said: str

    @property
    def why(self) -> str:
        """In words, without a full stop."""
        type = (self.column.actual or {}).get("type")
        return f"{self.column.id} is {type} in production, made by hand"


def upon_other_types(
    best: Guided, production: Snapshot, inventory: Inventory, trial: Trial
) -> dict[Position, Unfit]:
    """The statements that ran by the best choice and that production's types did not let work.

    Of a statement that fails in the trial only, production must have nothing; where it has
    something of it that the trial lacks, or a function that only goes unchecked there, the column
    got its type later, and nothing is proved of what came before.
    """
    found = _columns(best, inventory)
    columns = {id: entry for id, (entry, _) in found.items()}
    supplied: dict[Position, tuple[str, ...]] = {}
    for entry, made in found.values():
        if (place := next_to_run(inventory.files, best.ran, made)) is not None:
            supplied[place] = (*supplied.get(place, ()), _sql(entry, production))
    if not supplied:
        return {}
    tried = trial(supplied, best.ran)
    refused: dict[Position, Unfit] = {}
    for run in _newly_refused(best, tried):
        position = (run.file, run.index)
        sql = inventory.files[run.file].statements[run.index].sql
        upon = [c for id, c in columns.items() if found[id][1] < position and _names(sql, id)]
        upon.sort(key=lambda column: _told(column.id, run.error, sql))
        effects = best.timeline.by_statement.get(position, ())
        if run.unchecked or any(_had(effect, production, tried.end) for effect in effects):
            refused = {p: unfit for p, unfit in refused.items() if unfit.column not in upon}
        elif upon and _does_not_fit(run) and _lacks(effects, production):
            refused[position] = Unfit(upon[0], run.error)
    return refused


def _columns(best: Guided, inventory: Inventory) -> dict[ObjectId, tuple[Unexplained, Position]]:
    """The columns of another type, with the statement that gave each the files' type, as far as
    something of which the statement names the column's table was made later and is missing."""
    makers = {
        position
        for entry in best.unexplained
        if entry.change is HandChange.REMOVED
        for position, effect in best.timeline.by_object.get(entry.id, ())
        if effect.change is Change.CREATED and best.ran[position]
    }
    found = {}
    for entry in best.unexplained if makers else ():
        if not _of_another_type(entry):
            continue
        made = [
            position
            for position, effect in best.timeline.by_object.get(entry.id, ())
            if best.ran[position]
            and position not in best.timeline.failed
            and (effect.change is Change.CREATED or "type" in effect.facets)
        ]
        if made and any(
            maker > max(made)
            and _names(inventory.files[maker[0]].statements[maker[1]].sql, entry.id)
            for maker in makers
        ):
            found[entry.id] = (entry, max(made))
    return found


def _of_another_type(entry: Unexplained) -> bool:
    """Whether it is a column of another type; one of another size fits what the other does."""
    if entry.id.kind is not Kind.COLUMN or entry.change is not HandChange.CHANGED:
        return False
    sides = (entry.expected or {}, entry.actual or {})
    was, now = (re.sub(r"\(.*?\)", "", str(side.get("type"))) for side in sides)
    return was != now


def _sql(entry: Unexplained, production: Snapshot) -> str:
    from reconcile_pipeline.catalog.write.parts import of

    actual = entry.actual or {}
    *table, column = of(entry.id, actual, production, entry.parent)
    return of_another_type(table, column, str(actual["type"]))


def _newly_refused(best: Guided, tried: Replay) -> list[Run]:
    """What failed in the trial, also if only with its body checked, and worked without it, in
    order."""
    before = {(run.file, run.index): run for run in best.replay.runs}
    return [
        run
        for run in tried.runs
        if best.ran[run.file, run.index]
        and _failed(run)
        and not _failed(before[run.file, run.index])
    ]


def _failed(run: Run) -> bool:
    return bool(run.error or run.unchecked)


def _does_not_fit(run: Run) -> bool:
    state, words = _NO_CLASS
    return run.sqlstate in _MISFITS or (run.sqlstate == state and words in run.error)


def _had(effect: Difference, production: Snapshot, end: Snapshot) -> bool:
    """Whether production has what the trial could not make."""
    made = effect.change is Change.CREATED
    return made and production.get(effect.id) is not None and end.get(effect.id) is None


def _lacks(effects: Sequence[Difference], production: Snapshot) -> bool:
    """Whether the statement makes something, and production has none of that."""
    made = [effect.id for effect in effects if effect.change is Change.CREATED]
    return bool(made) and all(production.get(id) is None for id in made)


def _told(column: ObjectId, error: str, sql: str) -> tuple[bool, bool]:
    """Sorts first what the server names, then what the statement names."""
    name = column.identity
    return not speaks_of(error, name), not speaks_of(sql.lower(), name.lower())


def _names(sql: str, column: ObjectId) -> bool:
    """Whether a statement names the column's table."""
    return speaks_of(sql.lower(), column.identity.rpartition(".")[0].lower())
