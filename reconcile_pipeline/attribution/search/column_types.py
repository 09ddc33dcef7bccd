"""What a column's type tells: in place, people give it another size, seldom another family.

A `bigint` that should be `varchar` was mostly added so, by hand, and not made that of the other.
"""

from __future__ import annotations

from reconcile_pipeline.attribution.timeline.effects import Facets
from reconcile_pipeline.catalog.model import Kind, ObjectId

ANOTHER_FAMILY = 0.5  # changed by hand into a type that has nothing to do with the former one

_FAMILIES = {
    "number": ("smallint", "integer", "bigint", "numeric", "real", "double precision"),
    "text": ("text", "character varying", "character"),
    "time": ("date", "timestamp", "time"),
    "json": ("json", "jsonb"),
    "boolean": ("boolean",),
    "bytes": ("bytea",),
}
_FAMILY_OF = {name: family for family, names in _FAMILIES.items() for name in names}


def family_cost(id: ObjectId, expected: Facets, actual: Facets) -> float:
    """What a column's other type costs beyond its being changed by hand; 0 for other kinds. Of
    types that are no server's own, an enum's, nothing is told: people make text of them."""
    if id.kind is not Kind.COLUMN:
        return 0.0
    was, now = _family(expected), _family(actual)
    return ANOTHER_FAMILY if was and now and was != now else 0.0


def _family(facets: Facets) -> str:
    name = str(facets.get("type"))
    base = name.removesuffix("[]").partition("(")[0]
    family = _FAMILY_OF.get(base) or _FAMILY_OF.get(base.partition(" ")[0], "")
    return f"{family}[]" if family and name.endswith("[]") else family
