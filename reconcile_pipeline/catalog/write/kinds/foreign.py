"""Foreign data wrappers, servers, user mappings and foreign tables.

Their options may hold secrets and are read as hashes; what has any cannot be written from here.
"""

from __future__ import annotations

from reconcile_pipeline.catalog.model import Kind
from reconcile_pipeline.catalog.write.kinds.column import clause, extras
from reconcile_pipeline.catalog.write.model import Alteration, CannotWriteError
from reconcile_pipeline.catalog.write.names import ident, literal, role
from reconcile_pipeline.catalog.write.world import Item
from reconcile_pipeline.catalog.write.writer import Writer

_HASHED = "Its options may hold a secret and are read as hashes only."


class ForeignDataWrapper(Writer):
    """How SQL makes, changes and drops one of these."""

    def target(self, item: Item) -> str:
        return f"FOREIGN DATA WRAPPER {item.name}"

    def create(self, item: Item) -> list[str]:
        _refuse(item)
        parts = [f"CREATE {self.target(item)}"]
        parts += [f"{f.upper()} {item.text(f)}" for f in ("handler", "validator") if item.text(f)]
        return [" ".join(parts)]

    def alter(self, was: Item, now: Item, facets: frozenset[str]) -> Alteration | None:
        _no_options(facets)
        parts = [
            f"{f.upper()} {now.text(f)}" if now.text(f) else f"NO {f.upper()}"
            for f in ("handler", "validator")
            if f in facets
        ]
        return Alteration((f"ALTER {self.target(now)} {' '.join(parts)}",))


class ForeignServer(Writer):
    """How SQL makes, changes and drops one of these."""

    def target(self, item: Item) -> str:
        return f"SERVER {item.name}"

    def create(self, item: Item) -> list[str]:
        _refuse(item)
        parts = [f"CREATE SERVER {item.name}"]
        for facet in ("type", "version"):
            if item.text(facet):
                parts.append(f"{facet.upper()} {literal(item.text(facet))}")
        return [f"{' '.join(parts)} FOREIGN DATA WRAPPER {ident(item.text('wrapper'))}"]

    def alter(self, was: Item, now: Item, facets: frozenset[str]) -> Alteration | None:
        _no_options(facets)
        if facets == {"version"} and now.text("version"):
            version = literal(now.text("version"))
            return Alteration((f"ALTER SERVER {now.name} VERSION {version}",))
        return None


class UserMapping(Writer):
    """How SQL makes, changes and drops one of these."""

    def create(self, item: Item) -> list[str]:
        _refuse(item)
        return [f"CREATE {_mapping(item)}"]

    def drop(self, item: Item) -> list[str]:
        return [f"DROP {_mapping(item)}"]

    def alter(self, was: Item, now: Item, facets: frozenset[str]) -> Alteration | None:
        raise CannotWriteError(_HASHED)


class ForeignTable(Writer):
    """How SQL makes, changes and drops one of these."""

    def target(self, item: Item) -> str:
        return f"FOREIGN TABLE {item.qualified}"

    def create(self, item: Item) -> list[str]:
        _refuse(item)
        server = ident(item.text("server"))
        columns = item.world.columns(item.id)
        if item.text("partition_of"):
            parent = item.world.quoted(item.text("partition_of"))
            bound = item.text("partition_bound")
            text = f"CREATE {self.target(item)} PARTITION OF {parent} {bound}"
            return [f"{text} SERVER {server}"]
        own = [c for c in columns if not c.facets["inherited"]]
        lines = ",\n    ".join(map(clause, own))
        text = f"CREATE {self.target(item)} (\n    {lines}\n)"
        if item.text("inherits"):
            above = ", ".join(item.world.quoted(name) for name in item.lines("inherits"))
            text += f" INHERITS ({above})"
        return [f"{text} SERVER {server}", *(x for c in columns for x in extras(c))]

    def alter(self, was: Item, now: Item, facets: frozenset[str]) -> Alteration | None:
        _no_options(facets)
        return None  # it holds no rows here


def _mapping(item: Item) -> str:
    assert item.parent is not None and item.parent.kind is Kind.FOREIGN_SERVER
    server = item.parent.identity
    user = role(item.id.identity[len(server) + 1 :])
    return f"USER MAPPING FOR {user} SERVER {ident(server)}"


def _refuse(item: Item) -> None:
    if item.text("options"):
        raise CannotWriteError(_HASHED)


def _no_options(facets: frozenset[str]) -> None:
    if "options" in facets:
        raise CannotWriteError(_HASHED)
