"""What a statement could do: one rule a module, one page a rule in `docs/hazards/`.

Importing this imports the parser; import it where it is used.
"""

from __future__ import annotations

import re
from dataclasses import replace

from reconcile_pipeline.migrations.blocks import COMPUTED, inner_statements
from reconcile_pipeline.migrations.hazards import (
    blocks_writes,
    constraint_without_not_valid,
    deletes_data,
    enum_change,
    index_without_concurrently,
    irreversible,
    loosens_access,
    needs_empty_table,
    not_validated,
    renames,
    rewrites_table,
    self_recursive_policy,
    strong_lock,
    updates_rows,
)
from reconcile_pipeline.migrations.hazards.rule import Rule
from reconcile_pipeline.migrations.model import Hazard, MigrationFile
from reconcile_pipeline.migrations.tree import parse

#: All rules, in the order in which their hazards are told.
RULES: tuple[Rule, ...] = (
    deletes_data,
    updates_rows,
    loosens_access,
    self_recursive_policy,
    rewrites_table,
    constraint_without_not_valid,
    index_without_concurrently,
    needs_empty_table,
    strong_lock,
    blocks_writes,
    not_validated,
    enum_change,
    renames,
    irreversible,
)


def judge(sql: str) -> tuple[Hazard, ...]:
    """The hazards of one statement, and of what it runs inside where it is a DO block.

    None where the parser refuses it. Unqualified names are taken to be in `public`.
    """
    found = [hazard for node in parse(sql) for rule in RULES for hazard in rule.check(node)]
    if sql[:2].upper() == "DO":
        found += [_inside(hazard) for inner in inner_statements(sql) for hazard in judge(inner)]
    return tuple(dict.fromkeys(found))


def _inside(hazard: Hazard) -> Hazard:
    message = re.sub(rf"[\w.]*\b{COMPUTED}\b[\w.]*", "(what it computes)", hazard.message)
    return replace(
        hazard,
        message=f"Inside a DO block: {message}",
        objects=tuple(name for name in hazard.objects if COMPUTED not in name),
    )


def with_hazards(file: MigrationFile) -> MigrationFile:
    """The file with each statement's hazards filled in.

    What only matters to a table in use is left out for tables that the file itself makes, and what
    a later statement of the file takes back is left out too.
    """
    from reconcile_pipeline.migrations.hazards.context import Context

    context = Context(file)
    statements = tuple(
        replace(statement, hazards=context.of(statement)) for statement in file.statements
    )
    return replace(file, statements=statements)


def rule_names() -> tuple[str, ...]:
    """The names of all rules."""
    return tuple(rule.NAME for rule in RULES)
