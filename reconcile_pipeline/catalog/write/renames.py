"""Tables and columns that are there under another name: renamed, so that no row is lost.

Two snapshots cannot tell a rename from a drop and an addition. Where what is there and not wanted
equals what is wanted and not there in all but the name, taking the one for the other keeps the rows
that a drop would delete.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from reconcile_pipeline.catalog.model import Change, Difference, Kind, ObjectId, Snapshot
from reconcile_pipeline.catalog.write.kinds.inherited import parent_columns
from reconcile_pipeline.catalog.write.model import Statement
from reconcile_pipeline.catalog.write.world import Item, World

_SHAPE = ("position", "type", "not_null", "generated", "identity_kind", "collation")


@dataclass(frozen=True, slots=True)
class Rename:
    """`old` becomes `new`; both are columns of one table or tables of one schema."""

    old: Item
    new: Item

    @property
    def is_table(self) -> bool:
        """Whether a table is renamed, else a column."""
        return self.old.id.kind is Kind.TABLE


def statements(renames: Iterable[Rename]) -> tuple[Statement, ...]:
    """The commands: columns first, while their tables have the old names."""
    found = []
    for rename in sorted(renames, key=lambda r: (r.is_table, r.old.id)):
        if rename.old.facets.get("inherited"):
            continue  # renamed with the parent table's
        table = rename.old.qualified if rename.is_table else rename.old.owner_relation
        what = "TO" if rename.is_table else f"COLUMN {rename.old.name} TO"
        sql = f"ALTER TABLE {table} RENAME {what} {rename.new.name}"
        found.append(Statement(rename.new.id, sql, note=f"keeps what {rename.old.raw_name} holds"))
    return tuple(found)


def find(
    current: Snapshot, wanted: Snapshot, differences: Iterable[Difference]
) -> tuple[Rename, ...]:
    """Pairs of one that goes and one that comes, alike, and no third that is like them."""
    here, there = World(current), World(wanted)
    gone: list[Item] = []
    new: list[Item] = []
    for difference in differences:
        if difference.id.kind in (Kind.TABLE, Kind.COLUMN):
            world, side = (here, gone) if difference.change is Change.DROPPED else (there, new)
            if difference.change is not Change.ALTERED and (item := world.item(difference.id)):
                side.append(item)
    found = [
        r for r in (*_pairs(gone, new, _shape), *_pairs(gone, new, _bones)) if _is_free(r, here)
    ]
    once = {rename.old.id: rename for rename in found}
    return tuple(r for r in once.values() if not _inherits_alone(r, once))


def _pairs(
    gone: Iterable[Item], new: Iterable[Item], likeness: Callable[[Item], object]
) -> Iterator[Rename]:
    alike: dict[object, tuple[list[Item], list[Item]]] = defaultdict(lambda: ([], []))
    for side, items in enumerate((gone, new)):
        for item in items:
            if (key := likeness(item)) is not None:
                alike[key][side].append(item)
    for old, young in alike.values():
        if len(old) == len(young) == 1:
            yield Rename(old[0], young[0])


def _shape(item: Item) -> object:
    """What a column is like; what columns a table has."""
    if item.id.kind is Kind.COLUMN:
        return (item.parent, *(item.facets[facet] for facet in _SHAPE))
    columns = item.world.columns(item.id)
    shape = tuple((c.raw_name, *(c.facets[f] for f in _SHAPE)) for c in columns)
    facets = [(f, item.facets[f]) for f in ("partition_of", "partition_key", "inherits")]
    return (item.parent, shape, *facets) if shape else None


def _bones(item: Item) -> object:
    """A table's primary key keeps its name when the table gets another one."""
    if item.id.kind is not Kind.TABLE:
        return None
    keys = [
        c.raw_name
        for c in item.world.children(item.id, Kind.CONSTRAINT)
        if c.text("type") == "primary key"
    ]
    return (item.parent, item.text("partition_key"), *keys) if keys else None


def _is_free(rename: Rename, here: World) -> bool:
    """Whether nothing that is there has the new name yet."""
    if not rename.is_table:
        return True
    kinds = (Kind.VIEW, Kind.MATERIALIZED_VIEW, Kind.SEQUENCE, Kind.INDEX, Kind.FOREIGN_TABLE)
    return all(here.get(kind, rename.new.id.identity) is None for kind in kinds)


def _inherits_alone(rename: Rename, found: Mapping[ObjectId, Rename]) -> bool:
    """Whether an inherited column would get a name that its parent table's does not get."""
    if not rename.old.facets.get("inherited"):
        return False
    above = [found.get(column.id) for column in parent_columns(rename.old)]
    return not all(r and r.new.raw_name == rename.new.raw_name for r in above)
