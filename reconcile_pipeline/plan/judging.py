"""The hazards of a plan's step: what its statements could do to a production that is in use."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from reconcile_pipeline.migrations.hazards import drops_object, judge, narrows_access
from reconcile_pipeline.migrations.hazards.context import ABOUT_TABLES_IN_USE
from reconcile_pipeline.migrations.model import Hazard, Severity
from reconcile_pipeline.migrations.references import names
from reconcile_pipeline.plan.completion.not_null import opens

_DROPPED = re.compile(r"\s*DROP\s+(POLICY|TRIGGER|RULE)\b", re.IGNORECASE)
_GRANTED = re.compile(r"\s*GRANT\b", re.IGNORECASE)
_REVOKED = re.compile(r"\s*REVOKE\b.*?\bON\b", re.IGNORECASE | re.DOTALL)
_IN_SCHEMA = re.compile(r"\bON\s+ALL\s+\w+\s+IN\s+SCHEMA\b", re.IGNORECASE)
_SWITCHED_ON = re.compile(r"\b(?:ENABLE|(?<!NO )FORCE)\s+ROW\s+LEVEL\s+SECURITY\b", re.IGNORECASE)


def judged(statements: Sequence[str], *, strict: bool) -> tuple[Hazard, ...]:
    """The hazards of a step's statements. In one of ours no row is searched under a strong lock,
    and what is dropped is our own, so it has no warnings. Nobody uses a table yet that the step
    itself makes.
    """
    ours = bool(statements) and opens(statements[0])
    found = dict.fromkeys((*_switched_on(statements), *_taken_away(statements)))
    made: set[str] = set()
    for number, text in enumerate(statements):
        for hazard in judge(text, strict=strict):
            hazard = _made_anew(text, hazard, statements[number + 1 :])
            if not (ours and hazard.severity is Severity.WARNING) and not _of_new(hazard, made):
                found.setdefault(hazard)
        made |= names(text).created
    messages = {h.message for h in found if h.severity is Severity.WARNING}
    return tuple(h for h in found if h.severity is not Severity.NOTICE or h.message not in messages)


def _of_new(hazard: Hazard, made: Collection[str]) -> bool:
    """Whether it matters only to tables in use, and all its tables, or its columns', are `made`."""
    return (
        hazard.rule in ABOUT_TABLES_IN_USE
        and bool(hazard.objects)
        and all(not {name, name.rpartition(".")[0]}.isdisjoint(made) for name in hazard.objects)
    )


def _made_anew(text: str, hazard: Hazard, after: Sequence[str]) -> Hazard:
    """A policy or trigger that is dropped, and made by a later statement of the step: nobody finds
    it missing.
    """
    dropped = _DROPPED.match(text)
    if dropped is None or hazard.rule != drops_object.NAME:
        return hazard
    if not any(names(each).created.issuperset(hazard.objects) for each in after):
        return hazard
    message = f"The {dropped[1].lower()} {', '.join(hazard.objects)} is made anew."
    return replace(hazard, severity=Severity.NOTICE, message=message)


def _switched_on(statements: Sequence[str]) -> Iterator[Hazard]:
    """Row-level security that is switched on for tables that others use: in a file a habit to be
    wary of, in a plan it decides what is seen from that moment on.
    """
    made: set[str] = set()
    for text in statements:
        made |= names(text).created
        if _SWITCHED_ON.search(text):
            for hazard in judge(text, strict=True):
                if hazard.rule == narrows_access.NAME and made.isdisjoint(hazard.objects):
                    yield replace(hazard, severity=Severity.WARNING)


def _taken_away(statements: Sequence[str]) -> Iterator[Hazard]:
    """Privileges that are taken away on what is there, and not given again by the same step."""
    made: set[str] = set()
    for number, text in enumerate(statements):
        named = names(text)
        made |= named.created
        if not _REVOKED.match(text) or not made.isdisjoint(named.touched):
            continue
        given = (names(each).touched for each in statements[number + 1 :] if _GRANTED.match(each))
        if any(not named.touched.isdisjoint(each) for each in given):
            continue
        what = "" if _IN_SCHEMA.search(text) else f" on {', '.join(sorted(named.touched))}"
        for hazard in judge(text, strict=True):
            if hazard.rule == narrows_access.NAME:
                message = f"Takes privileges{what} away: whoever used them fails."
                yield replace(hazard, severity=Severity.WARNING, message=message)
