"""Settings of the database and of roles."""

from __future__ import annotations

from typing import Final

from reconcile_pipeline.catalog.write.model import Alteration, CannotWriteError
from reconcile_pipeline.catalog.write.names import ident, literal
from reconcile_pipeline.catalog.write.tokens import names
from reconcile_pipeline.catalog.write.world import Item
from reconcile_pipeline.catalog.write.writer import Writer

#: Settings whose value is a list of names, each quoted by itself. Source: GUC_LIST_QUOTE in
#: PostgreSQL's guc_parameters.
_LISTS: Final = frozenset({
    "search_path", "temp_tablespaces", "session_preload_libraries", "shared_preload_libraries",
    "local_preload_libraries", "unix_socket_directories", "synchronized_standby_slots",
})  # fmt: skip


class DatabaseSetting(Writer):
    """Written for whatever database it runs in: a replay's has another name."""

    def create(self, item: Item) -> list[str]:
        return [_here(f"SET {_name(item.id.identity)} TO {value(item.id.identity, item, 'value')}")]

    def drop(self, item: Item) -> list[str]:
        return [_here(f"RESET {_name(item.id.identity)}")]

    def alter(self, was: Item, now: Item, facets: frozenset[str]) -> Alteration | None:
        return Alteration(tuple(self.create(now)))


class RoleSetting(Writer):
    """How SQL makes, changes and drops them: settings of the database and of roles."""

    def create(self, item: Item) -> list[str]:
        return [x for facet in ("value", "database_value") for x in _set(item, facet)]

    def drop(self, item: Item) -> list[str]:
        role, name = _parts(item)
        sql = []
        if item.facets["value"] is not None:
            sql.append(f"ALTER ROLE {ident(role)} RESET {_name(name)}")
        if item.facets["database_value"] is not None:
            sql.append(_of_role_here(role, f"RESET {_name(name)}"))
        return sql

    def alter(self, was: Item, now: Item, facets: frozenset[str]) -> Alteration | None:
        role, name = _parts(now)
        sql = []
        for facet in sorted(facets):
            if now.facets[facet] is not None:
                sql += _set(now, facet)
            elif facet == "value":
                sql.append(f"ALTER ROLE {ident(role)} RESET {_name(name)}")
            else:
                sql.append(_of_role_here(role, f"RESET {_name(name)}"))
        return Alteration(tuple(sql))


def value(name: str, item: Item, facet: str) -> str:
    """The setting's value for SET … TO."""
    text = item.text(facet)
    if text.startswith("sha256:"):
        raise CannotWriteError("The value may be a secret and is read as a hash only.")
    if name.lower() in _LISTS:
        return ", ".join(literal(_raw(part)) for part in text.split(",")) or "''"
    return literal(text)


def _raw(part: str) -> str:
    found = names(part) if part.strip().startswith('"') else []
    return found[0] if found else part.strip()


def _set(item: Item, facet: str) -> list[str]:
    if item.facets[facet] is None:
        return []
    role, name = _parts(item)
    text = f"SET {_name(name)} TO {value(name, item, facet)}"
    if facet == "value":
        return [f"ALTER ROLE {ident(role)} {text}"]
    return [_of_role_here(role, text)]


def _parts(item: Item) -> tuple[str, str]:
    if item.parent is not None:
        role = item.parent.identity
        return role, item.id.identity[len(role) + 1 :]
    role, _, name = item.id.identity.partition(".")
    return role, name


def _name(setting: str) -> str:
    return ident(*setting.split("."))


def _here(what: str) -> str:
    text = f"ALTER DATABASE %I {what.replace('%', '%%')}"
    return f"DO $here$ BEGIN EXECUTE format({literal(text)}, current_database()); END $here$"


def _of_role_here(role: str, what: str) -> str:
    text = f"ALTER ROLE {ident(role)} IN DATABASE %I {what}".replace("%", "%%")
    text = text.replace("%%I", "%I", 1)
    return f"DO $here$ BEGIN EXECUTE format({literal(text)}, current_database()); END $here$"
