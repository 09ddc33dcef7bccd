"""Random schemas and migration sequences: files of statements that build upon each other.

Each rule looks at what the earlier statements made and gives one statement more. What is drawn is
told by a `pick`, so that hypothesis can shrink it and a seeded generator can repeat it.
"""

# ruff: noqa: E501, S608  SQL reads better on one line; no value here comes from outside

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

T = TypeVar("T")


class Pick(Protocol):
    """Draws one of some options, the simplest of which comes first."""

    def __call__(self, options: Sequence[T], /) -> T: ...


_TYPES = ("text", "integer", "boolean", "uuid", "timestamptz", "jsonb", "numeric(10, 2)")


@dataclass(slots=True)
class Model:
    """What is there so far: tables with their columns, and the other objects by their table."""

    tables: dict[str, list[str]] = field(default_factory=dict)
    indexes: dict[str, str] = field(default_factory=dict)
    policies: dict[str, str] = field(default_factory=dict)
    triggers: dict[str, str] = field(default_factory=dict)
    checks: dict[str, str] = field(default_factory=dict)
    views: dict[str, str] = field(default_factory=dict)
    functions: list[str] = field(default_factory=list)
    enums: dict[str, int] = field(default_factory=dict)
    protected: set[str] = field(default_factory=set)
    rows: dict[str, int] = field(default_factory=dict)
    count: int = 0

    def name(self, stem: str) -> str:
        """A name that nothing has had before."""
        self.count += 1
        return f"{stem}_{self.count}"

    def forget(self, table: str) -> None:
        """The table is gone, and what belongs to it."""
        del self.tables[table]
        self.protected.discard(table)
        self.rows.pop(table, None)
        for kept in (self.indexes, self.policies, self.triggers, self.checks, self.views):
            for name in [name for name, owner in kept.items() if owner == table]:
                del kept[name]


def seldom(pick: Pick) -> bool:
    """One time in three."""
    return pick((False, False, True))


def often(pick: Pick) -> bool:
    """Every other time."""
    return pick((False, True))


Rule = Callable[[Model, Pick], str | None]


def create_table(m: Model, pick: Pick) -> str:
    """A table of two or three columns, here and there by IF NOT EXISTS."""
    name, columns = m.name("t"), [m.name("c") for _ in range(pick((1, 2)))]
    listed = ", ".join(f"{column} {pick(_TYPES)}" for column in columns)
    m.tables[name] = columns
    return f"CREATE TABLE {pick(('', 'IF NOT EXISTS '))}public.{name} (id bigint PRIMARY KEY, {listed})"


def create_in_vain(m: Model, pick: Pick) -> str | None:
    """IF NOT EXISTS of a table that is there, in another shape."""
    if not m.tables:
        return None
    return f"CREATE TABLE IF NOT EXISTS public.{pick(sorted(m.tables))} (id bigint PRIMARY KEY, in_vain text)"


def add_column(m: Model, pick: Pick) -> str | None:
    """A column, with a default or an enum's type at times."""
    if not m.tables:
        return None
    table, name = pick(sorted(m.tables)), m.name("c")
    kinds = [*_TYPES, *(f"public.{enum}" for enum in m.enums)]
    m.tables[table].append(name)
    more = pick(("", " DEFAULT NULL", ""))
    return f"ALTER TABLE public.{table} ADD COLUMN {name} {pick(kinds)}{more}"


def alter_column(m: Model, pick: Pick) -> str | None:
    """NOT NULL, a default, a comment."""
    wide = [t for t in sorted(m.tables) if m.tables[t]]
    if not wide:
        return None
    table = pick(wide)
    column, n = pick(m.tables[table]), m.name("x")
    return pick((
        f"COMMENT ON COLUMN public.{table}.{column} IS '{n}'",
        f"ALTER TABLE public.{table} ALTER COLUMN {column} SET DEFAULT NULL",
        f"ALTER TABLE public.{table} ALTER COLUMN id SET DEFAULT {m.count}",
    ))  # fmt: skip


