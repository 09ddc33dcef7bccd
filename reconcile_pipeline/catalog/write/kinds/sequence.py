"""Sequences: their parameters, never their value."""

from __future__ import annotations

from collections.abc import Mapping

from reconcile_pipeline.catalog.model import Kind, ObjectId
from reconcile_pipeline.catalog.write.model import Alteration
from reconcile_pipeline.catalog.write.world import Item
from reconcile_pipeline.catalog.write.writer import Writer

_LIMITS = {"smallint": 2**15, "integer": 2**31, "bigint": 2**63}


class Sequence(Writer):
    """How SQL makes, changes and drops them: sequences: their parameters, never their value."""

    def target(self, item: Item) -> str:
        return f"SEQUENCE {item.qualified}"

    def create(self, item: Item) -> list[str]:
        unlogged = "UNLOGGED " if item.text("persistence") == "unlogged" else ""
        values = {name: item.text(name) for name in ("type", *_PARAMETERS)}
        values["cycle"] = "true" if item.facets["cycle"] else "false"
        kind = f" AS {values['type']}" if values["type"] != "bigint" else ""
        return [f"CREATE {unlogged}SEQUENCE {item.qualified}{kind}{parameters(values)}"]

    def alter(self, was: Item, now: Item, facets: frozenset[str]) -> Alteration | None:
        start = f"ALTER SEQUENCE {now.qualified}"
        sql = []
        if "owned_by" in facets and not now.text("owned_by"):
            sql.append(f"{start} OWNED BY NONE")
        changes = [f"AS {now.text('type')}"] if "type" in facets else []
        names = {**_PARAMETERS, "cycle": ""}
        for facet, words in names.items():
            # A new type moves the bounds along, so they are said again.
            if facet in facets or ("type" in facets and facet in ("min", "max")):
                if facet == "cycle":
                    changes.append("CYCLE" if now.facets["cycle"] else "NO CYCLE")
                else:
                    changes.append(f"{words} {now.text(facet)}")
        if changes:
            sql.append(f"{start} {' '.join(changes)}")
        if "persistence" in facets:
            logged = "UNLOGGED" if now.text("persistence") == "unlogged" else "LOGGED"
            sql.append(f"{start} SET {logged}")
        return Alteration(tuple(sql))

    def finish(self, was: Item | None, now: Item, facets: frozenset[str]) -> list[str]:
        if "owned_by" not in facets or not now.text("owned_by"):
            return []
        column = now.world.item(ObjectId(Kind.COLUMN, now.text("owned_by")))
        if column is None:
            return []
        return [f"ALTER SEQUENCE {now.qualified} OWNED BY {column.owner_relation}.{column.name}"]


_PARAMETERS = {
    "start": "START WITH", "increment": "INCREMENT BY", "min": "MINVALUE", "max": "MAXVALUE",
    "cache": "CACHE",
}  # fmt: skip


def parameters(values: Mapping[str, str]) -> str:
    """What differs from a sequence's own defaults, e.g. ` START WITH 1000 CYCLE`."""
    limit = _LIMITS.get(values["type"], 2**63)
    up = int(values["increment"]) > 0
    usual = {
        "increment": "1",
        "min": "1" if up else str(-limit),
        "max": str(limit - 1) if up else "-1",
        "cache": "1",
    }
    usual["start"] = values["min"] if up else values["max"]
    text = "".join(
        f" {words} {values[name]}"
        for name, words in _PARAMETERS.items()
        if values[name] != usual[name]
    )
    return text + (" CYCLE" if values["cycle"] == "true" else "")
