"""Which things go in circles."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping
from typing import TypeVar

Node = TypeVar("Node", bound=Hashable)


def circles(graph: Mapping[Node, Collection[Node]]) -> dict[Node, int]:
    """Node -> number of its circle: two nodes share it when each is reached from the other.

    Tarjan's algorithm, with a stack of its own since chains of tables can be long.
    """
    index: dict[Node, int] = {}
    low: dict[Node, int] = {}
    found: dict[Node, int] = {}
    open_: list[Node] = []
    for root in graph:
        if root in index:
            continue
        work: list[tuple[Node, Iterator[Node]]] = [(root, iter(graph[root]))]
        index[root] = low[root] = len(index)
        open_.append(root)
        while work:
            node, following = work[-1]
            for other in following:
                if other not in graph:
                    continue
                if other not in index:
                    index[other] = low[other] = len(index)
                    open_.append(other)
                    work.append((other, iter(graph[other])))
                    break
                if other not in found:
                    low[node] = min(low[node], index[other])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    while True:
                        member = open_.pop()
                        found[member] = index[node]
                        if member == node:
                            break
    return found
