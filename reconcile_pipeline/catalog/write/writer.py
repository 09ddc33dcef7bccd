"""What each object kind's module says about its kind."""

from __future__ import annotations

from reconcile_pipeline.catalog.write.model import Alteration
from reconcile_pipeline.catalog.write.world import Item


class Writer:
    """SQL for one kind. Owner, comment and privileges are written by others for all kinds alike."""

    def target(self, item: Item) -> str:
        """The object as COMMENT ON, DROP and ALTER … OWNER TO name it, e.g. `TABLE app.client`."""
        raise NotImplementedError

    def create(self, item: Item) -> list[str]:
        """Make it. What it needs is there."""
        raise NotImplementedError

    def drop(self, item: Item) -> list[str]:
        """Remove it. What depends on it is gone; never CASCADE."""
        return [f"DROP {self.target(item)}"]

    def alter(self, was: Item, now: Item, facets: frozenset[str]) -> Alteration | None:
        """Change these facets in place. None: it has to be dropped and made again.

        Raises CannotWriteError where neither leads there.
        """
        return None

    def again(self, item: Item) -> list[str]:
        """What the server forgets when it rebuilds the object because a column's type changes."""
        return []

    def finish(self, was: Item | None, now: Item, facets: frozenset[str]) -> list[str]:
        """What can be said only once everything else is there."""
        return []
