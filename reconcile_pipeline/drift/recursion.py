"""Policies that lead back to their own table, so that PostgreSQL refuses the queries under them.

A query's tables bring their policies along, and what those read in subqueries brings its own. The
server gives up where it comes to a table again whose policies hold a subquery: at once where a
policy reads its own table, and in a circle where those of two tables read each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pglast import ast

from reconcile_pipeline.catalog.model import CatalogObject, Kind, ObjectId, Snapshot
from reconcile_pipeline.migrations.hazards import self_recursive_policy
from reconcile_pipeline.migrations.model import Hazard, Severity
from reconcile_pipeline.migrations.tree import parse, relations, walk

RECURSION = self_recursive_policy.NAME
_EVERYBODY = "public"


@dataclass(frozen=True, slots=True)
class _Policy:
    """`reads`: tables with row-level security. `asks`: it holds a subquery. `selects`: it has a say
    in what is read. `writes`: in what is inserted, updated or deleted.
    """

    name: str
    table: str
    roles: frozenset[str]
    reads: frozenset[str]
    asks: bool
    selects: bool
    writes: bool


def recursing(production: Snapshot) -> Iterator[Hazard]:
    """One hazard for each circle, whose `objects` are its policies, the one that leads in first.

    Who is a member of which role is not asked, nor what a view reads.
    """
    policies = tuple(_policies(production))
    told: set[frozenset[str]] = set()
    for role in sorted({role for policy in policies for role in policy.roles}):
        mine = [p for p in policies if p.roles & {role, _EVERYBODY}]
        of: dict[str, list[_Policy]] = {}
        for policy in mine:
            if policy.selects:
                of.setdefault(policy.table, []).append(policy)
        for policy in mine:
            for circle in _circles(policy, of):
                names = frozenset(p.name for p in circle)
                if names not in told:
                    told.add(names)
                    yield Hazard(
                        RECURSION, Severity.DANGER, _said(circle), tuple(p.name for p in circle)
                    )


def _policies(production: Snapshot) -> Iterator[_Policy]:
    rows = production.kinds.get(Kind.POLICY)
    found = [production.get(ObjectId(Kind.POLICY, name)) for name in (rows.objects if rows else ())]
    there = [policy for policy in found if policy is not None and policy.parent is not None]
    bound = {p.parent.identity for p in there if p.parent and _is_bound(production, p.parent)}
    for policy in there:
        assert policy.parent is not None
        if policy.parent.identity in bound:
            yield _policy(policy, policy.parent.identity, bound)


def _is_bound(production: Snapshot, table: ObjectId) -> bool:
    """Whether row-level security is on, as it is for the platform's tables, of which no more is
    read.
    """
    found = production.get(table)
    return found is None or bool(found.facets.get("rls"))


def _policy(policy: CatalogObject, table: str, bound: Iterable[str]) -> _Policy:
    facets = policy.facets
    command = facets["command"]
    texts = [str(facets[part]) for part in ("using", "check") if facets[part]]
    asking = [
        node
        for text in texts
        if "SELECT" in text
        for node in walk(parse(f"SELECT {text}"))
        if isinstance(node, ast.SubLink)
    ]
    return _Policy(
        policy.id.identity,
        table,
        frozenset(str(facets["roles"]).splitlines()),
        frozenset(bound) & relations(tuple(asking)),
        bool(asking),
        command in ("SELECT", "ALL"),
        command != "SELECT",
    )


def _circles(first: _Policy, of: Mapping[str, list[_Policy]]) -> Iterator[tuple[_Policy, ...]]:
    """The shortest circle from this policy through each table that it reads back to its own."""
    for begin in sorted(first.reads):
        way = _way(begin, first.table, of)
        if way is None:
            continue
        if first.selects:
            yield (first, *way)
        elif closing := next((p for p in of.get(first.table, ()) if p.asks), None):
            yield (first, *way, closing)


def _way(begin: str, end: str, of: Mapping[str, list[_Policy]]) -> tuple[_Policy, ...] | None:
    """The policies by which reading one table reads the other; None where it does not."""
    ways: dict[str, tuple[_Policy, ...]] = {begin: ()}
    queue = [begin]
    for table in queue:
        if table == end:
            return ways[table]
        for policy in of.get(table, ()):
            for further in sorted(policy.reads - ways.keys()):
                ways[further] = (*ways[table], policy)
                queue.append(further)
    return None


def _said(circle: tuple[_Policy, ...]) -> str:
    first, *others = circle
    name = first.name.removeprefix(f"{first.table}.")
    refused = "queries fail with “infinite recursion detected in policy”."
    if not others or {p.table for p in others} == {first.table}:
        return f"The policy {name} reads {first.table}, its own table: {refused}"
    through = [p for p in others if p.table != first.table]
    way = "; ".join(f"{p.name.removeprefix(f'{p.table}.')} of {p.table}" for p in through)
    return (
        f"The policy {name} of {first.table} reads {through[0].table}, whose policies lead back to "
        f"it ({way}): {refused}"
    )