def drop_column(m: Model, pick: Pick) -> str | None:
    """A column that nothing else was built on."""
    wide = [t for t in sorted(m.tables) if len(m.tables[t]) > 1 and t not in m.views.values()]
    if not wide:
        return None
    table = pick(wide)
    column = pick(m.tables[table])
    m.tables[table].remove(column)
    return f"ALTER TABLE public.{table} DROP COLUMN {pick(('', 'IF EXISTS '))}{column}"


def rename_column(m: Model, pick: Pick) -> str | None:
    """A column's name."""
    wide = [t for t in sorted(m.tables) if m.tables[t]]
    if not wide:
        return None
    table, new = pick(wide), m.name("r")
    old = pick(m.tables[table])
    m.tables[table][m.tables[table].index(old)] = new
    return f"ALTER TABLE public.{table} RENAME COLUMN {old} TO {new}"


def drop_table(m: Model, pick: Pick) -> str | None:
    """A table with all that hangs on it."""
    if len(m.tables) < 3:
        return None
    table = pick(sorted(m.tables))
    m.forget(table)
    return f"DROP TABLE IF EXISTS public.{table} CASCADE"


def constraint(m: Model, pick: Pick) -> str | None:
    """A check, or the end of one."""
    if m.checks and seldom(pick):
        name = pick(sorted(m.checks))
        return f"ALTER TABLE public.{m.checks.pop(name)} DROP CONSTRAINT {name}"
    if not m.tables:
        return None
    table, name = pick(sorted(m.tables)), m.name("k")
    m.checks[name] = table
    return f"ALTER TABLE public.{table} ADD CONSTRAINT {name} CHECK (id > -{m.count})"


def index(m: Model, pick: Pick) -> str | None:
    """An index, or the end of one."""
    if m.indexes and seldom(pick):
        name = pick(sorted(m.indexes))
        del m.indexes[name]
        return f"DROP INDEX IF EXISTS public.{name}"
    if not m.tables:
        return None
    table, name = pick(sorted(m.tables)), m.name("i")
    m.indexes[name] = table
    return f"CREATE INDEX {pick(('', 'IF NOT EXISTS '))}{name} ON public.{table} ((id + {m.count}))"


def policy(m: Model, pick: Pick) -> str | None:
    """A policy, or the end of one."""
    if m.policies and seldom(pick):
        name = pick(sorted(m.policies))
        return f"DROP POLICY IF EXISTS {name} ON public.{m.policies.pop(name)}"
    if not m.tables:
        return None
    table, name = pick(sorted(m.tables)), m.name("p")
    m.policies[name] = table
    command = pick(("SELECT", "DELETE"))
    return f"CREATE POLICY {name} ON public.{table} FOR {command} TO authenticated USING (id > {m.count})"


def row_level_security(m: Model, pick: Pick) -> str | None:
    """The switch."""
    bare = [t for t in sorted(m.tables) if t not in m.protected]
    if not bare:
        return None
    table = pick(bare)
    m.protected.add(table)
    return f"ALTER TABLE public.{table} ENABLE ROW LEVEL SECURITY"


def function(m: Model, pick: Pick) -> str:
    """A function, new or replaced."""
    name = pick([m.name("f"), *m.functions])
    if name not in m.functions:
        m.functions.append(name)
    m.count += 1
    return (
        f"CREATE OR REPLACE FUNCTION public.{name}() RETURNS trigger LANGUAGE plpgsql AS $body$\n"
        f"BEGIN RAISE DEBUG 'version {m.count}'; RETURN NEW; END; $body$"
    )


