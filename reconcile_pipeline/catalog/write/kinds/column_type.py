"""ALTER COLUMN … TYPE, with the conversion that keeps the values."""

from __future__ import annotations

import re

from reconcile_pipeline.catalog.write.world import Item

#: Types among which the server's own casts keep the meaning; elsewhere the way leads through text.
_FAMILIES = (
    {"smallint", "integer", "bigint", "numeric", "real", "double precision", "boolean"},
    {"date", "timestamp without time zone", "timestamp with time zone"},
    {"json", "jsonb"},
)
_STRINGS = {"text", "character varying", "character", "name"}
_MODIFIER = re.compile(r"\(\d+(?:,-?\d+)?\)")


def change_type(start: str, was: Item, now: Item) -> str:
    """`start`: `ALTER TABLE t ALTER COLUMN c`."""
    kind = now.text("type")
    text = f"{start} TYPE {kind}"
    if now.text("collation"):
        text += f" COLLATE {now.text('collation')}"
    old, new = (_MODIFIER.sub("", item.text("type")) for item in (was, now))
    if old == new or was.text("generated") or (old in _STRINGS and new in _STRINGS):
        return text
    direct = any({old, new} <= family for family in _FAMILIES) or {old, new} & _STRINGS
    way = "" if direct else "::text"
    return f"{text} USING {now.name}{way}::{kind}"
