"""What can only be said of all statements together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reconcile_pipeline.catalog.model import Kind
from reconcile_pipeline.catalog.write.model import Statement
from reconcile_pipeline.catalog.write.needs import ROUTINES

_UNCHECKED = "SET LOCAL check_function_bodies = off"
_ADD_VALUE = " ADD VALUE "


def touch_up(statements: Sequence[Statement]) -> tuple[Statement, ...]:
    """New enum labels come first and alone where they are used at once; bodies go unchecked."""
    return _unchecked(_labels_first(statements))


def _labels_first(statements: Sequence[Statement]) -> tuple[Statement, ...]:
    """A label may be used only after the transaction that adds it."""
    first = [s for s in statements if _adds_label(s) and _is_used(s, statements)]
    alone = [replace(s, transactional=False, note="committed before it can be used") for s in first]
    return (*alone, *(s for s in statements if s not in first))


def _adds_label(statement: Statement) -> bool:
    return statement.id.kind is Kind.ENUM and _ADD_VALUE in statement.sql


def _is_used(statement: Statement, statements: Sequence[Statement]) -> bool:
    enum = [s for s in statements if s.id == statement.id and _adds_label(s)]
    labels = [s.sql.partition(_ADD_VALUE)[2].partition("' ")[0].rstrip("'") + "'" for s in enum]
    return any(label in s.sql for s in statements if s not in enum for label in labels)


def _unchecked(statements: Sequence[Statement]) -> tuple[Statement, ...]:
    """Bodies may use what comes later, or what is not there at all, as they do in production."""
    for place, statement in enumerate(statements):
        if statement.id.kind in ROUTINES and statement.sql.startswith("CREATE OR REPLACE"):
            setting = Statement(statement.id, _UNCHECKED)
            return (*statements[:place], setting, *statements[place:])
    return tuple(statements)
