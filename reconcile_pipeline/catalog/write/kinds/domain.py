"""Domains."""

from __future__ import annotations

from reconcile_pipeline.catalog.model import Kind
from reconcile_pipeline.catalog.write.kinds.described import describe
from reconcile_pipeline.catalog.write.kinds.retype import retype
from reconcile_pipeline.catalog.write.model import Alteration, CannotWriteError
from reconcile_pipeline.catalog.write.names import ident
from reconcile_pipeline.catalog.write.tokens import leading_name, mentions
from reconcile_pipeline.catalog.write.world import Item
from reconcile_pipeline.catalog.write.writer import Writer


class Domain(Writer):
    """How SQL makes, changes and drops them: domains."""

    def target(self, item: Item) -> str:
        return f"DOMAIN {item.qualified}"

    def create(self, item: Item) -> list[str]:
        pieces = [f"CREATE DOMAIN {item.qualified} AS {item.text('base_type')}"]
        if item.text("collation"):
            pieces.append(f"COLLATE {item.text('collation')}")
        if item.text("default"):
            pieces.append(f"DEFAULT {item.text('default')}")
        if item.facets["not_null"]:
            pieces.append("NOT NULL")
        checks = _checks(item)
        pieces += [f"CONSTRAINT {ident(n)} {d}" for n, d in checks.items() if not _late(d)]
        late = [
            f"ALTER DOMAIN {item.qualified} ADD CONSTRAINT {ident(n)} {d}"
            for n, d in checks.items()
            if _late(d)
        ]
        return [" ".join(pieces), *late, *_comments(None, item)]

    def alter(self, was: Item, now: Item, facets: frozenset[str]) -> Alteration | None:
        if facets & {"base_type", "collation"}:
            return retype(was, now, self.create(now))
        domain = f"ALTER DOMAIN {now.qualified}"
        sql = []
        if "default" in facets:
            default = now.text("default")
            sql.append(f"{domain} SET DEFAULT {default}" if default else f"{domain} DROP DEFAULT")
        if "not_null" in facets:
            sql.append(f"{domain} {'SET' if now.facets['not_null'] else 'DROP'} NOT NULL")
        old, new = _checks(was), _checks(now)
        for name, definition in old.items():
            if name not in new or new[name].removesuffix(" NOT VALID") != definition.removesuffix(
                " NOT VALID"
            ):
                sql.append(f"{domain} DROP CONSTRAINT {ident(name)}")
            elif _late(definition) and not _late(new[name]):
                sql.append(f"{domain} VALIDATE CONSTRAINT {ident(name)}")
            elif new[name] != definition:
                sql.append(f"{domain} DROP CONSTRAINT {ident(name)}")
                old = {k: v for k, v in old.items() if k != name}
        for name, definition in new.items():
            before = old.get(name, "")
            if before.removesuffix(" NOT VALID") == definition.removesuffix(" NOT VALID"):
                continue
            if _late(definition):
                sql.append(f"{domain} ADD CONSTRAINT {ident(name)} {definition}")
            else:
                sql.append(f"{domain} ADD CONSTRAINT {ident(name)} {definition} NOT VALID")
                sql.append(f"{domain} VALIDATE CONSTRAINT {ident(name)}")
        if any(x.endswith(" SET NOT NULL") or " VALIDATE " in x for x in sql) and _is_held_inside(
            was
        ):
            raise CannotWriteError(
                "An array, a composite type or another domain holds it, and PostgreSQL cannot look"
                " into their values for a new constraint."
            )
        return Alteration((*sql, *_comments(was, now)))


def _checks(item: Item) -> dict[str, str]:
    found: dict[str, str] = {}
    last = ""
    for line in item.lines("constraints"):
        name, end = leading_name(line)
        if line[end:].startswith(" CHECK ("):
            found[name] = line[end + 1 :]
            last = name
        else:  # a definition of more than one line
            found[last] += "\n" + line
    return found


def _is_held_inside(item: Item) -> bool:
    """Whether a column holds the domain's values otherwise than plainly."""
    key = (item.parts[0], item.parts[1])
    facets = {Kind.COMPOSITE_TYPE: "attributes", Kind.DOMAIN: "base_type", Kind.COLUMN: "type"}
    for kind, facet in facets.items():
        rows = item.world.snapshot.kinds.get(kind)
        place = rows.facets.index(facet) if rows else 0
        for values in rows.objects.values() if rows else ():
            text = str(values[place] or "")
            plain = kind is Kind.COLUMN and not text.endswith("[]")
            if (
                item.raw_name.replace('"', '""') in text
                and not plain
                and key in mentions(text).pairs
            ):
                return True
    return False


def _late(definition: str) -> bool:
    return definition.endswith(" NOT VALID")


def _comments(was: Item | None, now: Item) -> list[str]:
    checks = list(_checks(now))
    return describe(
        was, now, "constraint_comments", checks,
        lambda name: f"CONSTRAINT {ident(name)} ON DOMAIN {now.qualified}",
    )  # fmt: skip
