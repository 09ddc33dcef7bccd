"""Tables to fill as if what is yet to be asked of their rows were asked already."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from reconcile_pipeline.shadow.fit.demands import Demand, Need
from reconcile_pipeline.shadow.fit.tables import Key, Table, literals
from reconcile_pipeline.shadow.fit.values import Column


def demanded(tables: Mapping[int, Table], demands: Sequence[Demand]) -> dict[int, Table]:
    """The tables, by oid, with what the demands ask of them.

    A demand on a table or a column that is not there is one on what is yet to be made: left out.
    """
    of_table: dict[str, list[Demand]] = defaultdict(list)
    for demand in demands:
        of_table[demand.table].append(demand)
    oids = {table.full_name: oid for oid, table in tables.items()}
    found = dict(tables)
    for name, asked in of_table.items():
        if (oid := oids.get(name)) is not None:
            for demand in asked:
                found[oid] = _with(found[oid], demand, tables.get(oids.get(demand.to, 0)))
    return found


def _with(table: Table, demand: Demand, referred: Table | None) -> Table:
    if demand.need is Need.FREE:
        return _freed(table, demand)
    numbers = _numbers(table, demand.columns)
    if numbers is None:
        return table
    match demand.need:
        case Need.UNIQUE:
            columns = tuple(_alone(c) if c.number in numbers else c for c in table.columns)
            return replace(table, columns=columns)
        case Need.REQUIRED:
            columns = tuple(_required(c) if c.number in numbers else c for c in table.columns)
            return replace(table, columns=columns)
        case Need.CHECK:
            named = tuple(literals(demand.check))
            columns = tuple(
                replace(c, constants=tuple(dict.fromkeys((*named, *c.constants))))
                if c.number in numbers
                else c
                for c in table.columns
            )
            checks = (*table.checks, (numbers, demand.check))
            return replace(table, columns=columns, checks=checks)
        case Need.REFERENCE:
            theirs = _numbers(referred, demand.theirs) if referred else None
            if not referred or not theirs:
                return table
            return replace(table, keys=(*table.keys, Key(referred.oid, numbers, theirs)))


def _freed(table: Table, demand: Demand) -> Table:
    names = demand.columns or tuple(c.name for c in table.columns)
    taken = dict(zip(names, demand.taken, strict=False))
    columns = tuple(
        replace(c, taken=c.taken | {*taken.get(c.name, ())}) if c.alone else c
        for c in table.columns
    )
    return replace(table, columns=columns)


def _numbers(table: Table, names: Sequence[str]) -> tuple[int, ...] | None:
    known = {column.name: column.number for column in table.columns}
    if not known.keys() >= set(names):
        return None
    return tuple(known[name] for name in names)


def _alone(column: Column) -> Column:
    return replace(column, alone=True)


def _required(column: Column) -> Column:
    return replace(column, required=True)
