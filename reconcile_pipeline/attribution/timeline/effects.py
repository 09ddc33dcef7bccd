"""What one effect of a statement is by itself: whether production can tell it, what it makes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconcile_pipeline.catalog.model import Change, Difference, Kind, Scalar

Facets = Mapping[str, Scalar]

#: Facets that say nothing of whether a statement ran: they follow from others or from order.
IGNORED = frozenset({"position"})


def differing(expected: Facets, actual: Facets) -> tuple[str, ...]:
    """The names of the facets in which two shapes of an object differ."""
    if expected == actual:
        return ()
    return tuple(
        name for name in expected if name not in IGNORED and expected[name] != actual.get(name)
    )


def is_object(effect: Difference) -> bool:
    """Whether it makes something that a person takes away, or switches off, by itself."""
    return effect.change is Change.CREATED or "rls" in effect.facets


def visible(effect: Difference) -> bool:
    """Whether production can tell it at all."""
    if effect.change is not Change.ALTERED or effect.before is None or effect.after is None:
        return True
    return bool(differing(effect.before, effect.after))


def protected_before(expected: Facets | None, actual: Facets | None, names: Iterable[str]) -> bool:
    """Whether all that differs is that row-level security is on: what a table of the base may have
    had from the beginning, though files switch it on too."""
    return (
        expected is not None
        and actual is not None
        and set(names) == {"rls"}
        and bool(actual.get("rls"))
    )


#: Facets that are changed for their own sake and do not make an object another one.
SOFT = frozenset({"acl", "owner", "comment", "statistics", "storage", "options", "enabled"})

#: Kinds that a later statement replaces whole: the earlier text is then superseded.
REPLACED_WHOLE = frozenset(
    {
        Kind.FUNCTION, Kind.PROCEDURE, Kind.AGGREGATE, Kind.VIEW, Kind.MATERIALIZED_VIEW,
        Kind.POLICY, Kind.TRIGGER, Kind.RULE, Kind.INDEX, Kind.CONSTRAINT, Kind.EVENT_TRIGGER,
        Kind.DATABASE_SETTING, Kind.ROLE_SETTING,
    }
)  # fmt: skip


def roots_of(effects: Iterable[Difference]) -> tuple[Difference, ...]:
    """The effects that do not just follow from their parent's creation or drop in the list."""
    listed = tuple(effects)
    whole = {e.id for e in listed if e.change is not Change.ALTERED}
    return tuple(e for e in listed if e.change is Change.ALTERED or e.parent not in whole)
