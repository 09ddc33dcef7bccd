"""Which columns a view reads for each of its own, from its definition. Pure; no database is asked.

The definition is what PostgreSQL prints: names are qualified, and every column is named or comes
from a star that its tables' columns resolve.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Origin = tuple[str, str]  # relation, column
Outputs = list[tuple[str, frozenset[Origin]]]  # a query's columns in order
Scope = dict[str, dict[str, frozenset[Origin]]]  # alias -> column -> where it comes from
_NONE: frozenset[Origin] = frozenset()


def view_sources(
    definition: str, relations: Mapping[str, tuple[str, ...]]
) -> tuple[tuple[str, ...], Outputs]:
    """The relations that the view reads, and for each of its columns in order what it is made of.

    `relations`: identity -> columns, of all tables and views. Both are empty where the definition
    does not parse.
    """
    from pglast import parse_sql
    from pglast.parser import ParseError

    try:
        (statement,) = parse_sql(definition)
    except (ParseError, ValueError):
        return (), []
    reader = _Reader(relations)
    outputs = reader.query(statement.stmt, {})
    return tuple(sorted(reader.read)), outputs


class _Reader:
    """One walk over a view's query."""

    def __init__(self, relations: Mapping[str, tuple[str, ...]]) -> None:
        self._relations = relations
        self.read: set[str] = set()

    def query(self, select: Any, ctes: Mapping[str, Outputs]) -> Outputs:
        """The columns of a SELECT, of each side of a set operation, or of VALUES."""
        known = dict(ctes)
        for cte in getattr(select.withClause, "ctes", None) or ():
            names = [name.sval for name in cte.aliascolnames or ()]
            known[cte.ctename] = []  # itself, where it is recursive
            known[cte.ctename] = _named(self.query(cte.ctequery, known), names)
        if select.larg is not None:
            left, right = self.query(select.larg, known), self.query(select.rarg, known)
            return [
                (name, origins | more)
                for (name, origins), (_, more) in zip(left, right, strict=False)
            ]
        scope: Scope = {}
        for item in select.fromClause or ():
            self._from(item, scope, known)
        outputs: Outputs = []
        for target in select.targetList or ():
            outputs.extend(self._target(target, scope, known))
        for rest in (select.whereClause, select.havingClause):
            self._origins(rest, scope, known)  # for the relations that a subquery there reads
        return outputs

    def _target(self, target: Any, scope: Scope, ctes: Mapping[str, Outputs]) -> Outputs:
        names = _names(target.val)
        if names and names[-1] == "*":
            chosen = scope.values() if len(names) == 1 else [scope.get(names[-2], {})]
            return [pair for columns in chosen for pair in columns.items()]
        name = target.name or (names[-1] if names else "")
        return [(name, self._origins(target.val, scope, ctes))]

    def _from(self, item: Any, scope: Scope, ctes: Mapping[str, Outputs]) -> None:
        match type(item).__name__:
            case "RangeVar":
                alias = item.alias.aliasname if item.alias else item.relname
                if not item.schemaname and item.relname in ctes:
                    scope[alias] = dict(ctes[item.relname])
                    return
                identity = f"{item.schemaname or 'public'}.{item.relname}"
                self.read.add(identity)
                columns = self._relations.get(identity, ())
                renamed = [name.sval for name in (item.alias and item.alias.colnames) or ()]
                outputs: Outputs = [(c, frozenset({(identity, c)})) for c in columns]
                scope[alias] = dict(_named(outputs, renamed))
            case "RangeSubselect":
                renamed = [name.sval for name in (item.alias and item.alias.colnames) or ()]
                alias = item.alias.aliasname if item.alias else ""
                scope[alias] = dict(_named(self.query(item.subquery, ctes), renamed))
            case "JoinExpr":
                self._from(item.larg, scope, ctes)
                self._from(item.rarg, scope, ctes)

    def _origins(
        self, expression: Any, scope: Scope, ctes: Mapping[str, Outputs]
    ) -> frozenset[Origin]:
        found: set[Origin] = set()
        for node in _walk(expression):
            if type(node).__name__ == "SubLink":
                outputs = self.query(node.subselect, {**ctes})
                found.update(*(origins for _, origins in outputs))
                continue
            names = _names(node)
            if len(names) == 1:
                for columns in scope.values():
                    found |= columns.get(names[0], _NONE)
            elif len(names) > 1:
                found |= scope.get(names[-2], {}).get(names[-1], _NONE)
        return frozenset(found)


def _names(node: Any) -> list[str]:
    """The parts of a column's name, `*` for a star; empty for anything else."""
    if type(node).__name__ != "ColumnRef":
        return []
    return [getattr(part, "sval", "*") for part in node.fields]


def _named(outputs: Outputs, names: list[str]) -> Outputs:
    """The columns under the names that an alias gives to the first of them."""
    return [
        (names[place] if place < len(names) else name, origins)
        for place, (name, origins) in enumerate(outputs)
    ]


def _walk(node: Any) -> Iterator[Any]:
    """All column names and subqueries of an expression; not what is inside of a subquery."""
    if isinstance(node, tuple):
        for each in node:
            yield from _walk(each)
        return
    kind = type(node).__name__
    if kind in ("ColumnRef", "SubLink"):
        yield node
    if kind == "ColumnRef":
        return
    skipped = {"subselect"} if kind == "SubLink" else set()
    for name in getattr(type(node), "__slots__", None) or ():
        if name not in skipped:
            yield from _walk(getattr(node, name))
