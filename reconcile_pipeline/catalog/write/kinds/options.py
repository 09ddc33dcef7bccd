"""Storage parameters: facets of lines `name=value`."""

from __future__ import annotations

from reconcile_pipeline.catalog.write.names import ident, literal
from reconcile_pipeline.catalog.write.world import Item


def pairs(item: Item, facet: str, prefix: str = "") -> list[str]:
    """`name='value'` each."""
    return [f"{prefix}{ident(k)}={literal(v)}" for k, v in _parse(item, facet).items()]


def clause(*options: str) -> str:
    """` WITH (…)`, or nothing."""
    return f" WITH ({', '.join(options)})" if options else ""


def change(start: str, was: Item, now: Item, facet: str, prefix: str = "") -> list[str]:
    """`start` SET (…) and RESET (…) that make one of the other. `start`: e.g. `ALTER TABLE t`."""
    old, new = _parse(was, facet), _parse(now, facet)
    sql = []
    if gone := [prefix + ident(name) for name in old if name not in new]:
        sql.append(f"{start} RESET ({', '.join(gone)})")
    if changed := [
        f"{prefix}{ident(name)}={literal(value)}"
        for name, value in new.items()
        if old.get(name) != value
    ]:
        sql.append(f"{start} SET ({', '.join(changed)})")
    return sql


def _parse(item: Item, facet: str) -> dict[str, str]:
    return {name: value for name, _, value in (x.partition("=") for x in item.lines(facet))}
