"""What a statement could do: one rule a module, one page a rule in `docs/hazards/`.

Importing this imports the parser; import it where it is used.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from reconcile_pipeline.migrations.blocks import COMPUTED, inner_statements
from reconcile_pipeline.migrations.hazards import (
    blocks_writes,
    changes_behaviour,
    column_type,
    constraint_without_not_valid,
    deletes_data,
    double_assignment,
    drops_object,
    enum_change,
    index_without_concurrently,
    irreversible,
    loosens_access,
    narrows_access,
    needs_empty_table,
    no_timeout,
    not_repeatable,
    not_validated,
    outside_database,
    rejects_writes,
    renames,
    rewrites_table,
    self_recursive_policy,
    strong_lock,
    too_long_name,
    transaction_control,
    unqualified_name,
    updates_rows,
    wide_index,
)
from reconcile_pipeline.migrations.hazards.rule import Rule
from reconcile_pipeline.migrations.model import Hazard, MigrationFile, Severity
from reconcile_pipeline.migrations.tree import parse

#: All rules, in the order in which their hazards are told.
RULES: tuple[Rule, ...] = (
    deletes_data,
    updates_rows,
    outside_database,
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
    drops_object,
    double_assignment,
    irreversible,
)

#: Asked for by name: what could trouble applications, habits to be wary of.
STRICT: tuple[Rule, ...] = (
    rejects_writes,
    narrows_access,
    changes_behaviour,
    not_repeatable,
    unqualified_name,
    too_long_name,
    column_type,
    wide_index,
)

#: What only a whole file tells.
OF_FILES = (transaction_control, no_timeout)


# An apply scans four times, and each scan judges every file that the history does not know.
@lru_cache(maxsize=16_384)
def judge(sql: str, *, strict: bool = False) -> tuple[Hazard, ...]:
    """The hazards of one statement, and of what it runs inside where it is a DO block.

    None where the parser refuses it. Unqualified names are taken to be in `public`. `strict`: by
    the rules of `STRICT`, too.
    """
    rules = (*RULES, *STRICT) if strict else RULES
    found = [hazard for node in parse(sql) for rule in rules for hazard in rule.check(node)]
    if sql[:2].upper() == "DO":
        inner = [hazard for text in inner_statements(sql) for hazard in judge(text, strict=strict)]
        found += map(_inside, inner)
    return tuple(dict.fromkeys(found))


def _inside(hazard: Hazard) -> Hazard:
    message = re.sub(rf"[\w.]*\b{COMPUTED}\b[\w.]*", "(what it computes)", hazard.message)
    return replace(
        hazard,
        message=f"Inside a DO block: {message}",
        objects=tuple(name for name in hazard.objects if COMPUTED not in name),
    )


def with_hazards(file: MigrationFile, *, strict: bool = False) -> MigrationFile:
    """The file with each statement's hazards filled in.

    What only matters to a table in use is left out for tables that the file itself makes, and what
    a later statement of the file takes back is left out too. `strict`: by the rules of `STRICT`
    too, and by all of `OF_FILES`.
    """
    from reconcile_pipeline.migrations.hazards.context import Context

    context = Context(file, strict=strict)
    more: dict[int, list[Hazard]] = {}
    for rule in OF_FILES if strict else (transaction_control,):
        for index, hazard in rule.check_file(file):
            if strict or hazard.severity is not Severity.NOTICE:
                more.setdefault(index, []).append(hazard)
    statements = tuple(
        replace(statement, hazards=(*context.of(statement), *more.get(statement.index, ())))
        for statement in file.statements
    )
    return replace(file, statements=statements)


def rule_names() -> tuple[str, ...]:
    """The names of all rules."""
    return tuple(rule.NAME for rule in (*RULES, *STRICT, *OF_FILES))
