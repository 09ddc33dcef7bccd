"""Tables and columns that are there under another name: renamed, so that no row is lost.

Two snapshots cannot tell a rename from a drop and an addition. Where what is there and not wanted
equals what is wanted and not there in all but the name, taking the one for the other keeps the rows
that a drop would delete.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from reconcile_pipeline.catalog.model import Change, Difference, Kind, Snapshot
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
    alike: dict[object, tuple[list[Item], list[Item]]] = defaultdict(lambda: ([], []))
    for difference in differences:
        side = {Change.DROPPED: 0, Change.CREATED: 1}.get(difference.change)
        if side is None or difference.id.kind not in (Kind.TABLE, Kind.COLUMN):
            continue
        if (item := (here, there)[side].item(difference.id)) is not None:
            alike[_likeness(item)][side].append(item)
    return tuple(Rename(old[0], new[0]) for old, new in alike.values() if len(old) == len(new) == 1)


def _likeness(item: Item) -> object:
    if item.id.kind is Kind.COLUMN:
        facets = [pair for pair in item.facets.items() if not pair[0].startswith("identity_")]
        return (item.parent, *sorted(facets, key=lambda pair: pair[0]))
    columns = item.world.columns(item.id)
    shape = tuple((c.raw_name, *(c.facets[f] for f in _SHAPE)) for c in columns)
    facets = [(f, item.facets[f]) for f in ("partition_of", "partition_key", "inherits")]
    # A table without columns is like any other one.
    return (item.parent, shape or item.id, *facets)
