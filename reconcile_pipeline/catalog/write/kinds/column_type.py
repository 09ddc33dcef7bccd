"""ALTER COLUMN … TYPE, with the conversion that keeps the values."""

from __future__ import annotations

import re
from itertools import pairwise

from reconcile_pipeline.catalog.model import Kind
from reconcile_pipeline.catalog.write.model import CannotWriteError
from reconcile_pipeline.catalog.write.world import Item, World

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
    if any({old, new} <= family for family in _FAMILIES):
        return f"{text} USING {now.name}::{kind}"
    return f"{text} USING {now.name}{_by_text(old, new, now.world)}::{kind}"


def _by_text(old: str, new: str, world: World) -> str:
    """The way from type to type that reads the values as they are written.

    A cast that somebody made could turn them into anything; the way leads around it.
    """
    casts = _casts(world) | (_casts(world.base) if world.base else set())
    for middle in ("", "text", "character varying"):
        chain = [old, middle, new] if middle else [old, new]
        written = middle or {old, new} & _STRINGS
        if written and not any(f"{a} AS {b}" in casts for a, b in pairwise(chain)):
            return f"::{middle}" if middle else ""
    raise CannotWriteError("Casts that somebody made decide what becomes of the values.")


def _casts(world: World) -> set[str]:
    rows = world.snapshot.kinds.get(Kind.CAST)
    return set(rows.objects) if rows else set()