def trigger(m: Model, pick: Pick) -> str | None:
    """A trigger, or the end of one."""
    if m.triggers and seldom(pick):
        name = pick(sorted(m.triggers))
        return f"DROP TRIGGER IF EXISTS {name} ON public.{m.triggers.pop(name)}"
    if not m.tables or not m.functions:
        return None
    table, name = pick(sorted(m.tables)), m.name("g")
    m.triggers[name] = table
    return f"CREATE TRIGGER {name} BEFORE UPDATE ON public.{table} FOR EACH ROW EXECUTE FUNCTION public.{pick(m.functions)}()"


def view(m: Model, pick: Pick) -> str | None:
    """A view, new or replaced."""
    if m.views and often(pick):
        name = pick(sorted(m.views))
        m.count += 1
        return f"CREATE OR REPLACE VIEW public.{name} AS SELECT id FROM public.{m.views[name]} WHERE id <> {m.count}"
    if not m.tables:
        return None
    table, name = pick(sorted(m.tables)), m.name("v")
    m.views[name] = table
    return f"CREATE VIEW public.{name} AS SELECT id FROM public.{table}"


def enum(m: Model, pick: Pick) -> str:
    """An enum, or one more label of one."""
    if m.enums and often(pick):
        name = pick(sorted(m.enums))
        m.enums[name] += 1
        return f"ALTER TYPE public.{name} ADD VALUE IF NOT EXISTS 'label {m.enums[name]}'"
    name = m.name("e")
    m.enums[name] = 1
    return f"CREATE TYPE public.{name} AS ENUM ('label 0', 'label 1')"


def grant(m: Model, pick: Pick) -> str | None:
    """Rights given and taken."""
    if not m.tables:
        return None
    table = pick(sorted(m.tables))
    return pick((
        f"REVOKE ALL ON public.{table} FROM anon",
        f"GRANT SELECT (id) ON public.{table} TO dashboard_user",
        f"REVOKE INSERT, UPDATE ON public.{table} FROM authenticated",
    ))  # fmt: skip


def insert(m: Model, pick: Pick) -> str | None:
    """A row, found again by its key."""
    if not m.tables:
        return None
    table = pick(sorted(m.tables))
    m.rows[table] = m.rows.get(table, 0) + 1
    m.count += 1
    return f"INSERT INTO public.{table} (id) VALUES ({m.count * 100}) ON CONFLICT DO NOTHING"


def block(m: Model, pick: Pick) -> str | None:
    """A DO block whose DDL only running it shows."""
    if not m.tables:
        return None
    table, name = pick(sorted(m.tables)), m.name("c")
    m.tables[table].append(name)
    return (
        "DO $do$ BEGIN\n"
        f"  EXECUTE format('ALTER TABLE public.%I ADD COLUMN %I text', '{table}', '{name}');\n"
        "EXCEPTION WHEN duplicate_column THEN NULL; END $do$"
    )


#: Drawn evenly; what a directory mostly holds is there more than once.
RULES: tuple[Rule, ...] = (
    create_table, add_column, index, policy, row_level_security, create_table, function, trigger,
    view, alter_column, constraint, enum, grant, insert, block, add_column, policy, index,
    create_in_vain, drop_column, rename_column, drop_table,
)  # fmt: skip


def directory(pick: Pick, files: int) -> tuple[tuple[str, ...], dict[str, str]]:
    """SQL of a base made in a dashboard, and files by name, in order."""
    model = Model()
    base = tuple(create_table(model, pick) for _ in range(pick((0, 1))))
    names = sorted(model.tables)
    made = {}
    for number in range(1, files + 1):
        statements = [create_table(model, pick)] if not model.tables else []
        for _ in range(pick((2, 3, 5, 8))):
            if (statement := pick(RULES)(model, pick)) is not None:
                statements.append(statement)
        made[f"{number:03}_step.sql"] = (
            ";\n".join(statements) + ";\n" if statements else "SELECT 1;\n"
        )
    # What no file speaks of was added by hand, as far as anybody can tell.
    spoken = [any(re.search(rf"\b{name}\b", text) for text in made.values()) for name in names]
    return tuple(sql for sql, told in zip(base, spoken, strict=True) if told), made
