"""Keeps a catalog in memory in step with the shadow database, reading as little as it can.

After each statement the recorder says what was touched; that is noted, and read later for many
statements in one go (`pending`). What a statement is about to touch is read before it runs, judged
by its words; where they did not show it, the caller takes the statement back, lets the rest be
read, and runs it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from psycopg import Connection

from reconcile_pipeline.catalog.model import Difference, Kind, ObjectId, Snapshot
from reconcile_pipeline.migrations.model import Statement
from reconcile_pipeline.shadow.database import ShadowDatabase
from reconcile_pipeline.shadow.replaying import reach, touched
from reconcile_pipeline.shadow.replaying.pending import Pending, Running, Taken, Touch, Wanted
from reconcile_pipeline.shadow.replaying.state import Moves, Root, State

#: Asks the recorder what the statement before it touched; one row of one value.
AFTER = b"SELECT reconcile_shadow.after_statement()"

#: From so many roots on, the whole catalog is read as quickly.
WHOLE_FROM = 200


class Follower:
    """The state of a shadow's catalog, moved on by what statements do.

    `missed`: changes that no statement was seen to make; only a file that hides what it does, or
    an oversight of ours, has any.
    """

    state: State

    def __init__(self, database: ShadowDatabase) -> None:
        self._database = database
        self._moves: Moves = []
        self._last: list[str] = []
        self.pending = Pending()
        self.missed: tuple[Difference, ...] = ()

    def begin(self, connection: Connection[Any]) -> Snapshot:
        """Read the catalog as it is; the state starts from there."""
        start = self._database.read(connection)
        self.state = State(start)
        return start

    @property
    def depth(self) -> int:
        """How many moves the state has made; to `take_back` to. Only what was read counts."""
        return len(self._moves)

    def take_back(self, depth: int) -> None:
        """Undo the state's moves after the first `depth`; the caller undoes the database's."""
        self.state.undo(self._moves[depth:])
        del self._moves[depth:]
        self.pending.columns.clear()

    def mark(self) -> tuple[int, list[str]]:
        """Where state and recorder are now; to `go_back` to."""
        return self.depth, self._last

    def go_back(self, mark: tuple[int, list[str]]) -> None:
        """Forget what one statement did since; the caller takes it back in the database."""
        depth, self._last = mark
        self.take_back(depth)

    def listen(self, said: list[str]) -> None:
        """Where the recorder stands, as `AFTER` says at the start of every transaction."""
        self._last = said[:-1]

    @property
    def first_transaction(self) -> int:
        """The next transaction's id when the recorder was last asked."""
        return int(self._last[1])

    def expect(self, connection: Connection[Any], statement: Statement) -> None:
        """Before a statement: read what it is about to touch, judged by its words."""
        if self._aim(statement).reach is reach.Reach.EVERYTHING:
            self.settle(connection)
        else:
            self.read(connection, self.about(statement))

    def about(self, *statements: Statement) -> Wanted:
        """What these are about to touch and is not read yet."""
        wanted: Wanted = {}
        for statement in statements:
            aim = self._aim(statement)
            if self.pending and aim.reach is reach.Reach.NAMED:
                for root, kinds in self.pending.named(aim).items():
                    wanted.setdefault(root, set()).update(kinds)
        return wanted

    def note_together(
        self,
        connection: Connection[Any],
        file: int,
        statements: Sequence[Statement],
        texts: Sequence[bytes],
        said: list[str],
    ) -> list[Running] | int:
        """After statements that ran in one message: note what they touched.

        `texts`: as they were sent, no two alike; `said`: what `AFTER` gave at last. Where one did
        what must be looked at before the next one runs, its number, and nothing is noted.
        """
        before, now = self._last, said[:-1]
        told = touched.words_by(now[0] or "", texts)
        if before[2:] != now[2:] or told is None:
            return 0
        depth = self.depth
        done: list[Running] = []
        for number, (statement, words) in enumerate(zip(statements, told, strict=True)):
            running = Running(file, statement.index)
            done.append(running)
            noted = touched.Noted(garbled="acl:0" in words)
            if words and not noted.garbled:
                noted = self._read_words(connection, statement, words, int(before[1]))
            clash = self.pending.clashes(running, noted.touches, self.state.knows)
            if clash or noted.garbled or noted.lost or noted.parents:
                self.take_back(depth)
                self.pending.forget(done)
                return number
            self._note(running, noted, noted.touches)
        self._last = now
        return done

    def note(
        self,
        connection: Connection[Any],
        statement: Statement,
        running: Running,
        again: bool,
        said: list[str] | None = None,
    ) -> Wanted:
        """After a statement: note what it touched. `said`: what `AFTER` gave, if it was asked.

        Answers what should have been read before it ran; then nothing is noted, unless `again`.
        """
        aim = self._aim(statement)
        before, now = self._last, said[:-1] if said else self._after(connection)
        words = (now[0] or "").split()
        unwatched = [
            kinds
            for kinds, old, new in zip(touched.UNWATCHED, before[2:], now[2:], strict=True)
            if old != new
        ]
        if words or unwatched or aim.hides:
            noted = self._read_words(connection, statement, words, int(before[1]))
            touches = noted.touches
            if noted.parents:
                touches = touched.with_descendants(touches, connection)
            clash = self.pending.clashes(running, touches, self.state.knows)
            if noted.lost and statement.tag.upper() in ("DO", "SELECT", "CALL"):
                clash = self.pending.everything()
            if clash and not again:
                return clash
            self._take_in(connection, statement, running, noted, touches)
            for kinds in unwatched:
                there = self._database.read_kinds(connection, kinds)
                running.effects += self._move(self.state.of_kinds(kinds), there)
        self._last = now
        return {}

    def _read_words(
        self, connection: Connection[Any], statement: Statement, words: list[str], first: int
    ) -> touched.Noted:
        return touched.read_words(
            words, self._aim(statement), self.pending, self._root, connection, first
        )

    def _take_in(
        self,
        connection: Connection[Any],
        statement: Statement,
        running: Running,
        noted: touched.Noted,
        touches: Sequence[Touch],
    ) -> None:
        aim = self._aim(statement)
        hidden = noted.garbled or aim.hides
        if hidden or aim.spreads:
            everything = self._database.read(connection)
            running.effects += self._move(self.state.everything(), everything)
            return
        self._note(running, noted, touches)

    def _note(self, running: Running, noted: touched.Noted, touches: Sequence[Touch]) -> None:
        for touch in touches:
            if touch.gone:
                gone = {touch.only} if touch.only else self.state.below([touch.root])
                effects, undo = self.state.drop(gone)
                running.effects += effects
                self._moves += undo
            else:
                self.pending.add(running, touch)
        for root, name in noted.names:
            self.pending.call(root, name)
        for touch in touches:
            if name := self.state.name(touch.root):
                self.pending.call(touch.root, name)

    def settle(self, connection: Connection[Any]) -> None:
        """Read all that is not read yet."""
        if len(self.pending) < WHOLE_FROM:
            self.read(connection, self.pending.everything())
        else:
            self.look(connection)

    def look(self, connection: Connection[Any]) -> None:
        """Read the whole catalog: what is not read yet, and what nobody was seen to do."""
        taken = self.pending.take(self.pending.everything())
        missed = []
        now = self._database.read(connection)
        self._between(taken, now)
        for effect, root in self._moved(self.state.everything(), now):
            if (running := taken.owner(root, effect.id)) is not None:
                running.effects.append(effect)
            else:
                missed.append(effect)
        self.missed += tuple(missed)

    def read(self, connection: Connection[Any], wanted: Wanted) -> None:
        """Read these roots and kinds, and say whose effects the changes are."""
        if not wanted:
            return
        taken = self.pending.take(wanted)
        groups: dict[frozenset[Kind], list[Root]] = {}
        for root, kinds in wanted.items():
            groups.setdefault(frozenset(kinds), []).append(root)
        for chosen, roots in groups.items():
            now = self._database.read_roots(connection, roots, chosen)
            self._between(taken, now)
            old = {id for id in self.state.below(roots) if id.kind in chosen}
            for effect, root in self._moved(old, now):
                running = taken.owner(root, effect.id) or taken.owner(roots[-1], effect.id)
                if running is not None:
                    running.effects.append(effect)
                else:
                    self.missed += (effect,)

    def _between(self, taken: Taken, now: Snapshot) -> None:
        """Tables as they were after each of several statements, the last one's flags apart."""
        tables = now.kinds.get(Kind.TABLE)
        steps = list(taken.between()) if tables else []
        if not steps or tables is None:
            return
        names = {tables.roots[name]: name for name in tables.objects}
        for root, running, told in steps:
            if (name := names.get(root)) is None:
                continue
            values = tuple(
                told.facets.get(facet, value)
                for facet, value in zip(tables.facets, tables.objects[name], strict=True)
            )
            then = replace(tables, objects={name: values})
            running.effects += self._move(set(), replace(now, kinds={Kind.TABLE: then}))

    def _root(self, id: ObjectId) -> Root | None:
        return self.state.root(id) or self.pending.created(id)

    @property
    def sees_ahead(self) -> bool:
        """Whether words show what statements do: not where event triggers do more."""
        return not self.state.holds(Kind.EVENT_TRIGGER)

    def _aim(self, statement: Statement) -> reach.Aim:
        aim = reach.aim(statement)
        if self.sees_ahead:
            return aim
        return replace(aim, kinds=None, facets=None, column="", grants=False)

    def _move(self, old: set[ObjectId], now: Snapshot) -> list[Difference]:
        return [effect for effect, _ in self._moved(old, now)]

    def _moved(self, old: set[ObjectId], now: Snapshot) -> list[tuple[Difference, Root]]:
        effects, undo = self.state.move(old, now)
        self._moves += undo
        return list(effects)

    @staticmethod
    def _after(connection: Connection[Any]) -> list[str]:
        row = connection.execute(AFTER).fetchone()
        assert row is not None
        values: list[str] = row[0]
        return values[:-1]
