"""An order in which the server accepts it all."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Mapping, Set
from enum import IntEnum
from itertools import pairwise
from typing import NamedTuple

from reconcile_pipeline.catalog.model import Kind, ObjectId
from reconcile_pipeline.catalog.write.kinds.registry import WRITERS
from reconcile_pipeline.catalog.write.needs import Needs

_RANK = {kind: place for place, kind in enumerate(WRITERS)}


class Phase(IntEnum):
    """What is done with an object; the first comes first where nothing else decides it."""

    RELEASE = 0
    DROP = 1
    ALTER = 2
    CREATE = 3
    RESTORE = 4  # a default that was released
    FINISH = 5
    GRANT = 6


class Node(NamedTuple):
    """One thing to do."""

    phase: Phase
    id: ObjectId


Edges = set[tuple[Node, Node]]
Priority = tuple[int, int, str]

#: Kinds that change in place without anybody who needs them noticing.
_CALM = frozenset({
    Kind.ROLE, Kind.SCHEMA, Kind.TABLE, Kind.FOREIGN_TABLE, Kind.SEQUENCE, Kind.PUBLICATION,
})  # fmt: skip


def arrange(
    nodes: frozenset[Node], before: Needs, after: Needs, parts: Mapping[ObjectId, ObjectId]
) -> list[Node]:
    """All nodes in order. `before`: what objects need now; `after`: what they will need.

    `parts`: what goes with another object (a dropped table's columns) -> that one. What a routine's
    body seems to need gives way where it would make a circle.
    """
    hard: Edges = set()
    gentle: Edges = set()
    ids = {node.id for node in nodes}
    for id in ids | parts.keys():
        whole = parts.get(id, id)
        was, will = before.of(id), after.of(id)
        for other in was:
            _leave(nodes, whole, parts.get(other, other), other in will, hard)
        for other in will:
            _arrive(nodes, whole, parts.get(other, other), hard)
        for other in after.soft(id):
            _arrive(nodes, whole, parts.get(other, other), gentle)
        if (column := before.owner(id)) is not None:  # OWNED BY NONE, or it would go along
            for owner in (column, parts.get(column, column)):
                _add(nodes, Node(Phase.ALTER, id), Node(Phase.DROP, owner), hard)
    for id in ids:
        here = [Node(phase, id) for phase in Phase if Node(phase, id) in nodes]
        hard.update(pairwise(here))
    stages: dict[int, set[Node]] = defaultdict(set)
    for node in nodes:
        stages[_stage(node, nodes, before)].add(node)
    order: list[Node] = []
    for _, some in sorted(stages.items()):
        must, may = ({edge for edge in edges if some.issuperset(edge)} for edges in (hard, gentle))
        order += _sort(some, must, may, lambda node: _priority(node, after.world.sort_key))
    return order


def _stage(node: Node, nodes: frozenset[Node], before: Needs) -> int:
    """Partitions leave first; default privileges change when nothing is made any more, and event
    triggers, which would run at all this, come last."""
    phase, id = node
    if phase is Phase.RELEASE and id.kind is Kind.TABLE:
        return 0
    if id.kind is Kind.EVENT_TRIGGER and phase is not Phase.DROP:
        return 4
    if id.kind is Kind.DEFAULT_PRIVILEGES:
        schema = before.world.snapshot.parent(id)
        return 1 if schema and Node(Phase.DROP, schema) in nodes else 3
    return {Phase.FINISH: 2, Phase.GRANT: 3}.get(phase, 1)


def _leave(
    nodes: frozenset[Node],
    id: ObjectId,
    other: ObjectId,
    still: bool,
    edges: Edges,
) -> None:
    """Who needs something goes, or lets go, before that goes or moves."""
    moves = (Phase.DROP,) if other.kind in _CALM else (Phase.DROP, Phase.ALTER)
    leaves = (Phase.DROP, Phase.RELEASE) if still else (Phase.DROP, Phase.RELEASE, Phase.ALTER)
    for mine in leaves:
        for its in moves:
            _add(nodes, Node(mine, id), Node(its, other), edges)


def _arrive(nodes: frozenset[Node], id: ObjectId, other: ObjectId, edges: Edges) -> None:
    """What is needed is there, and as wanted, before who needs it comes."""
    for its in (Phase.CREATE,) if other.kind in _CALM else (Phase.ALTER, Phase.CREATE):
        for mine in (Phase.ALTER, Phase.CREATE, Phase.RESTORE):
            _add(nodes, Node(its, other), Node(mine, id), edges)
    _add(nodes, Node(Phase.GRANT, other), Node(Phase.GRANT, id), edges)


def _add(nodes: frozenset[Node], first: Node, second: Node, edges: Edges) -> None:
    if first.id != second.id and first in nodes and second in nodes:
        edges.add((first, second))


def _priority(node: Node, name: Callable[[ObjectId], str]) -> Priority:
    rank = _RANK[node.id.kind]
    early = node.phase in (Phase.RELEASE, Phase.DROP)
    late = max(node.phase, Phase.CREATE) if not early else node.phase
    if node.phase is Phase.ALTER:
        late = Phase.CREATE
    return (late, -rank if early else rank, name(node.id))


def _sort(
    nodes: Set[Node],
    hard: Edges,
    gentle: Edges,
    first_of: Callable[[Node], Priority],
) -> list[Node]:
    following: dict[Node, set[Node]] = defaultdict(set)
    waits: dict[Node, int] = dict.fromkeys(nodes, 0)
    for first, second in hard:
        following[first].add(second)
        waits[second] += 1
    yields: dict[Node, set[Node]] = defaultdict(set)
    for first, second in gentle - hard:
        yields[second].add(first)
    ready = [(first_of(n), n) for n in nodes if not waits[n]]
    heapq.heapify(ready)
    done: dict[Node, None] = {}
    put_off: list[Node] = []
    while len(done) < len(nodes):
        if ready:
            node = heapq.heappop(ready)[1]
            if node in done:
                continue
            if any(first not in done for first in yields[node]):
                put_off.append(node)
                continue
        elif put_off:
            node = min(put_off, key=first_of)  # a circle of bodies: the server need not check them
        else:  # a circle that the server would have refused too
            node = min((n for n in nodes if n not in done), key=lambda n: (waits[n], first_of(n)))
        done[node] = None
        put_off = [n for n in put_off if n is not node]
        for second in following[node]:
            waits[second] -= 1
            if not waits[second]:
                heapq.heappush(ready, (first_of(second), second))
        for waiting in [n for n in put_off if all(f in done for f in yields[n])]:
            put_off.remove(waiting)
            heapq.heappush(ready, (first_of(waiting), waiting))
    return list(done)
