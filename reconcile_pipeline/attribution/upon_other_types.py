"""What could not be made upon a column that production has in another type than the files give it.

Somebody makes a column by hand as `varchar`; a file's ADD COLUMN IF NOT EXISTS takes it as it is,
or fails, and its foreign key upon it is refused, since the types do not fit. On the shadow, where
the column has the file's type, all of that works, and looks removed by hand. So it is tried there
with the column as production has it: what the server refuses then, nobody removed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from reconcile_pipeline.attribution.model import HandChange, Unexplained
from reconcile_pipeline.attribution.refused import speaks_of
from reconcile_pipeline.attribution.search.guided import Guided
from reconcile_pipeline.attribution.timeline.timeline import Position
from reconcile_pipeline.catalog.model import Change, Difference, Kind, ObjectId, Snapshot
from reconcile_pipeline.migrations.model import Inventory
from reconcile_pipeline.shadow.model import Replay, Run
from reconcile_pipeline.shadow.replaying.another_type import anew, in_place, next_to_run

#: SQLSTATEs of what does not fit: datatype mismatch, undefined function or operator, cannot coerce,
#: ambiguous function, indeterminate datatype, invalid function definition (what it returns).
_MISFITS = frozenset({"42804", "42883", "42846", "42725", "42P18", "42P13"})
#: … and undefined object, where that is a class of operators for an index.
_NO_CLASS = ("42704", "operator class")
#: A directory of more statements is not replayed once more for it.
MOST_STATEMENTS = 20_000

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


@dataclass(frozen=True, slots=True)
class Misfits:
    """Statements that production's types did not let work, though the best choice has them run.

    `unfit`: those upon a column. `in_the_way`: those that add one with what cannot be upon it as
    production has it, so that it was there before them.
    """

    unfit: Mapping[Position, Unfit] = field(default_factory=dict)
    in_the_way: frozenset[Position] = frozenset()

    @property
    def positions(self) -> frozenset[Position]:
        """All of them."""
        return self.in_the_way | self.unfit.keys()


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of another type. `made`: the statement that makes it; `typed`: those after it that
    give it another type again; `with_it`: constraints that came with it and are missing."""

    entry: Unexplained
    made: Position
    typed: tuple[Position, ...]
    with_it: tuple[Unexplained, ...]


def upon_other_types(
    best: Guided, production: Snapshot, inventory: Inventory, trial: Trial
) -> Misfits:
    """The statements that could not work, by one trial, where there is something to try.

    Of a statement that fails in the trial only, production must have nothing, and of that something
    must be missing; where it has something of it that the trial lacks, or a function that only goes
    unchecked there, the column got its type later, and nothing is proved of what came before.
    """
    if len(best.ran) > MOST_STATEMENTS:
        return Misfits()
    columns = _columns(best, production, inventory)
    supplied: dict[Position, tuple[str, ...]] = {}
    for column in columns:
        for after, commands in _supplies(column, production):
            if (place := next_to_run(inventory.files, best.ran, after)) is not None:
                supplied[place] = (*supplied.get(place, ()), *commands)
    if not supplied:
        return Misfits()
    tried = trial(supplied, best.ran)
    columns = [c for c in columns if _as_given(c, tried.end)]
    unfit: dict[Position, Unfit] = {}
    in_the_way = {
        column.made: column.entry
        for column in columns
        if any(one.id not in tried.end for one in column.with_it)
    }
    for run in _newly_refused(best, tried):
        position = (run.file, run.index)
        sql = _text(inventory, position)
        upon = [c.entry for c in columns if c.made < position and _names(sql, c.entry.id)]
        upon.sort(key=lambda entry: _told(entry.id, run.error, sql))
        effects = best.timeline.by_statement.get(position, ())
        if run.unchecked or any(_had(effect, production, tried.end) for effect in effects):
            unfit = {p: why for p, why in unfit.items() if why.column not in upon}
            in_the_way = {p: entry for p, entry in in_the_way.items() if entry not in upon}
        elif upon and _does_not_fit(run) and _lacks(effects, best.replay.end, production):
            unfit[position] = Unfit(upon[0], run.error)
    return Misfits(unfit, frozenset(in_the_way))


