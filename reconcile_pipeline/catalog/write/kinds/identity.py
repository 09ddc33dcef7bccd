"""Identity columns and the sequences that come with them."""

from __future__ import annotations

from reconcile_pipeline.catalog.write.kinds.sequence import parameters
from reconcile_pipeline.catalog.write.names import ident
from reconcile_pipeline.catalog.write.world import Item

_WORDS = {
    "start": "START WITH", "increment": "INCREMENT BY", "min": "MINVALUE", "max": "MAXVALUE",
    "cache": "CACHE",
}  # fmt: skip


def generated_as(item: Item) -> str:
    """`GENERATED … AS IDENTITY (…)`."""
    values = _values(item)
    inside = parameters(values).strip()
    relation, column = item.parts[-2:]
    if _sequence_name(item) != f"{relation}_{column}_seq":
        name = ident(item.parts[0], _sequence_name(item))
        inside = f"SEQUENCE NAME {name} {inside}".strip()
    clause = f" ({inside})" if inside else ""
    return f"GENERATED {item.text('identity_kind').upper()} AS IDENTITY{clause}"


def change(start: str, was: Item, now: Item) -> list[str]:
    """From one to the other. `start`: `ALTER TABLE t ALTER COLUMN c`.

    A partition's identity is its parent's and has no sequence: it comes and goes with attaching.
    """
    if not now.text("identity_sequence"):
        return [f"{start} DROP IDENTITY"] if was.text("identity_sequence") else []
    if not was.text("identity_sequence"):
        return [f"{start} ADD {generated_as(now)}"]
    sql = []
    if was.text("identity_kind") != now.text("identity_kind"):
        sql.append(f"{start} SET GENERATED {now.text('identity_kind').upper()}")
    old, new = _values(was), _values(now)
    changes = [f"SET {w} {new[name]}" for name, w in _WORDS.items() if old[name] != new[name]]
    if old["cycle"] != new["cycle"]:
        changes.append("SET CYCLE" if new["cycle"] == "true" else "SET NO CYCLE")
    if changes:
        sql.append(f"{start} {' '.join(changes)}")
    before, after = _sequence_name(was), _sequence_name(now)
    if before != after:
        sql.append(f"ALTER SEQUENCE {ident(now.parts[0], before)} RENAME TO {ident(after)}")
    return sql


def _values(item: Item) -> dict[str, str]:
    return dict(line.split("=", 1) for line in item.lines("identity_sequence"))


def _sequence_name(item: Item) -> str:
    return _values(item)["name"][len(item.parts[0]) + 1 :]
