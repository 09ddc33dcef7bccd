"""An order in which the server accepts it all."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Mapping
from enum import IntEnum
from itertools import pairwise
from typing import NamedTuple

from reconcile_pipeline.catalog.model import ObjectId
from reconcile_pipeline.catalog.write.kinds.registry import WRITERS

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


NeedsOf = Callable[[ObjectId], frozenset[ObjectId]]
Priority = tuple[int, int, str]


def arrange(
    nodes: frozenset[Node],
    before: NeedsOf,
    after: NeedsOf,
    soft: NeedsOf,
    parts: Mapping[ObjectId, ObjectId],
    name: Callable[[ObjectId], str],
) -> list[Node]:
    """All nodes in order. `before`: what an object needs now; `after`: what it will need.

    `soft` needs give way where they would make a circle. `parts`: what is written with another
    object (a new table's columns) -> that one. `name`: what to sort by among equals.
    """
    hard: set[tuple[Node, Node]] = set()
    gentle: set[tuple[Node, Node]] = set()
    ids = {node.id for node in nodes}
    for id in ids | parts.keys():
        whole = parts.get(id, id)
        was, will = before(id), after(id)
        for other in was:
            _leave(nodes, whole, parts.get(other, other), other in will, hard)
        for other in will:
            _arrive(nodes, whole, parts.get(other, other), hard)
        for other in soft(id):
            _arrive(nodes, whole, parts.get(other, other), gentle)
    for id in ids:
        here = [Node(phase, id) for phase in Phase if Node(phase, id) in nodes]
        hard.update(pairwise(here))
    return _sort(nodes, hard, gentle, lambda node: _priority(node, name))


def _leave(
    nodes: frozenset[Node],
    id: ObjectId,
    other: ObjectId,
    still: bool,
    edges: set[tuple[Node, Node]],
) -> None:
    """Who needs something goes, or lets go, before that goes or moves."""
    for mine in (Phase.DROP, Phase.RELEASE):
        for its in (Phase.DROP, Phase.ALTER):
            _add(nodes, Node(mine, id), Node(its, other), edges)
    if not still:
        for its in (Phase.DROP, Phase.ALTER):
            _add(nodes, Node(Phase.ALTER, id), Node(its, other), edges)


def _arrive(
    nodes: frozenset[Node], id: ObjectId, other: ObjectId, edges: set[tuple[Node, Node]]
) -> None:
    """What is needed is there, and as wanted, before who needs it comes."""
    for its in (Phase.ALTER, Phase.CREATE):
        for mine in (Phase.ALTER, Phase.CREATE, Phase.RESTORE):
            _add(nodes, Node(its, other), Node(mine, id), edges)
    _add(nodes, Node(Phase.GRANT, other), Node(Phase.GRANT, id), edges)


def _add(nodes: frozenset[Node], first: Node, second: Node, edges: set[tuple[Node, Node]]) -> None:
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
    nodes: frozenset[Node],
    hard: set[tuple[Node, Node]],
    gentle: set[tuple[Node, Node]],
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
