"""What a table brings along when it is attached to a parent, and keeps when it is detached.

Keys, checks and indexes that equal the parent's become its, or become the table's own again; the
reader lists them as objects only while they are the table's own.
"""

from __future__ import annotations

import re
from enum import Enum

from reconcile_pipeline.catalog.model import Kind, ObjectId
from reconcile_pipeline.catalog.write.world import Item, World

_INDEX = re.compile(r"\A(CREATE (?:UNIQUE )?INDEX) .*? (USING .*)\Z", re.DOTALL)


class Moves(Enum):
    """Whether an object changes hands when its table is attached or detached."""

    NOT = 0
    ALONG = 1
    AND_STAYS = 2  # plain inheritance: it is the parent's then, and still the table's own


def moves_with_table(id: ObjectId, one: World, other: World) -> Moves:
    """How an object of `one` becomes its table's parent's in `other`, so that nobody makes or drops
    it."""
    item = one.item(id)
    if item is None or item.parent is None or id.kind not in (Kind.CONSTRAINT, Kind.INDEX):
        return Moves.NOT
    free, bound = one.item(item.parent), other.item(item.parent)
    if free is None or bound is None:
        return Moves.NOT
    for facet, how in (("partition_of", Moves.ALONG), ("inherits", Moves.AND_STAYS)):
        for name in bound.lines(facet):
            above = other.children(ObjectId(Kind.TABLE, name), id.kind)
            if name not in free.lines(facet) and any(_same(item, a) for a in above):
                return how
    return Moves.NOT


def _same(item: Item, above: Item) -> bool:
    mine, its = item.text("definition"), above.text("definition")
    if item.id.kind is Kind.INDEX:
        one, two = _INDEX.match(mine), _INDEX.match(its)
        return bool(one and two and one.groups() == two.groups())
    named_alike = item.text("type") != "check" or item.raw_name == above.raw_name
    return mine == its and named_alike
