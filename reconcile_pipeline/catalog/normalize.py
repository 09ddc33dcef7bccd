"""Take out of a snapshot what says nothing when an older server is on the other side."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from reconcile_pipeline.catalog.model import Kind, Rows, Scalar, Snapshot

#: Server version that brought the privilege MAINTAIN; GRANT ALL means it since then.
MAINTAIN_SINCE: Final = 170000

_GRANTED_ON: Final = (
    Kind.TABLE, Kind.VIEW, Kind.MATERIALIZED_VIEW, Kind.FOREIGN_TABLE, Kind.DEFAULT_PRIVILEGES,
)  # fmt: skip
_ALONE = re.compile(r"^.*=MAINTAIN\*?$\n?", re.MULTILINE)
_AMONG = re.compile(r"(?<==)MAINTAIN\*?,|,MAINTAIN\*?")


def without_maintain(snapshot: Snapshot) -> Snapshot:
    """The snapshot without the privilege MAINTAIN, to be compared with a server older than 17.

    For a clone too: an older production restored into a server of 17 or later gets it by GRANT ALL
    and by the built-in privileges.
    """
    kinds = dict(snapshot.kinds)
    for kind in _GRANTED_ON:
        if kind in kinds:
            kinds[kind] = _without(kinds[kind])
    return replace(snapshot, kinds=kinds)


def knows_maintain(*versions: int) -> bool:
    """Whether all servers of these versions (`server_version_num`) know the privilege."""
    return all(version >= MAINTAIN_SINCE for version in versions)


def _without(rows: Rows) -> Rows:
    if "acl" not in rows.facets:
        return rows
    place = rows.facets.index("acl")
    return replace(
        rows,
        objects={
            identity: (*values[:place], _privileges(values[place]), *values[place + 1 :])
            for identity, values in rows.objects.items()
        },
    )


def _privileges(acl: Scalar) -> Scalar:
    if not isinstance(acl, str) or "MAINTAIN" not in acl:
        return acl
    return _AMONG.sub("", _ALONE.sub("", acl)).rstrip("\n")
