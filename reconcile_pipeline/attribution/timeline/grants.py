"""What a statement grants and takes, by grantee and privilege: many of them write one access list,
and what somebody did to one grantee's privileges says nothing of another's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconcile_pipeline.attribution.timeline.effects import Facets
from reconcile_pipeline.attribution.timeline.timeline import Position, Timeline
from reconcile_pipeline.catalog.model import Change, Difference, ObjectId

Privileges = frozenset[tuple[str, str]]  # (grantee, privilege)


@dataclass(frozen=True, slots=True)
class Grants:
    """The privileges that a statement gives and takes away."""

    given: Privileges
    taken: Privileges

    def __bool__(self) -> bool:
        return bool(self.given or self.taken)

    def undone(self, now: Privileges) -> bool:
        """Whether none of it is so."""
        return self.given.isdisjoint(now) and self.taken <= now

    def without(self, later: Grants) -> Grants:
        """What of it a later statement does not say again, or otherwise."""
        said = later.given | later.taken
        return Grants(self.given - said, self.taken - said)


NOTHING = Grants(frozenset(), frozenset())


def of(effect: Difference) -> Grants:
    """What it does to the privileges on an object that is there."""
    if effect.change is not Change.ALTERED or "acl" not in effect.facets:
        return NOTHING
    was, now = privileges(effect.before or {}), privileges(effect.after or {})
    return Grants(now - was, was - now)


def privileges(facets: Facets) -> Privileges:
    """Who holds what on an object, by its access list's lines `grantee=PRIVILEGE,PRIVILEGE*`."""
    found = set()
    for line in str(facets.get("acl") or "").splitlines():
        grantee, _, held = line.rpartition("=")
        found |= {(grantee, privilege) for privilege in held.split(",") if held}
    return frozenset(found)


def grants_undone(
    timeline: Timeline, id: ObjectId, ran: Mapping[Position, bool], actual: Facets
) -> bool:
    """Whether all that some statement which ran granted or took, and no later one does, is as it
    was before: nobody undoes just that by hand as readily as the statement never ran."""
    now, later = privileges(actual), NOTHING
    for position, effect in reversed(timeline.by_object.get(id, ())):
        if not ran[position]:
            continue
        if effect.change is not Change.ALTERED:
            return False  # what was granted before that went with what was there
        own = of(effect)
        if (left := own.without(later)) and left.undone(now):
            return True
        later = Grants(later.given | own.given, later.taken | own.taken)
    return False
