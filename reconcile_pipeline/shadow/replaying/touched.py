"""Which part of the catalog a statement may have changed, from what the recorder noted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from psycopg import Connection
from psycopg.sql import SQL

from reconcile_pipeline.catalog.model import Kind, ObjectId, Scalar
from reconcile_pipeline.shadow.replaying.pending import Pending, Told, Touch, below
from reconcile_pipeline.shadow.replaying.reach import Aim
from reconcile_pipeline.shadow.replaying.state import Root

#: Dropped objects whose root is their table, known only by the name they had.
_BY_NAME = {"index": Kind.INDEX, "statistics": Kind.STATISTICS, "sequence": Kind.SEQUENCE}

#: Kinds that no event trigger watches: read whole when their catalog's write counter moved.
UNWATCHED: tuple[tuple[Kind, ...], ...] = (
    (Kind.ROLE,),
    (Kind.DATABASE_SETTING, Kind.ROLE_SETTING),
    (Kind.EVENT_TRIGGER,),
    (Kind.EXTENSION,),
    (Kind.PUBLICATION, Kind.PUBLICATION_TABLE, Kind.PUBLICATION_SCHEMA),
    (Kind.DEFAULT_PRIVILEGES,),
)


@dataclass(frozen=True, slots=True)
class Noted:
    """What the recorder's words say.

    `touches`; `names`: (root, its own name); `lost`: something was dropped whose root nobody knows;
    `parents`: there are child tables; `garbled`: words that the recorder cannot have written.
    """

    touches: tuple[Touch, ...] = ()
    names: tuple[tuple[Root, str], ...] = ()
    lost: bool = False
    parents: bool = False
    garbled: bool = False


def words_by(words: str, texts: Sequence[bytes]) -> list[list[str]] | None:
    """The recorder's words apart, by the statement that they came of; None where they name another
    than these. `texts`: the statements as they were sent, no two alike."""
    told: dict[str, list[str]] = {sha256(text).hexdigest(): [] for text in texts}
    of: list[str] | None = None
    for word in words.split():
        if word.startswith("by:"):
            of = told.get(word[3:])
        elif of is not None:
            of.append(word)
        if of is None:
            return None
    return list(told.values())


def read_words(
    words: Iterable[str],
    aim: Aim,
    pending: Pending,
    find: Callable[[ObjectId], Root | None],
    connection: Connection[Any],
    first_transaction: int,
) -> Noted:
    """What the recorder's words name. `aim`: what the statement's own words show.

    `find`: the root of an object known by its name. `first_transaction`: the next transaction id
    before the statement ran; rows written since have that or a later one.
    """
    found: set[Root] = set()
    gone: set[Root] = set()
    touches: list[Touch] = []
    names: list[tuple[Root, str]] = []
    apart: dict[ObjectId, list[tuple[int, bool]]] = {}
    told: dict[Root, Told] = {}
    granted = lost = parents = False
    try:
        for word in words:
            what, value, *more = word.split(":")
            if what == "by":
                continue
            if what == "acl":
                granted = True
            elif what == "below":
                parents = True
            elif what == "name":
                root = (value, _oid(more[0]))
                names.append((root, bytes.fromhex(more[1]).decode()))
                if more[2:]:
                    told[root] = _told(names[-1][1], *more[2:])
            elif what == "gone":
                if value.startswith("pg_") and below(value):
                    gone.add((value, _oid(more[0])))
            elif what[0] in "+-":
                one = ObjectId(Kind(what[1:]), bytes.fromhex(more[0]).decode())
                if value != "0":  # else its table is gone too
                    apart.setdefault(one, []).append((_oid(value), what[0] == "-"))
            elif what in _BY_NAME:
                known = find(ObjectId(_BY_NAME[what], bytes.fromhex(value).decode()))
                lost = lost or known is None
                found |= {known} if known else set()
            elif what != "publications" and value != "0":
                if not what.startswith("pg_") or not below(what):
                    continue
                found.add((what, _oid(value)))
    except (ValueError, IndexError):
        return Noted(garbled=True)
    if granted:
        # A single command writes in its own savepoint, whose id is the last that was given out.
        parameters = {"first": first_transaction, "last": aim.grants}
        found |= set(connection.execute(_granted(), parameters))
    for one, moments in apart.items():
        root = ("pg_class", moments[0][0])
        if len(moments) == 1:
            touches.append(Touch(root, frozenset({one.kind}), one, moments[0][1]))
        else:  # dropped and made again
            touches.append(Touch(root, frozenset({one.kind})))
    for root in sorted(found):
        if aim.column and not parents and root in told and root in pending.columns:
            touches += _column(root, aim.column, told[root], pending.columns[root])
        else:
            facets = aim.facets if root in told else None
            touches.append(
                Touch(root, _kinds(root, aim.kinds), None, False, told.get(root), facets)
            )
    touches = [touch for touch in touches if touch.root not in gone]
    touches += [Touch(root, below(root[0]), gone=True) for root in sorted(gone)]
    return Noted(tuple(touches), tuple(names), lost, parents)


@cache
def _granted() -> SQL:
    return SQL(
        (files("reconcile_pipeline.shadow") / "sql" / "granted.sql").read_text(encoding="utf-8")
    )


def with_descendants(touches: tuple[Touch, ...], connection: Connection[Any]) -> tuple[Touch, ...]:
    """Adds the partitions and children of touched tables: what ALTER TABLE does reaches them."""
    tables = {t.root[1]: t.kinds for t in touches if t.root[0] == "pg_class"}
    if not tables:
        return touches
    rows = connection.execute(
        """WITH RECURSIVE below AS (
             SELECT inhrelid FROM pg_catalog.pg_inherits WHERE inhparent = ANY (%s::oid[])
             UNION SELECT i.inhrelid FROM pg_catalog.pg_inherits i
               JOIN below ON i.inhparent = below.inhrelid)
           SELECT inhrelid::int8 FROM below""",
        (list(tables),),
    )
    kinds = frozenset().union(*tables.values())
    children = (Touch(("pg_class", oid), kinds) for (oid,) in rows if oid not in tables)
    return (*touches, *children)


def _told(table: str, schema: str, columns: str, flags: str, comment: str) -> Told:
    facets: dict[str, Scalar] = {"rls": flags[0] == "1", "rls_forced": flags[1] == "1"}
    if comment != "-":
        facets["comment"] = bytes.fromhex(comment).decode() or None
    return Told(f"{bytes.fromhex(schema).decode()}.{table}", int(columns), facets)


def _column(root: Root, name: str, told: Told, before: int) -> list[Touch]:
    """A new column, where there was none of its name before."""
    if told.columns == before:
        return []
    return [
        Touch(
            root, frozenset({Kind.COLUMN}), ObjectId(Kind.COLUMN, f"{told.name}.{name}"), told=told
        )
    ]


def _kinds(root: Root, kinds: frozenset[Kind] | None) -> frozenset[Kind]:
    every = below(root[0])
    return every if kinds is None or root[0] != "pg_class" else every & kinds


def _oid(text: str) -> int:
    if not 0 < (number := int(text)) < 2**32:
        raise ValueError("no oid")
    return number