def _columns(best: Guided, production: Snapshot, inventory: Inventory) -> list[_Column]:
    """The columns of another type, as far as something that is missing was made with them, or
    later by a statement that names their table."""
    removed = [
        (entry, position)
        for entry in best.unexplained
        if entry.change is HandChange.REMOVED
        for position, effect in best.timeline.by_object.get(entry.id, ())
        if effect.change is Change.CREATED and best.ran[position]
    ]
    found = []
    for entry in filter(_of_another_type, best.unexplained) if removed else ():
        given = [
            position
            for position, effect in best.timeline.by_object.get(entry.id, ())
            if best.ran[position]
            and position not in best.timeline.failed
            and (effect.change is Change.CREATED or "type" in effect.facets)
        ]
        if not given:
            continue
        with_it: tuple[Unexplained, ...] = ()
        if _adds_no_more(best, production, inventory, given[0], entry.id):
            with_it = tuple(
                one
                for one, position in removed
                if position == given[0] and one.id.kind is Kind.CONSTRAINT
            )
        later = any(
            position > given[0] and _names(_text(inventory, position), entry.id)
            for _, position in removed
        )
        if later or with_it:
            found.append(_Column(entry, given[0], tuple(given[1:]), with_it))
    return found


def _adds_no_more(
    best: Guided, production: Snapshot, inventory: Inventory, position: Position, column: ObjectId
) -> bool:
    """Whether the statement adds the column to a table, fails where it is there already, and
    production has nothing else of what it makes."""
    statement = inventory.files[position[0]].statements[position[1]]
    if statement.tag.upper() != "ALTER TABLE" or position in best.timeline.guarded:
        return False
    return all(
        effect.id == column or effect.parent == column or effect.id not in production
        for effect in best.timeline.by_statement.get(position, ())
    )


def _of_another_type(entry: Unexplained) -> bool:
    """Whether it is a column of another type; one of another size fits what the other does."""
    if entry.id.kind is not Kind.COLUMN or entry.change is not HandChange.CHANGED:
        return False
    sides = (entry.expected or {}, entry.actual or {})
    was, now = (re.sub(r"\(.*?\)", "", str(side.get("type"))) for side in sides)
    return was != now


def _supplies(column: _Column, production: Snapshot) -> list[tuple[Position, tuple[str, ...]]]:
    """After which statements to run what, so that the column is as production has it; of what came
    with it, what fits that is put back."""
    from reconcile_pipeline.catalog.write.names import ident
    from reconcile_pipeline.catalog.write.parts import of

    actual = column.entry.actual or {}
    *table, name = of(column.entry.id, actual, production, column.entry.parent)
    type = str(actual["type"])
    again = (
        f"ALTER TABLE {ident(*table)} ADD CONSTRAINT"
        f" {ident(of(one.id, {}, production, one.parent)[-1])} {(one.expected or {})['definition']}"
        for one in column.with_it
    )
    return [
        (column.made, (anew(table, name, type), *again)),
        *((position, (in_place(table, name, type),)) for position in column.typed),
    ]


def _as_given(column: _Column, end: Snapshot) -> bool:
    """Whether the column has kept production's type to the trial's end."""
    there = end.get(column.entry.id)
    return there is not None and there.facets["type"] == (column.entry.actual or {})["type"]


def _text(inventory: Inventory, position: Position) -> str:
    return inventory.files[position[0]].statements[position[1]].sql


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
    return made and effect.id in production and effect.id not in end


def _lacks(effects: Sequence[Difference], end: Snapshot, production: Snapshot) -> bool:
    """Whether the statement makes something that is there at the end of the files, and production
    has nothing of what it makes."""
    made = [effect.id for effect in effects if effect.change is Change.CREATED]
    return any(id in end for id in made) and not any(id in production for id in made)


def _told(column: ObjectId, error: str, sql: str) -> tuple[bool, bool]:
    """Sorts first what the server names, then what the statement names."""
    name = column.identity
    return not speaks_of(error, name), not speaks_of(sql.lower(), name.lower())


def _names(sql: str, column: ObjectId) -> bool:
    """Whether a statement names the column's table."""
    return speaks_of(sql.lower(), column.identity.rpartition(".")[0].lower())
