"""SQL that brings a database from one catalog to another."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from reconcile_pipeline.catalog.compare import POSITION, compare
from reconcile_pipeline.catalog.model import (
    CatalogObject,
    Change,
    Difference,
    Kind,
    ObjectId,
    Rows,
    Snapshot,
)
from reconcile_pipeline.catalog.write import parts
from reconcile_pipeline.catalog.write.along import dropped_with
from reconcile_pipeline.catalog.write.carry import Carry
from reconcile_pipeline.catalog.write.decide import Decision, decide
from reconcile_pipeline.catalog.write.model import (
    CannotWriteError,
    Changes,
    Declined,
    Options,
    Statement,
)
from reconcile_pipeline.catalog.write.needs import Needs
from reconcile_pipeline.catalog.write.order import Node, Phase, arrange
from reconcile_pipeline.catalog.write.overlay import empty, overlay, with_parts
from reconcile_pipeline.catalog.write.renames import find, statements
from reconcile_pipeline.catalog.write.render import render
from reconcile_pipeline.catalog.write.spread import spread
from reconcile_pipeline.catalog.write.touch_up import touch_up
from reconcile_pipeline.catalog.write.world import World

_AT_THE_END = "PostgreSQL adds a column after those that are there, never between them."
_NO_INDEX = "Its replica identity was an index that is gone; that state cannot be made."
_MOVED = "PostgreSQL cannot move a column; only a copy of the whole table could."


def write_changes(
    current: Snapshot,
    wanted: Snapshot,
    ids: Iterable[ObjectId] | None = None,
    *,
    role: str | None = None,
) -> Changes:
    """Ordered SQL for a database that is as `current`, after which it is as `wanted`.

    `ids`: only these objects and what belongs to them; all others stay as they are in `current`.
    Objects that stand in the way are dropped and made again exactly as they are to be. What no SQL
    can bring about is in `Changes.declined`. For `role` see `Options`.
    """
    options = Options(role)
    chosen = None if ids is None else with_parts(current, wanted, ids)
    renames = find(current, wanted, _differences(current, wanted, chosen))
    if renames:
        current = Carry(renames, wanted).snapshot(current)
    declined: dict[ObjectId, str] = {}
    while True:
        partly: dict[ObjectId, str] = {}
        differences = [d for d in _differences(current, wanted, chosen) if d.id not in declined]
        before = len(declined)
        sql = _attempt(current, wanted, differences, options, declined, partly)
        if len(declined) == before:
            left = {**partly, **declined}
            return Changes(
                (*statements(renames), *sql), tuple(Declined(id, left[id]) for id in sorted(left))
            )


def _differences(
    current: Snapshot, wanted: Snapshot, chosen: frozenset[ObjectId] | None
) -> list[Difference]:
    return [d for d in compare(current, wanted) if chosen is None or d.id in chosen]


def create_objects(
    snapshot: Snapshot, ids: Collection[ObjectId], *, role: str | None = None
) -> Changes:
    """SQL that makes these objects, and what belongs to them, where none of them is there.

    What else the snapshot holds is taken to be there, e.g. schemas and default privileges.
    """
    made = with_parts(snapshot, snapshot, ids)
    return write_changes(overlay(snapshot, empty(snapshot), made), snapshot, made, role=role)


def write_change(
    before: CatalogObject | None, after: CatalogObject | None, *, role: str | None = None
) -> Changes:
    """SQL for one object by itself, without regard to what depends on it."""
    both = [o for o in (before, after) if o is not None]
    ids = [o.id for o in both]
    return write_changes(_alone(before, both), _alone(after, both), ids, role=role)


def _attempt(
    current: Snapshot,
    wanted: Snapshot,
    differences: list[Difference],
    options: Options,
    declined: dict[ObjectId, str],
    partly: dict[ObjectId, str],
) -> tuple[Statement, ...]:
    """Statements; or more in `declined`, and then another attempt is due.

    `partly` is told of objects that the statements bring to some, not all of what is wanted.
    """
    for difference in differences:
        if any(parts.reads_alike(difference.id, snapshot) for snapshot in (current, wanted)):
            declined[difference.id] = "Another object's full name reads the same."
            return ()
    for difference in differences:
        if difference.change is Change.ALTERED and POSITION in difference.facets:
            partly[difference.id] = _MOVED
    differences = [left for d in differences if (left := _without_position(d))]
    here = World(current, options)
    there = World(overlay(current, wanted, frozenset(d.id for d in differences)), options, here)
    needs, needs_then = Needs(here), Needs(there)
    decision = decide(differences, here, there, needs, needs_then)
    declined |= decision.declined
    spread(declined, differences, needs, needs_then)
    if decision.declined:
        return ()
    there.made = frozenset(decision.created)
    nodes, goes_with = _nodes(decision, needs)
    order = arrange(nodes, needs, needs_then, goes_with)
    sql: list[Statement] = []
    for node in order:
        try:
            sql += render(node, here, there, decision)
        except CannotWriteError as error:
            declined[_root(node.id, differences, there)] = str(error)
    spread(declined, differences, needs, needs_then)
    partly.update(dict.fromkeys(_misplaced(decision.created, World(wanted)), _AT_THE_END))
    partly.update(dict.fromkeys(_identified_by_nothing(differences), _NO_INDEX))
    return touch_up(sql)


def _without_position(difference: Difference) -> Difference | None:
    """What there is to do but for moving a column; None where that is all."""
    if difference.change is not Change.ALTERED:
        return difference
    facets = tuple(facet for facet in difference.facets if facet != POSITION)
    return replace(difference, facets=facets) if facets else None


def _identified_by_nothing(differences: Iterable[Difference]) -> Iterator[ObjectId]:
    """Tables whose replica identity is an index that was dropped since."""
    for difference in differences:
        was, now = ((facets or {}) for facets in (difference.before, difference.after))
        state = was.get("replica_identity")
        if now.get("replica_identity") == "index " and not str(state).startswith("index "):
            yield difference.id


def _misplaced(created: set[ObjectId], wanted: World) -> Iterator[ObjectId]:
    """Columns that belong between others, but can only be added after those."""
    for id in created:
        item = wanted.item(id)
        if id.kind is not Kind.COLUMN or item is None or item.parent in created:
            continue
        place = int(item.facets["position"] or 0)
        others = wanted.columns(item.parent) if item.parent else []
        if any(int(o.facets["position"] or 0) > place and o.id not in created for o in others):
            yield id


def _nodes(decision: Decision, needs: Needs) -> tuple[frozenset[Node], dict[ObjectId, ObjectId]]:
    """What is to be done, and what goes with another object -> that one."""
    nodes: set[Node] = set()
    goes_with = dropped_with(decision.dropped, needs)
    nodes.update(Node(Phase.DROP, id) for id in decision.dropped - goes_with.keys())
    for id in decision.created | decision.altered.keys():
        phase = Phase.CREATE if id in decision.created else Phase.ALTER
        nodes |= {Node(phase, id), Node(Phase.FINISH, id)}
        if id.kind is not Kind.DEFAULT_PRIVILEGES:
            nodes.add(Node(Phase.GRANT, id))
        if id in decision.altered and "partition_of" in decision.altered[id][1]:
            nodes.add(Node(Phase.RELEASE, id))
    for id in decision.released - decision.dropped:
        nodes |= {Node(Phase.RELEASE, id), Node(Phase.RESTORE, id)}
    kept = {id: whole for id, whole in goes_with.items() if id not in decision.created}
    return frozenset(nodes), kept


def _root(id: ObjectId, differences: list[Difference], world: World) -> ObjectId:
    """Whose change it is that failed: its own, or else the one that moved it."""
    known = {d.id for d in differences}
    while id not in known:
        parent = world.snapshot.parent(id)
        if parent is None:
            return next(iter(known))
        id = parent
    return id


def _alone(one: CatalogObject | None, both: list[CatalogObject]) -> Snapshot:
    kinds: dict[Kind, Rows] = {}
    for other in both:
        facets = tuple(other.facets)
        objects = {one.id.identity: tuple(one.facets[f] for f in facets)} if one else {}
        parents = {one.id.identity: one.parent} if one and one.parent else {}
        kinds[other.id.kind] = Rows(facets, objects, parents)
    return Snapshot(kinds, "", 180000)
