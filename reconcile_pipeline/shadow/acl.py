"""The privilege MAINTAIN, which PostgreSQL 17 brought: not every server can tell of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reconcile_pipeline.catalog.model import Kind, Rows, Scalar, Snapshot

#: GRANT ALL includes it since PostgreSQL 17; before, it says nothing.
_MAINTAIN = "MAINTAIN"
_MAINTAIN_SINCE = 17


def without_maintain(snapshot: Snapshot) -> Snapshot:
    """Access lists without MAINTAIN, for when one of the sides cannot know it."""
    kinds: dict[Kind, Rows] = {}
    for kind, rows in snapshot.kinds.items():
        places = [n for n, name in enumerate(rows.facets) if name == "acl"]
        if not places or not any(
            _MAINTAIN in str(values[n]) for values in rows.objects.values() for n in places
        ):
            kinds[kind] = rows
            continue
        objects: Mapping[str, tuple[Scalar, ...]] = {
            identity: tuple(
                _forget(value) if n in places else value for n, value in enumerate(values)
            )
            for identity, values in rows.objects.items()
        }
        kinds[kind] = replace(rows, objects=objects)
    return replace(snapshot, kinds=kinds)


def _forget(acl: Scalar) -> Scalar:
    if not isinstance(acl, str):
        return acl
    lines = []
    for line in acl.splitlines():
        grantee, _, privileges = line.rpartition("=")
        kept = [p for p in privileges.split(",") if p.rstrip("*") != _MAINTAIN]
        if kept:
            lines.append(f"{grantee}={','.join(kept)}")
    return "\n".join(lines)


def knows_maintain(*versions: int) -> bool:
    """Whether all these servers know the privilege."""
    return all(version // 10000 >= _MAINTAIN_SINCE for version in versions)
