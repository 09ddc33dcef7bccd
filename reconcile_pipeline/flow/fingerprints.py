"""Production's fingerprint, asked for again and again while a plan is carried out.

Each step asks before and after its statements, while it holds its locks. The first time everything
is read; then only what was written since, which gives the same in a fraction of the time. Each
part of an apply begins with a whole read, and so does the verification at its end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from reconcile_pipeline.catalog.degrade import check_unlocked
from reconcile_pipeline.catalog.fingerprint import without
from reconcile_pipeline.catalog.ignored import NOTHING, Ignored
from reconcile_pipeline.catalog.incremental import Tracked, refresh, track
from reconcile_pipeline.catalog.model import Kind, ObjectId
from reconcile_pipeline.drift.production import combined_fingerprint
from reconcile_pipeline.history.detect import by_name, detect


@dataclass(slots=True)
class Fingerprints:
    """Of one database. `history`: the tool as in reconcile.toml; `ignored`: what does not count.
    Connections may change.
    """

    history: str
    ignored: Ignored = NOTHING
    _last: Tracked | None = None

    def now(self, connection: Connection[Any]) -> str:
        """As `identity.fingerprint_of`, in the caller's transaction. Only reads."""
        return self.without_index(connection, "")

    def without_index(self, connection: Connection[Any], index: str) -> str:
        """The same as if the index of this name (`schema.index`) were not there."""
        tool = detect(connection) if self.history == "auto" else by_name(self.history)
        state = tool.read(connection)
        found = track(connection) if self._last is None else refresh(connection, self._last)
        check_unlocked(found.snapshot)
        if found.versions.since is not None:  # else it shows what may still be taken back
            self._last = found
        snapshot = self.ignored.without(found.snapshot)
        return combined_fingerprint(without(snapshot, ObjectId(Kind.INDEX, index)), state)
