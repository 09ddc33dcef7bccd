"""Roles: attributes and memberships, never passwords."""

from __future__ import annotations

from reconcile_pipeline.catalog.write.model import Alteration
from reconcile_pipeline.catalog.write.names import ident, literal
from reconcile_pipeline.catalog.write.world import Item
from reconcile_pipeline.catalog.write.writer import Writer

_FLAGS = {
    "superuser": "SUPERUSER", "inherit": "INHERIT", "create_role": "CREATEROLE",
    "create_db": "CREATEDB", "login": "LOGIN", "replication": "REPLICATION",
    "bypass_rls": "BYPASSRLS",
}  # fmt: skip
_USUAL = {"inherit": True}


class Role(Writer):
    """How SQL makes, changes and drops them: roles: attributes and memberships, never passwords."""

    def target(self, item: Item) -> str:
        return f"ROLE {item.name}"

    def create(self, item: Item) -> list[str]:
        said = frozenset(
            f for f in _FLAGS if bool(item.facets[f]) != _USUAL.get(f, False)
        ) | frozenset(
            f for f, usual in (("connection_limit", "-1"), ("valid_until", ""))
            if item.text(f) != usual
        )  # fmt: skip
        return [f"CREATE ROLE {item.name}{_attributes(item, said)}", *_members(None, item)]

    def alter(self, was: Item, now: Item, facets: frozenset[str]) -> Alteration | None:
        text = _attributes(now, facets)
        sql = [f"ALTER ROLE {now.name}{text}"] if text else []
        return Alteration((*sql, *_members(was, now)))


def _attributes(item: Item, facets: frozenset[str]) -> str:
    text = "".join(
        f" {'' if item.facets[f] else 'NO'}{word}" for f, word in _FLAGS.items() if f in facets
    )
    if "connection_limit" in facets:
        text += f" CONNECTION LIMIT {item.text('connection_limit')}"
    if "valid_until" in facets:
        text += f" VALID UNTIL {literal(item.text('valid_until') or 'infinity')}"
    return text


def _members(was: Item | None, now: Item) -> list[str]:
    old, new = (_memberships(x) if x else {} for x in (was, now))
    sql = [
        f"REVOKE {ident(group)} FROM {now.name}" for group in old if old[group] != new.get(group)
    ]
    for group, options in new.items():
        if old.get(group) == options:
            continue
        said = [f"{name.upper()} {value.upper()}" for name, value in options]
        suffix = f" WITH {', '.join(said)}" if said else ""
        sql.append(f"GRANT {ident(group)} TO {now.name}{suffix}")
    return sql


def _memberships(item: Item) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for line in item.lines("member_of"):
        options: list[tuple[str, str]] = []
        for option in (" set=false", " inherit=true", " inherit=false"):
            if line.endswith(option):
                line = line.removesuffix(option)
                name, _, value = option.strip().partition("=")
                options.append((name, value))
        if line.endswith(" admin"):
            line = line.removesuffix(" admin")
            options.append(("admin", "option"))
        found[line] = options
    return found
