"""What of a restore runs apart from its one transaction, so that nobody who reads or writes waits.

The writer's SQL is plain. Here a constraint is added NOT VALID and validated in a transaction of
its own, a column becomes NOT NULL by way of a check, and indexes are built and dropped
CONCURRENTLY: in the forms in which a migration is completed. All else stays in one transaction, so
that nothing is seen half put back; so does what other statements may build upon.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from pglast import ast

from reconcile_pipeline.attribution.model import StatementVerdict, Verdict
from reconcile_pipeline.catalog.model import Kind, ObjectId, Snapshot
from reconcile_pipeline.catalog.write import Statement
from reconcile_pipeline.catalog.write.names import ident
from reconcile_pipeline.migrations.tree import DEFAULT_SCHEMA, parse
from reconcile_pipeline.plan.completion.altered import Question, not_valid, questions
from reconcile_pipeline.plan.completion.by_index import index_first
from reconcile_pipeline.plan.completion.not_null import by_check, check_of
from reconcile_pipeline.plan.completion.online import is_named, needs_not_null, online
from reconcile_pipeline.plan.completion.validation import in_two, validates
from reconcile_pipeline.plan.conditions import question
from reconcile_pipeline.plan.restoring.parts import AFTER, BEFORE, Part, beside

#: What may build upon a key or a unique index, without naming it.
_ON_KEYS = frozenset({Kind.VIEW, Kind.MATERIALIZED_VIEW, Kind.RULE, Kind.FUNCTION, Kind.PROCEDURE})
#: What no index is made of.
_NOT_IN_INDEXES = frozenset(
    {Kind.POLICY, Kind.TRIGGER, Kind.INDEX, Kind.CONSTRAINT, Kind.VIEW, Kind.RULE, Kind.STATISTICS,
     Kind.SEQUENCE, Kind.PUBLICATION, Kind.PUBLICATION_TABLE, Kind.EVENT_TRIGGER}
)  # fmt: skip
_TAKES_AWAY = re.compile(r"\b(DROP|TYPE)\b", re.IGNORECASE)
#: … and what is dropped of a column without any index noticing, but a key's.
_OF_COLUMN = re.compile(r"\bALTER COLUMN \S+ DROP (NOT NULL|DEFAULT)\b", re.IGNORECASE)
_CREATES = re.compile(r"CREATE (UNIQUE )?INDEX (CONCURRENTLY )?")


def in_parts(
    statements: Sequence[Statement], production: Snapshot, changed: Collection[ObjectId]
) -> list[Part]:
    """The writer's statements, in an order that works: first those in one transaction, then what
    runs apart. `changed`: the objects that differ so that a condition can tell; an object beyond
    these that is there already, e.g. one only made anew on the way, is left in the transaction.
    """
    arranging = _Arranging(statements, production, changed)
    for id in dict.fromkeys(statement.id for statement in statements):
        arranging.look_at(id)
    return arranging.parts()


class _Arranging:
    """`own`: the statements that stay in the one transaction, by their place in the writer's order;
    `begun` and `undo` are those of its part.
    """

    def __init__(
        self, statements: Sequence[Statement], production: Snapshot, changed: Collection[ObjectId]
    ) -> None:
        self.statements = statements
        self.production = production
        self.changed = changed
        self.own = dict(enumerate((each.id, each.sql) for each in statements))
        self.begun: dict[ObjectId, Question] = {}
        self.undo: list[str] = []
        self.apart: list[Part] = []

    def parts(self) -> list[Part]:
        own = tuple(self.own[place] for place in sorted(self.own))
        main = [Part(own, begun=self.begun, undo=tuple(self.undo))] if own else []
        return [*main, *self.apart]

    def look_at(self, id: ObjectId) -> None:
        """Move apart what can be moved of this object's statements."""
        places = [place for place, each in enumerate(self.statements) if each.id == id]
        if id.kind is Kind.INDEX:
            self._index(id, places)
        elif id.kind is Kind.COLUMN:
            for place in places:
                self._not_null(id, place, alone=len(places) == 1)
        elif id.kind is Kind.CONSTRAINT:
            self._constraint(id, places)

    def _others(self, place: int) -> Iterable[Statement]:
        """The statements after this one that are about other objects."""
        id = self.statements[place].id
        return (each for each in self.statements[place + 1 :] if each.id != id)

    def _needed(self, place: int, name: str, *, key: str = "") -> bool:
        """Whether a later statement may build upon what is made there: `key` is its statement where
        it allows no two rows alike.
        """
        table = _table(key)
        return any(
            is_named(name, each.sql)
            or (key and each.id.kind in _ON_KEYS)
            or (table and f" REFERENCES {table}(" in each.sql)
            for each in self._others(place)
        )

    def _may_stay(self, place: int) -> bool:
        """Whether the index that is dropped there may be there still when all after it runs."""
        of_key = self.statements[place].id.kind is not Kind.INDEX
        return not any(
            each.id.kind not in _NOT_IN_INDEXES
            and _TAKES_AWAY.search(each.sql if of_key else _OF_COLUMN.sub("", each.sql))
            for each in self._others(place)
        )

    def _index(self, id: ObjectId, places: Sequence[int]) -> None:
        first = places[0]
        text = online(self.statements[first].sql, self.production)
        name = id.identity.partition(".")[2]
        if text == self.statements[first].sql:
            return
        if _CREATES.match(text):
            if not self._needed(first, name, key=_unique(text)):
                self._build(id, text, places)
        elif not self._may_stay(first):
            return
        elif len(places) == 1:
            if not self._needed(first, name):
                self.apart.append(Part(((id, text),), transactional=False))
                del self.own[first]
        elif id in self.changed:
            create = self.statements[places[1]].sql
            if not self._needed(first, name, key=_unique(create)):
                self._anew(id, places)

    def _anew(self, id: ObjectId, places: Sequence[int]) -> None:
        """The old index goes out of the way by its name only, until the new one is built."""
        create = self.statements[places[1]].sql
        old = self.production.get(id)
        match parse(create):
            case (ast.IndexStmt(idxname=str() as name, relation=ast.RangeVar() as table),) if old:
                schema = table.schemaname or DEFAULT_SCHEMA
            case _:
                return
        before = beside(name, BEFORE)
        aside = ObjectId(Kind.INDEX, f"{schema}.{before}")
        if aside in self.production:
            return
        index, renamed = ident(schema, name), ident(schema, before)
        waits, gone = (question("index", aside.identity, gone=gone) for gone in (False, True))
        self.own[places[0]] = (id, f"ALTER INDEX {index} RENAME TO {ident(before)}")
        self.begun[id] = waits
        head, made, rest = str(old.facets["definition"]).partition(f" INDEX {ident(name)} ON ")
        undo = f"DROP INDEX {index}"
        again = f"{head} INDEX {ident(before)} ON {rest}"
        if not (made and old.facets["valid"]):  # nothing makes an invalid one again
            undo = again = ""
        else:
            self.undo.append(f"ALTER INDEX {renamed} RENAME TO {ident(name)}")
        self._build(id, online(create, self.production), places[1:], undo)
        drop = ((aside, f"DROP INDEX CONCURRENTLY {renamed}"),)
        back = (again,) if again else ()
        self.apart.append(Part(drop, False, upon=(waits,), done=(gone,), undo=back))

    def _build(self, id: ObjectId, text: str, places: Sequence[int], undo: str = "") -> None:
        """A step that builds an index, and one for what follows upon it."""
        begun = {id: question("index", id.identity)} if places[1:] else {}
        self.apart.append(Part(((id, text),), False, begun, undo=(undo,) if undo else ()))
        del self.own[places[0]]
        self._follow(places[1:])

    def _follow(self, places: Sequence[int]) -> None:
        if places:
            self.apart.append(Part(tuple(self.own.pop(place) for place in places)))

    def _not_null(self, id: ObjectId, place: int, *, alone: bool) -> None:
        text = self.statements[place].sql
        checked = by_check(_statement(text), self.production)
        others = [each.sql for each in self._others(place)]
        column = self.production.get(id)
        if not checked or column is None or column.facets["not_null"]:
            return  # one that is NOT NULL but not valid becomes NOT NULL in one go
        if needs_not_null(id.identity.rpartition(".")[2], others):
            return
        *add, validate, own, drop = (each.sql for each in checked)
        check = check_of(drop)
        if add:
            self.own[place] = (id, add[0])
            self.begun[id] = questions(add)[0]
        elif alone:  # an earlier plan left the check: it is used before it is dropped
            self.own = {n: each for n, each in self.own.items() if each[0] != check and n != place}
        else:
            return
        steps = ((id, validate), (id, own), (check, drop))
        upon = () if add else (question("constraint", check.identity),)
        back = text.replace(" SET NOT NULL", " DROP NOT NULL")
        self.apart.append(Part(steps, upon=upon, undo=(back,)))

    def _constraint(self, id: ObjectId, places: Sequence[int]) -> None:
        text = self.statements[places[0]].sql
        there = self.production.get(id)
        if len(places) == 1 and validates(text):
            self._follow(places)
            return
        if there is None and (keyed := index_first(_statement(text), self.production)):
            build, use = keyed
            index = build.effects[0].identity
            if not self._needed(places[0], index.partition(".")[2], key=text):
                self._key(id, places, build.sql, use.sql, index)
            return
        if there is not None and id in self.changed and self._in_its_place(id, places):
            return
        for place in places:
            add, *validate = in_two(_statement(self.statements[place].sql), self.production)
            alike = there is not None and not (there.facets["validated"] and id in self.changed)
            if validate and not alike:
                self.own[place] = (id, add.sql)
                self.begun[id] = not_valid(id.identity)
                self.apart.append(Part(((id, validate[0].sql),)))

    def _key(self, id: ObjectId, places: Sequence[int], build: str, use: str, index: str) -> None:
        begun = {id: question("index", index)}
        schema, _, name = index.partition(".")
        table = ident(*id.identity.removesuffix(f".{name}").split(".", 1))
        self.apart.append(
            Part(
                ((id, build),), False, begun, undo=(f"DROP INDEX IF EXISTS {ident(schema, name)}",)
            )
        )
        self.own[places[0]] = (id, use)
        self.apart.append(
            Part(
                tuple(self.own.pop(place) for place in places),
                undo=(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {ident(name)}",),
            )
        )

    def _in_its_place(self, id: ObjectId, places: Sequence[int]) -> bool:
        """A key that was changed: its index is built beside the old one, and takes its place in a
        transaction that lasts a moment. False where it must stay in the one transaction.
        """
        drop, *adds = places
        if not adds:
            return False
        add = self.statements[adds[0]].sql
        own = _named_constraint(add)
        name = beside(own, AFTER)
        keyed = index_first(_statement(add), self.production, name) if own else None
        if keyed is None or not self._may_stay(drop) or self._needed(drop, own, key=add):
            return False
        build, use = keyed
        index = ObjectId(Kind.INDEX, build.effects[0].identity)
        if index in self.production:
            return False
        begun = {id: question("index", index.identity)}
        undo = f"DROP INDEX IF EXISTS {ident(*index.identity.split('.', 1))}"
        self.apart.append(Part(((id, build.sql),), False, begun, undo=(undo,)))
        self.own[adds[0]] = (id, use.sql)
        swap = tuple(self.own.pop(place) for place in places)
        self.apart.append(Part(swap, returns=frozenset({id})))
        return True


def _named_constraint(text: str) -> str:
    """The name of the constraint that the statement adds; empty where it adds none."""
    match parse(text):
        case (
            ast.AlterTableStmt(
                cmds=(ast.AlterTableCmd(def_=ast.Constraint(conname=str() as own)),)
            ),
        ):
            return own
        case _:
            return ""


def _unique(create: str) -> str:
    return create if create.startswith("CREATE UNIQUE ") else ""


def _table(statement: str) -> str:
    """The table, in SQL, that a statement is about; empty where it names none."""
    for node in parse(statement):
        if isinstance(table := getattr(node, "relation", None), ast.RangeVar):
            return ident(table.schemaname or DEFAULT_SCHEMA, table.relname or "")
    return ""


def _statement(text: str) -> StatementVerdict:
    """A statement of the writer's, in the form in which those of files are rearranged."""
    return StatementVerdict(0, 0, text, "", Verdict.ABSENT, ())
