"""Which objects are altered, which are made anew, and which cannot be helped."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from reconcile_pipeline.catalog.model import Change, Difference, Kind, ObjectId
from reconcile_pipeline.catalog.write.kinds.attached import Moves, moves_with_table
from reconcile_pipeline.catalog.write.kinds.column import release
from reconcile_pipeline.catalog.write.kinds.registry import WRITERS
from reconcile_pipeline.catalog.write.model import Alteration, CannotWriteError
from reconcile_pipeline.catalog.write.needs import Needs
from reconcile_pipeline.catalog.write.world import World

#: Facets that are written for all kinds alike.
COMMON = frozenset({"owner", "acl", "comment", "column_acl", "identity_acl"})
#: What the server wants out of the way while a column's type changes; the rest it moves along.
_HOLD_COLUMNS = frozenset({
    Kind.VIEW, Kind.MATERIALIZED_VIEW, Kind.RULE, Kind.POLICY, Kind.TRIGGER, Kind.COLUMN,
    Kind.PUBLICATION_TABLE, Kind.FUNCTION, Kind.PROCEDURE,
})  # fmt: skip
_CHEAP = frozenset({Kind.VIEW, Kind.POLICY})
_RELATIONS = frozenset({Kind.TABLE, Kind.VIEW, Kind.MATERIALIZED_VIEW, Kind.FOREIGN_TABLE})
_HOLD_ROWS = frozenset({Kind.TABLE, Kind.COLUMN, Kind.FOREIGN_TABLE, Kind.SEQUENCE})
_TYPES = frozenset({Kind.ENUM, Kind.DOMAIN, Kind.COMPOSITE_TYPE, Kind.RANGE_TYPE})


@dataclass(slots=True)
class Decision:
    """`altered`: object -> how, and which facets. `released`: columns that let go of a default."""

    dropped: set[ObjectId] = field(default_factory=set)
    created: set[ObjectId] = field(default_factory=set)
    altered: dict[ObjectId, tuple[Alteration, frozenset[str]]] = field(default_factory=dict)
    released: set[ObjectId] = field(default_factory=set)
    declined: dict[ObjectId, str] = field(default_factory=dict)


def decide(
    differences: Iterable[Difference], current: World, goal: World, needs: Needs, needs_then: Needs
) -> Decision:
    """`needs` are those of `current`, `needs_then` those of `goal`."""
    decision = Decision()
    queue: deque[tuple[ObjectId, str, ObjectId]] = deque()  # what moves, how, because of whom
    for difference in differences:
        id = difference.id
        if difference.change is Change.CREATED:
            if moves_with_table(id, goal, current) is Moves.NOT:
                decision.created.add(id)
        elif difference.change is Change.DROPPED:
            if (passes := moves_with_table(id, current, goal)) is Moves.ALONG:
                continue
            if passes is Moves.AND_STAYS:
                decision.declined[id] = "The table keeps it when it inherits the same again."
                continue
            decision.dropped.add(id)
        else:
            _alter(difference, current, goal, decision, queue)
    gone = frozenset(decision.dropped)
    moved_types = {moved for moved, how, _ in queue if how == "retyped"}
    for id, (_, facets) in tuple(decision.altered.items()):
        # CREATE OR REPLACE VIEW keeps the columns' types and collations, whatever the new query is.
        retyped = (
            id.kind is Kind.VIEW and "definition" in facets and needs_then.of(id) & moved_types
        )
        # Two relations may need one name: who let go of the old only once the new one is there
        # would keep both.
        held = id.kind in _CHEAP and any(o.kind in _RELATIONS for o in needs.of(id) & gone)
        if retyped or held:
            _make_anew(id, current, goal, decision)
            queue.append((id, "anew", id))
    blamed: dict[ObjectId, str] = {}
    seen: set[tuple[ObjectId, str]] = set()
    while queue:
        moved, how, because = queue.popleft()
        if (moved, how) in seen:
            continue
        seen.add((moved, how))
        for dependent in needs.dependents(moved):
            reason = _step_aside(dependent, moved, how, current, goal, decision)
            if reason:
                blamed.setdefault(because, reason)
            elif dependent in decision.dropped & decision.created:
                queue.append((dependent, "anew", because))
            elif how == "retyped" and dependent.kind is Kind.CONSTRAINT:
                queue.append((dependent, how, because))  # a view may lean on a primary key
    decision.declined |= blamed
    return decision


def _alter(
    difference: Difference,
    current: World,
    goal: World,
    decision: Decision,
    queue: deque[tuple[ObjectId, str, ObjectId]],
) -> None:
    id = difference.id
    was, now = current.item(id), goal.item(id)
    assert was is not None and now is not None
    facets = frozenset(difference.facets)
    alteration: Alteration | None = Alteration(())
    if own := facets if id.kind is Kind.DEFAULT_PRIVILEGES else facets - COMMON:
        try:
            alteration = WRITERS[id.kind].alter(was, now, own)
        except CannotWriteError as error:
            decision.declined[id] = str(error)
            return
    if alteration is None:
        _make_anew(id, current, goal, decision)
        queue.append((id, "anew", id))
        return
    decision.altered[id] = (alteration, facets)
    queue.extend((moved, "retyped", id) for moved in alteration.disturbs)
    queue.extend((moved, "replaced", id) for moved in alteration.replaces)


def _make_anew(id: ObjectId, current: World, goal: World, decision: Decision) -> None:
    decision.dropped.add(id)
    decision.created.add(id)
    decision.altered.pop(id, None)
    for part in current.descendants(id):
        decision.altered.pop(part, None)
    decision.created.update(goal.descendants(id))


def _step_aside(
    id: ObjectId, moved: ObjectId, how: str, current: World, goal: World, decision: Decision
) -> str:
    """Get a dependent out of the way, and back afterwards; or the reason why that cannot be."""
    if id in decision.dropped:
        return ""
    if goal.item(id) is None:
        return ""  # unchanged and yet to be gone: its own drop sees to it
    if how == "retyped" and moved.kind is Kind.COLUMN and id.kind not in _HOLD_COLUMNS:
        now = goal.item(id)
        if now is not None and id not in decision.altered and (sql := WRITERS[id.kind].again(now)):
            decision.altered[id] = (Alteration(tuple(sql)), frozenset())
        return ""
    if how == "replaced" and id.kind in (Kind.COLUMN, Kind.TABLE):
        return ""  # moved over by the type's own statements
    if id.kind is Kind.COLUMN:
        column = current.item(id)
        assert column is not None
        if how == "retyped" and not column.text("generated"):
            return ""
        if moved.kind in _TYPES:
            return f"{id} holds values of this type."
        if moved.kind is not Kind.COLUMN or column.text("generated"):
            try:
                release(column)
            except CannotWriteError as error:
                return str(error)
            decision.released.add(id)
        return ""
    if id.kind in _HOLD_ROWS:
        return "" if id.kind is not Kind.TABLE or moved.kind not in _TYPES else (
            f"{id} holds values of this type."
        )  # fmt: skip
    if current.item(id) is not None:
        _make_anew(id, current, goal, decision)
    return ""
