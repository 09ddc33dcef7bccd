"""Questions that tell whether objects are exactly as a snapshot shows them.

Each asks the catalog with the reader's own SQL, so that nothing that the reader sees can differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconcile_pipeline.catalog import template
from reconcile_pipeline.catalog.compare import POSITION
from reconcile_pipeline.catalog.model import Change, Difference, Scalar
from reconcile_pipeline.catalog.normalize import knows_maintain
from reconcile_pipeline.catalog.platform import MANAGED_SCHEMAS
from reconcile_pipeline.catalog.session import SETTINGS
from reconcile_pipeline.catalog.template import quoted
from reconcile_pipeline.plan.model import Condition

_PRIVILEGES = frozenset({"acl", "identity_acl"})  # the reader makes lines of them afterwards
_SORTED = "(SELECT string_agg(l, E'\\n' ORDER BY l COLLATE \"C\") FROM {lines} l)"


def are_as_before(differences: Iterable[Difference], major: int, *, exact: bool) -> Condition:
    """True while each object that differs is as it was before."""
    return _condition(
        [(_words(d, then=False), _question(d, d.before, major, exact=exact)) for d in differences]
    )


def are_as_wanted(differences: Iterable[Difference], major: int, *, exact: bool) -> Condition:
    """True once each object that differs is as it is to be.

    `major`: of the server that is asked. Not `exact`: texts that another server has printed are
    left out, since servers of different versions print differently.
    """
    return _condition(
        [(_words(d, then=True), _question(d, d.after, major, exact=exact)) for d in differences]
    )


def askable(difference: Difference, *, exact: bool) -> bool:
    """Whether a question can tell an altered object from what it was. Where it is the text of
    another server that differs, none can: both states would pass.
    """
    if exact or difference.change is not Change.ALTERED:
        return True
    wanted = difference.after or {}
    return any(
        name in _PRIVILEGES or not isinstance(wanted.get(name), str)
        for name in difference.facets
        if name != POSITION
    )


def _words(difference: Difference, *, then: bool) -> str:
    gone = Change.DROPPED if then else Change.CREATED
    if difference.change is Change.ALTERED:
        return f"{difference.id} is as {'the files say' if then else 'planned from'}"
    return f"{difference.id} is {'gone' if difference.change is gone else 'there'}"


def _question(
    difference: Difference, wanted: Mapping[str, Scalar] | None, major: int, *, exact: bool
) -> str:
    query = template.render(difference.id.kind, major, MANAGED_SCHEMAS)
    found = f"FROM ({query}) t WHERE t.identity = {quoted(difference.id.identity)}"
    if wanted is None:
        return f"NOT EXISTS (SELECT {found})"
    facets = difference.facets if difference.change is Change.ALTERED else ()
    for facet in facets:
        if facet != POSITION and (asked := _facet(facet, wanted.get(facet), major, exact=exact)):
            found += f" AND {asked}"
    return f"EXISTS (SELECT {found})"


def _facet(name: str, value: Scalar, major: int, *, exact: bool) -> str:
    column = 't."' + name.replace('"', '""') + '"'
    if value is None:
        # An empty list reads as nothing, too.
        return f"({column} IS NULL OR pg_catalog.to_jsonb({column}) = '[]'::jsonb)"
    if isinstance(value, bool):
        return f"({column})::text = '{str(value).lower()}'"
    if isinstance(value, int):
        return f"({column})::text = '{value}'"
    if name in _PRIVILEGES:
        # The twin may be of a version that knows more privileges than production.
        lines = template.privilege_lines(column, maintain=knows_maintain(major * 10000))
        return f"{lines} = {quoted(_in_order(value))}"
    if not exact:
        return ""
    as_json = f"pg_catalog.to_jsonb({column})"
    listed = _SORTED.replace("{lines}", f"pg_catalog.jsonb_array_elements_text({as_json})")
    return (
        f"(CASE pg_catalog.jsonb_typeof({as_json}) WHEN 'array' THEN {listed} = "
        f"{quoted(_in_order(value))} ELSE {as_json} #>> '{{}}' = {quoted(value)} END)"
    )


def _in_order(lines: str) -> str:
    return "\n".join(sorted(lines.split("\n")))


def _condition(found: list[tuple[str, str]]) -> Condition:
    more = f" (and {len(found) - 3} more)" if len(found) > 3 else ""
    settings = SETTINGS.removeprefix("SELECT ")
    asked = "\n  AND ".join(question for _, question in found) or "true"
    return Condition(
        "; ".join(text for text, _ in found[:3]) + more,
        # CASE asks in order: first the settings that decide how the server prints, then the rest.
        f"SELECT CASE WHEN ROW({settings}) IS NOT NULL THEN {asked} END",
    )
