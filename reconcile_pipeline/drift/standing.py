"""Hazards of production as it stands, whoever made it: no drift, but worth a look.

The rules are those of `migrations/hazards`, asked of what the catalog holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from reconcile_pipeline.catalog.model import CatalogObject, Kind, ObjectId, Snapshot
from reconcile_pipeline.catalog.write.kinds.registry import WRITERS
from reconcile_pipeline.catalog.write.world import World
from reconcile_pipeline.drift import recursion
from reconcile_pipeline.migrations.hazards import judge
from reconcile_pipeline.migrations.model import Hazard, Severity

ACCESS, RECURSION = "loosens_access", recursion.RECURSION
NOT_VALIDATED, INVALID = "not_validated", "index_without_concurrently"

#: Whoever needs no invitation: everybody, and on Supabase those without and with a login.
_ANYBODY = {"public", "anon", "authenticated"}
_ROWS = {"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE"}
_OWN_METADATA = re.compile(r"raw_user_meta_data|user_metadata", re.IGNORECASE)


def standing(production: Snapshot) -> tuple[Hazard, ...]:
    """What is dangerous in production now, the worst first."""
    found = [
        *_tables(production),
        *_views(production),
        *_policies(production),
        *_routines(production),
        *_unfinished(production),
    ]
    order = list(Severity)
    return tuple(sorted(dict.fromkeys(found), key=lambda h: (order.index(h.severity), h.objects)))


def _all(production: Snapshot, *kinds: Kind) -> Iterator[CatalogObject]:
    for kind in kinds:
        rows = production.kinds.get(kind)
        for identity in rows.objects if rows else ():
            found = production.get(ObjectId(kind, identity))
            if found is not None:
                yield found


def _open_to(one: CatalogObject, privileges: Iterable[str] = _ROWS) -> dict[str, list[str]]:
    """Who of anybody may do what with its rows."""
    found: dict[str, list[str]] = {}
    for line in str(one.facets.get("acl") or "").splitlines():
        who, _, held = line.partition("=")
        may = [p.rstrip("*") for p in held.split(",")]
        if who in _ANYBODY and (mine := [p for p in may if p in privileges]):
            found[who] = mine
    return found


def _said(open_to: dict[str, list[str]]) -> str:
    return "; ".join(
        f"{'everyone' if who == 'public' else who} may {', '.join(may)}"
        for who, may in sorted(open_to.items())
    )


def _tables(production: Snapshot) -> Iterator[Hazard]:
    for table in _all(production, Kind.TABLE):
        open_to, name = _open_to(table), table.id.identity
        if open_to and not table.facets.get("rls"):
            writes = {p for may in open_to.values() for p in may} - {"SELECT"}
            severity = Severity.DANGER if writes else Severity.WARNING
            message = f"Row-level security of {name} is off, and {_said(open_to)}."
            yield Hazard(ACCESS, severity, message, (name,))
        elif truncates := _open_to(table, {"TRUNCATE"}):
            message = f"{_said(truncates)} {name}: row-level security has no say in that."
            yield Hazard(ACCESS, Severity.WARNING, message[0].upper() + message[1:], (name,))


def _views(production: Snapshot) -> Iterator[Hazard]:
    for view in _all(production, Kind.VIEW, Kind.MATERIALIZED_VIEW):
        options = str(view.facets.get("options") or "").lower()
        invoker = re.search(r"^security_invoker=(true|on|1|yes)$", options, re.MULTILINE)
        open_to, name = _open_to(view), view.id.identity
        if open_to and not invoker:
            message = (
                f"The {view.id.kind.value.replace('_', ' ')} {name} reads with its owner's rights, "
                f"past row-level security, and {_said(open_to)}."
            )
            yield Hazard(ACCESS, Severity.WARNING, message, (name,))


def _policies(production: Snapshot) -> Iterator[Hazard]:
    world = World(production)
    for policy in _all(production, Kind.POLICY):
        item = world.item(policy.id)
        assert item is not None
        for sql in WRITERS[Kind.POLICY].create(item):
            yield from (h for h in judge(sql) if h.rule == ACCESS)
    yield from recursion.recursing(production)


def _routines(production: Snapshot) -> Iterator[Hazard]:
    for routine in _all(production, Kind.FUNCTION, Kind.PROCEDURE):
        name = routine.id.identity
        config = str(routine.facets.get("config") or "")
        if routine.facets.get("security_definer") and "search_path=" not in config:
            message = (
                f"{name} runs with its owner's rights (SECURITY DEFINER) and without a fixed "
                "search_path: a caller can put objects of their own before those it means."
            )
            yield Hazard(ACCESS, Severity.WARNING, message, (name,))
        definition = str(routine.facets.get("definition") or "")
        if _OWN_METADATA.search(definition):
            yield from (h for h in judge(definition) if h.severity is Severity.DANGER)


def _unfinished(production: Snapshot) -> Iterator[Hazard]:
    for constraint in _all(production, Kind.CONSTRAINT):
        if constraint.facets.get("validated") is False:
            name = constraint.id.identity
            message = f"The constraint {name} was never validated: older rows may break it."
            yield Hazard(NOT_VALIDATED, Severity.NOTICE, message, (name,))
    for index in _all(production, Kind.INDEX):
        if index.facets.get("valid") is False:
            name = index.id.identity
            message = f"The index {name} is invalid: it costs each write and answers no query."
            yield Hazard(INVALID, Severity.WARNING, message, (name,))
