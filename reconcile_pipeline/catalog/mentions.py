"""Which names an object's definition speaks of, so that a dependency can be told from facets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from reconcile_pipeline.catalog.model import Kind, Scalar

_PART = r'(?:"(?:[^"]|"")+"|[^\W\d][\w$]*)'
_NAME = re.compile(rf"{_PART}(?:\.{_PART})*")
_PARTS = re.compile(_PART)
_LABEL = re.compile(rf" AS {_PART}(?=[,\s])")
_CAST = re.compile(
    rf"::{_PART}(?:\.{_PART})?"
    r"(?: varying| precision)?(?:\(\d+(?:,\d+)?\))?(?: with(?:out)? time zone)?(?:\[\])*"
)

#: Facets whose text the server itself depends on. The body of a function is mere text to it.
_FACETS: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.AGGREGATE: ("arguments", "returns", "sfunc", "stype", "finalfunc", "combinefunc"),
    Kind.CAST: ("function",),
    Kind.COLUMN: ("type", "default"),
    Kind.COMPOSITE_TYPE: ("attributes",),
    Kind.CONSTRAINT: ("definition",),
    Kind.DOMAIN: ("base_type", "default", "constraints"),
    Kind.EVENT_TRIGGER: ("function",),
    Kind.FOREIGN_DATA_WRAPPER: ("handler", "validator"),
    Kind.FUNCTION: ("arguments", "returns"),
    Kind.INDEX: ("definition",),
    Kind.MATERIALIZED_VIEW: ("definition",),
    Kind.OPERATOR: ("function", "result"),
    Kind.OPERATOR_CLASS: ("type", "operators", "functions"),
    Kind.POLICY: ("using", "check"),
    Kind.PROCEDURE: ("arguments",),
    Kind.PUBLICATION_TABLE: ("row_filter", "columns", "table"),
    Kind.RANGE_TYPE: ("subtype", "canonical", "subtype_diff"),
    Kind.RULE: ("definition",),
    Kind.STATISTICS: ("definition",),
    Kind.TABLE: ("of_type", "partition_of", "inherits"),
    Kind.TRIGGER: ("definition", "function"),
    Kind.VIEW: ("definition",),
}


def text(kind: Kind, facets: Mapping[str, Scalar]) -> str:
    """The part of a definition that the server tracks dependencies of."""
    names = _FACETS.get(kind, ())
    if kind in (Kind.FUNCTION, Kind.PROCEDURE) and _has_sql_body(facets):
        names = (*names, "body")
    return "\n".join(str(facets[name]) for name in names if facets.get(name) is not None)


def _has_sql_body(facets: Mapping[str, Scalar]) -> bool:
    """True for a body that is parsed when the function is made (BEGIN ATOMIC, RETURN)."""
    body = str(facets.get("body") or "")
    return facets.get("language") == "sql" and body.startswith(("BEGIN ATOMIC", "RETURN "))


def names(text: str) -> frozenset[str]:
    """Every name in an SQL text, unquoted, and every beginning of a qualified one (`a`, `a.b`)."""
    found: set[str] = set()
    for name in _NAME.findall(text):
        parts = [_raw(part) for part in _PARTS.findall(name)]
        found.update(".".join(parts[: i + 1]) for i in range(len(parts)))
        found.add(parts[-1])
    return frozenset(found)


def replaced(old: str, new: str) -> list[tuple[frozenset[str], frozenset[str]]] | None:
    """What each differing name of a text became: its forms before and after (see `names`).

    None where the texts differ by more than names. A view shows a renamed column as `new AS old`,
    so labels do not count.
    """
    old, new = _LABEL.sub("", old), _LABEL.sub("", new)
    if _NAME.sub("", old) != _NAME.sub("", new):
        return None
    pairs = zip(_NAME.findall(old), _NAME.findall(new), strict=True)
    return [(names(was), names(now)) for was, now in pairs if was != now]


def without_casts(text: str) -> str:
    """A definition without casts and parentheses, which follow a column's type about."""
    return re.sub(r"[()\s]+", " ", _CAST.sub("", text)).strip()


def without_types(columns: str) -> str:
    """The names of a list of columns, one a line with its type."""
    return "\n".join(line.split(" ")[0] for line in columns.split("\n"))


def _raw(part: str) -> str:
    return part[1:-1].replace('""', '"') if part.startswith('"') else part
