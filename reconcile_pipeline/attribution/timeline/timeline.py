"""For each object, what each statement made of it; and what a choice of statements leaves of it.

A *choice* says which statements ran: `(file, index) -> bool`. Nothing here touches a database.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

from reconcile_pipeline.attribution.timeline.alter import REPLACEABLE, altered, made_anew, replaced
from reconcile_pipeline.attribution.timeline.effects import Facets
from reconcile_pipeline.catalog.model import Change, Difference, Kind, ObjectId, Snapshot
from reconcile_pipeline.shadow.model import Outcome, Replay

Position = tuple[int, int]  # file, statement
#: By an object and the statement before which it is asked for, None for the end: how it is there.
Known = dict[tuple[ObjectId, Position | None], Facets | None]


@dataclass(slots=True)
class Timeline:
    """Effects by object and by statement, in replay order; the catalog before, and production's.

    `in_vain`: what a statement would have made or dropped, had it been otherwise there; such an
    effect stands in `by_object` without facets. `failed`: statements that were to run and could not
    in this replay; their effects are those of an earlier one. `ran`: those that did run. `again`:
    what a statement makes anew even where it is there already. `whole`: statements that set all of
    what they define. `guarded`: those with IF [NOT] EXISTS, or without a name. `needs`: what must
    be there, or must not, for a statement to make an object; `needed`: the same, by what is needed.
    `blocked`: what must not be there for a statement to do anything, and in which definitions (any:
    ""). `along`: what one takes along only in these definitions. `former`: what had another name
    before the statement, and is gone under it. `blocks`: statements that run others. `taken_by`: of
    objects that production lacks, which others it lacks that they cannot be without; `takes`: the
    same, by the latter; `made_anew`: the same of what it has in another shape, which is not what
    files made if those were removed. `by_another_name`: what production has that no file makes, by
    what it is but for its name. `of_before`: what it may have had before all files, which make it.
    `unneeded`: what a statement seems to need, but was seen to work without, in any replay.
    `rows_of`: the tables of which a statement writes rows, where production has none of them.
    """

    start: Snapshot
    production: Snapshot
    by_object: dict[ObjectId, list[tuple[Position, Difference]]] = field(default_factory=dict)
    by_statement: dict[Position, tuple[Difference, ...]] = field(default_factory=dict)
    children: dict[ObjectId, set[ObjectId]] = field(default_factory=dict)
    in_vain: dict[Position, set[ObjectId]] = field(default_factory=dict)
    failed: set[Position] = field(default_factory=set)
    ran: set[Position] = field(default_factory=set)
    again: set[tuple[Position, ObjectId]] = field(default_factory=set)
    needs: dict[tuple[Position, ObjectId], set[tuple[ObjectId, bool]]] = field(default_factory=dict)
    needed: dict[ObjectId, set[ObjectId]] = field(default_factory=dict)
    blocked: dict[Position, dict[ObjectId, set[str]]] = field(default_factory=dict)
    along: dict[tuple[Position, ObjectId], frozenset[str]] = field(default_factory=dict)
    whole: set[Position] = field(default_factory=set)
    guarded: set[Position] = field(default_factory=set)
    blocks: set[Position] = field(default_factory=set)
    former: dict[tuple[Position, ObjectId], Difference] = field(default_factory=dict)
    taken_by: dict[ObjectId, set[ObjectId]] = field(default_factory=dict)
    takes: dict[ObjectId, set[ObjectId]] = field(default_factory=dict)
    made_anew: dict[ObjectId, set[ObjectId]] = field(default_factory=dict)
    by_another_name: set[Hashable] = field(default_factory=set)
    of_before: set[ObjectId] = field(default_factory=set)
    unneeded: set[tuple[Position, ObjectId]] = field(default_factory=set)
    rows_of: dict[Position, set[ObjectId]] = field(default_factory=dict)
    _later: dict[ObjectId, list[ObjectId]] = field(default_factory=dict)
    _lacks: dict[Position, tuple[ObjectId, ...]] = field(default_factory=dict)
    _before: dict[ObjectId, Facets | None] = field(default_factory=dict)
    _actual: dict[ObjectId, Facets | None] = field(default_factory=dict)

    def predict(
        self,
        id: ObjectId,
        ran: Mapping[Position, bool],
        until: Position | None = None,
        known: Known | None = None,
    ) -> Facets | None:
        """The object as the chosen statements leave it; None where it would not be there.

        `until`: as it is just before that statement. `known`: what was found out already by this
        choice. Without it, what many statements need would be found out again for each way that
        leads to it, and there are more of these than anybody can wait for.
        """
        if id not in self._before:
            found = self.start.get(id)
            self._before[id] = found.facets if found else None
        state = self._before[id]
        for position, effect in self.by_object.get(id, ()):
            if until is not None and position >= until:
                break
            if not ran[position]:
                continue
            known = {} if known is None else known
            if position in self.failed and not self._could(position, effect, ran, known):
                continue
            if effect.change is not Change.CREATED and self._refused(position, ran, known):
                continue
            if effect.change is Change.DROPPED:
                only = self.along.get((position, id))
                state = state if only and state and state.get("definition") not in only else None
            elif effect.change is Change.CREATED:
                if state is not None and not self._replaces(position, effect):
                    continue  # it is there: IF NOT EXISTS does nothing then, all else fails
                if self._can(position, id, ran, known):
                    made = self._carried(position, effect, ran, known)
                    state = replaced(state, made) if position in self.whole else made
            elif state is None:
                # CREATE OR REPLACE of what an earlier file would have made makes it then; ALTER
                # FUNCTION, which changes its whole text as well, does not.
                state = made_anew(effect, position in self.whole or position in self.blocks)
            elif effect.after is not None:
                state = altered(state, effect, position in self.whole)
        return state

    def _known(
        self, id: ObjectId, ran: Mapping[Position, bool], until: Position | None, known: Known
    ) -> Facets | None:
        if (id, until) not in known:
            known[id, until] = self.predict(id, ran, until, known)
        return known[id, until]

    def need(self, position: Position, id: ObjectId, other: ObjectId, there: bool) -> None:
        """Note that the statement makes `id` only where `other` is there, or is not; nothing where
        a replay showed that it works without."""
        if there and self._worked_without(position, id, other):
            return
        self.needs.setdefault((position, id), set()).add((other, there))
        needed = self.needed.setdefault(other, set())
        needed.add(id)
        if there:  # without it the statement does nothing, also to what it drops or alters
            for effect in self.by_statement.get(position, ()):
                if effect.change is not Change.CREATED:
                    needed.add(effect.id)

    def block(self, position: Position, other: ObjectId, definition: str = "") -> None:
        """Note that the statement fails while `other` is there, by this definition or by any;
        nothing where this replay showed that it works."""
        there = self.in_replay(other, position) if position in self.ran else None
        if there is not None and definition in ("", str(there.get("definition"))):
            return
        self.blocked.setdefault(position, {}).setdefault(other, set()).add(definition)
        ids = {effect.id for effect in self.by_statement.get(position, ())}
        self.needed.setdefault(other, set()).update(ids - {other})

    def _worked_without(self, position: Position, id: ObjectId, other: ObjectId) -> bool:
        """Whether the statement made `id` in this replay, or one before, where `other` was not."""
        if (position, other) in self.unneeded:
            return True
        if position not in self.ran or id in self.in_vain.get(position, ()):
            return False
        if self.in_replay(other, position) is not None:
            return False
        self.unneeded.add((position, other))
        return True

    def in_replay(self, id: ObjectId, until: Position) -> Facets | None:
        """The object as it was in the replay before that statement; None where it was not there."""
        found = self.start.get(id)
        state = found.facets if found else None
        for position, effect in self.by_object.get(id, ()):
            if position >= until:
                break
            if position in self.ran and id not in self.in_vain.get(position, ()):
                state = effect.after
        return state

    def fails(self, position: Position, ran: Mapping[Position, bool]) -> bool:
        """Whether it could not run by this choice: the replay says so, or what it needs is not
        there, nor in production.
        """
        if position in self.failed:
            return True
        lacks = self.lacking(position)
        if any(self.predict(one, ran, position) is None for one in lacks):
            return True
        return position in self.blocked and self._is_blocked(position, ran, {})

    def rows_went(self, position: Position, ran: Mapping[Position, bool]) -> bool:
        """Whether the statement's rows are gone with their table, by this choice: the files leave
        it, and production lacks it."""
        return any(self.predict(id, ran) is not None for id in self.rows_of.get(position, ()))

    def lacking(self, position: Position) -> tuple[ObjectId, ...]:
        """What the statement needs for what it makes, and production does not have. A renaming
        needs what it names; what goes along with that it takes as it is."""
        if position not in self._lacks:
            effects = self.by_statement.get(position, ())
            moved = {e.id for e in effects if (position, e.id) in self.former}
            self._lacks[position] = tuple(
                other
                for effect in effects
                if effect.id not in moved or effect.parent not in moved
                for other, there in self.needs.get((position, effect.id), ())
                if there and self.actual(other) is None
            )
        return self._lacks[position]

    def _replaces(self, position: Position, effect: Difference) -> bool:
        """Whether what it makes takes the place of what is there under that name."""
        if not effect.facets:
            return False
        return effect.id.kind in REPLACEABLE or (position, effect.id) in self.again

    def _can(
        self, position: Position, id: ObjectId, ran: Mapping[Position, bool], known: Known
    ) -> bool:
        """Whether what the statement needs for it is there by this choice."""
        # No generator: that would be a call within C, and what needs what can be thousands deep.
        for other, there in self.needs.get((position, id), ()):
            if (self._known(other, ran, position, known) is not None) is not there:
                return False
        return not self._is_blocked(position, ran, known)

    def _carried(
        self, position: Position, effect: Difference, ran: Mapping[Position, bool], known: Known
    ) -> Facets | None:
        """What it makes; under another name, an object is what it was by this choice."""
        former = self.former.get((position, effect.id))
        was = self._known(former.id, ran, position, known) if former else None
        if former is None or former.before is None or was is None or effect.after is None:
            return effect.after
        kept = former.before
        return {
            name: was[name] if name in kept and kept[name] == value else value
            for name, value in effect.after.items()
        }

    def _refused(self, position: Position, ran: Mapping[Position, bool], known: Known) -> bool:
        """Whether it fails by this choice, and so drops and alters nothing either: what it needs
        for what it makes is not there."""
        if position in self.blocks:
            return False  # it may do the one and, by a condition of its own, not the other
        for other in self.lacking(position):
            if self._known(other, ran, position, known) is None:
                return True
        return self._is_blocked(position, ran, known)

    def _is_blocked(self, position: Position, ran: Mapping[Position, bool], known: Known) -> bool:
        """Whether something stands in its way by this choice."""
        for other, definitions in self.blocked.get(position, {}).items():
            there = self._known(other, ran, position, known)
            if there is not None and not definitions.isdisjoint(("", str(there.get("definition")))):
                return True
        return False

    def _could(
        self, position: Position, effect: Difference, ran: Mapping[Position, bool], known: Known
    ) -> bool:
        """Whether what a failed statement makes would have what it belongs to, by this choice."""
        if effect.change is not Change.CREATED or effect.parent is None:
            return False
        if effect.parent not in self.by_object:
            return False
        # Not at the end: what made the end may itself need what this statement makes.
        return self._known(effect.parent, ran, position, known) is not None

    def possible_before(self, id: ObjectId, position: Position) -> bool:
        """Whether it can have been there before that statement, by some choice; of objects that
        statements have an effect on."""
        return self.by_object[id][0][0] < position or self.start.get(id) is not None

    def named_now(self, id: ObjectId) -> ObjectId | None:
        """The name under which production has it: this one, or one that files gave it since."""
        if self.former and not self._later:
            for (_, new), gone in self.former.items():
                self._later.setdefault(gone.id, []).append(new)
        names = [id]
        for name in names:
            if self.actual(name) is not None:
                return name
            names += [new for new in self._later.get(name, ()) if new not in names]
        return None

    def actual(self, id: ObjectId) -> Facets | None:
        """The object as production has it."""
        if id not in self._actual:
            found = self.production.get(id)
            self._actual[id] = found.facets if found else None
        return self._actual[id]


def build(replay: Replay, production: Snapshot) -> Timeline:
    """The timeline of one replay, seen against production."""
    timeline = Timeline(replay.start, production)
    for run in replay.runs:
        position = (run.file, run.index)
        timeline.by_statement[position] = run.effects
        if run.outcome is Outcome.FAILED and run.effects:
            timeline.failed.add(position)
        elif run.outcome is Outcome.RAN:
            timeline.ran.add(position)
        tables = {ObjectId(Kind.TABLE, f"{rows.schema}.{rows.table}") for rows in run.rows}
        if tables and all(timeline.actual(id) is None for id in tables):
            timeline.rows_of[position] = tables
        for effect in run.effects:
            timeline.by_object.setdefault(effect.id, []).append((position, effect))
            if effect.parent is not None:
                timeline.children.setdefault(effect.parent, set()).add(effect.id)
    return timeline
