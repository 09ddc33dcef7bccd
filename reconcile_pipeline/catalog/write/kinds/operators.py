"""Operators, their families and classes, and casts."""

from __future__ import annotations

from reconcile_pipeline.catalog.write.model import Alteration
from reconcile_pipeline.catalog.write.names import ident
from reconcile_pipeline.catalog.write.parts import split_at_schema
from reconcile_pipeline.catalog.write.world import Item
from reconcile_pipeline.catalog.write.writer import Writer


class Cast(Writer):
    """How SQL makes, changes and drops them: operators, their families and classes, and casts."""

    def target(self, item: Item) -> str:
        return f"CAST ({item.id.identity})"

    def create(self, item: Item) -> list[str]:
        how = {
            "function": f"WITH FUNCTION {item.text('function')}",
            "inout": "WITH INOUT",
            "binary": "WITHOUT FUNCTION",
        }[item.text("method")]
        when = {"implicit": " AS IMPLICIT", "assignment": " AS ASSIGNMENT", "explicit": ""}
        return [f"CREATE {self.target(item)} {how}{when[item.text('context')]}"]


class Operator(Writer):
    """How SQL makes, changes and drops them: operators, their families and classes, and casts."""

    def target(self, item: Item) -> str:
        return f"OPERATOR {_operator(item)} ({_arguments(item)})"

    def create(self, item: Item) -> list[str]:
        left, _, right = _arguments(item).partition(",")
        given = [f"FUNCTION = {item.text('function')}"]
        given += [f"LEFTARG = {left}"] if left != "NONE" else []
        given += [f"RIGHTARG = {right}"]
        for facet in ("commutator", "negator"):
            if item.text(facet):
                other = item.text(facet).partition("(")[0]
                given.append(f"{facet.upper()} = OPERATOR({other})")
        for facet in ("restrict", "join"):
            given += [f"{facet.upper()} = {item.text(facet)}"] if item.text(facet) else []
        given += [f.upper() for f in ("hashes", "merges") if item.facets[f]]
        inside = ",\n    ".join(given)
        return [f"CREATE OPERATOR {_operator(item)} (\n    {inside}\n)"]

    def alter(self, was: Item, now: Item, facets: frozenset[str]) -> Alteration | None:
        if facets - {"restrict", "join"}:
            return None
        given = ", ".join(f"{f.upper()} = {now.text(f) or 'NONE'}" for f in sorted(facets))
        return Alteration((f"ALTER {self.target(now)} SET ({given})",))


class OperatorFamily(Writer):
    """How SQL makes, changes and drops them: operators, their families and classes, and casts."""

    def target(self, item: Item) -> str:
        return f"OPERATOR FAMILY {item.qualified} USING {_method(item)}"

    def create(self, item: Item) -> list[str]:
        return [f"CREATE {self.target(item)}", *self._members(None, item)]

    def alter(self, was: Item, now: Item, facets: frozenset[str]) -> Alteration | None:
        return Alteration(tuple(self._members(was, now)))

    def _members(self, was: Item | None, now: Item) -> list[str]:
        sql = []
        for facet, word in (("operators", "OPERATOR"), ("functions", "FUNCTION")):
            old, new = was.lines(facet) if was else [], now.lines(facet)
            for line in old:
                if line not in new:
                    number, _, what = line.partition(" ")
                    types = what[what.rindex("(") :]
                    sql.append(f"ALTER {self.target(now)} DROP {word} {number} {types}")
            for line in new:
                if line not in old:
                    number, _, what = line.partition(" ")
                    text = _spaced(what) if word == "OPERATOR" else f"{_types(what)} {what}"
                    sql.append(f"ALTER {self.target(now)} ADD {word} {number} {text}")
        return sql


class OperatorClass(Writer):
    """How SQL makes, changes and drops them: operators, their families and classes, and casts."""

    def target(self, item: Item) -> str:
        return f"OPERATOR CLASS {item.qualified} USING {_method(item)}"

    def create(self, item: Item) -> list[str]:
        assert item.parent is not None
        family = item.world.item(item.parent)
        parts = family.parts if family else split_at_schema(
            item.parent.identity.rpartition(" USING ")[0], item.world.snapshot
        )  # fmt: skip
        members = []
        for line in item.lines("operators"):
            number, _, what = line.partition(" ")
            members.append(f"OPERATOR {number} {_spaced(what)}")
        for line in item.lines("functions"):
            number, _, what = line.partition(" ")
            members.append(f"FUNCTION {number} {what}")
        if item.text("storage"):
            members.append(f"STORAGE {item.text('storage')}")
        default = " DEFAULT" if item.facets["default"] else ""
        inside = ",\n    ".join(members or [f"STORAGE {item.text('type')}"])
        return [
            f"CREATE OPERATOR CLASS {item.qualified}{default} FOR TYPE {item.text('type')}"
            f" USING {_method(item)} FAMILY {ident(*parts)} AS\n    {inside}"
        ]


def _operator(item: Item) -> str:
    schema, name = item.parts
    return f"{ident(schema)}.{name}"


def _arguments(item: Item) -> str:
    schema, name = item.parts
    return item.id.identity[len(schema) + len(name) + 2 : -1]


def _method(item: Item) -> str:
    return ident(item.id.identity.rpartition(" USING ")[2])


def _spaced(what: str) -> str:
    """`app.=== (a, b)` from `app.===(a,b)`."""
    name, _, types = what.partition("(")
    return f"{name} ({types}"


def _types(what: str) -> str:
    return what[what.rindex("(") :]
