"""Everything that is not as it should be, one row each: which file and statement, which object."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from reconcile_pipeline.attribution.model import (
    EffectVerdict,
    HandChange,
    StatementVerdict,
    Unexplained,
    Verdict,
)
from reconcile_pipeline.drift.model import DriftReport, Finding, MigrationFinding
from reconcile_pipeline.drift.tables import worst
from reconcile_pipeline.drift.words import (
    ADVICE,
    BY_HAND,
    ORDER,
    VERDICT_MEANING,
    listing,
    meaning,
)
from reconcile_pipeline.redact import redact

NOT_LIVE = frozenset({Verdict.ABSENT, Verdict.DIFFERENT})
#: Findings of which each statement that is not live is worth a row.
_IN_PART = frozenset({Finding.HALF_APPLIED, Finding.ALTERED})
_MOST_OBJECTS = 2
_WHY = " — "  # between what was found and why
_LINE = re.compile(r", line \d+(?=: )")

TO_DO: Final[Mapping[HandChange, str]] = {
    HandChange.ADDED: "adopt it into a migration, or drop it",
    HandChange.REMOVED: "put it back, or drop it in a migration",
    HandChange.CHANGED: "adopt the change into a migration, or put it back",
}


class FindingRow(NamedTuple):
    """One finding. `where`: `file.sql, line 13`, or the file, or the version where no file is;
    empty for a change made by hand. `what`: the statement with its objects, or the object.
    """

    finding: str
    where: str
    what: str
    because: str
    what_to_do: str

    @property
    def text(self) -> str:
        """Where, what and why in one line that a narrow column can wrap."""
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.what}{_WHY}{self.because}" if self.because else f"{place}{self.what}"


def finding_rows(report: DriftReport) -> tuple[FindingRow, ...]:
    """All findings, the most pressing first; empty where the target is in step."""
    rows: list[FindingRow] = []
    for finding in ORDER:
        if finding is not Finding.SYNCHRONIZED:
            for migration in report.migrations:
                if migration.finding is finding:
                    rows.extend(_of_migration(migration))
    by_hand = sorted(report.unexplained, key=lambda u: (list(HandChange).index(u.change), u.id))
    rows.extend(map(_by_hand, by_hand))
    return tuple(rows)


def keys(rows: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Findings with their texts, each in a sentence by a short name.

    The name stays the same when lines move within a file, and when the reason counts other rows.
    """
    seen: Counter[str] = Counter()
    found = {}
    for finding, text in rows:
        core = _LINE.sub("", text.partition(_WHY)[0], count=1)
        seen[f"{finding}: {core}"] += 1
        name = f"{finding}: {core}: {seen[f'{finding}: {core}']}"
        found[hashlib.sha256(name.encode()).hexdigest()[:12]] = f"{finding}: {text}"
    return found


def _of_migration(migration: MigrationFinding) -> Iterator[FindingRow]:
    place = migration.file or f"version {migration.version}"
    name, advice = migration.finding.value.replace("_", " "), ADVICE[migration.finding]
    statements = [
        statement
        for statement in (migration.report.statements if migration.report else ())
        if statement.verdict in NOT_LIVE
    ]
    if migration.finding in _IN_PART and statements:
        for statement in statements:
            yield FindingRow(
                name,
                f"{place}, line {statement.line}",
                redact(_statement(statement)),
                _because(statement),
                advice,
            )
        return
    pending = migration.finding in (Finding.PENDING, Finding.PENDING_DESTRUCTIVE)
    because = worst(migration.hazards) if pending else ""
    if not because and migration.report:
        because = migration.report.reason
    yield FindingRow(name, place, meaning(migration), redact(because), advice)


def _statement(statement: StatementVerdict) -> str:
    """`CREATE TABLE public.clients`: the kind of object is named where the tag does not."""
    named = [
        effect.identity if _kind(effect).upper() in statement.tag.split(maxsplit=1)[-1] else each
        for effect in _whole(statement)
        if (each := f"{_kind(effect)} {effect.identity}")
    ]
    objects = listing(list(dict.fromkeys(named)), limit=_MOST_OBJECTS)
    return f"{statement.tag} {objects}".strip()


def _whole(statement: StatementVerdict) -> list[EffectVerdict]:
    """The effects that are not live, without the parts of a table that is named itself."""
    found = [effect for effect in statement.effects if effect.verdict in NOT_LIVE]
    names = {effect.identity for effect in found}
    return [e for e in found if e.identity.rpartition(".")[0] not in names]


def _because(statement: StatementVerdict) -> str:
    if error := statement.error:
        said = statement.reason.rstrip(".")
        return redact(said if error in said else f"{said}: {error}".strip(": "))
    facts = [
        effect.fact.removeprefix(f"{_kind(effect)} {effect.identity}").lstrip(": ").rstrip(".")
        for effect in _whole(statement)
    ]
    told = list(dict.fromkeys(fact for fact in facts if fact))
    return redact(listing(told, limit=2) or statement.reason or VERDICT_MEANING[statement.verdict])


def _kind(effect: EffectVerdict) -> str:
    return effect.kind.replace("_", " ")


def _by_hand(entry: Unexplained) -> FindingRow:
    facets = listing(sorted(entry.facets), limit=4) if entry.expected and entry.actual else ""
    because = redact(entry.note) or BY_HAND[entry.change]
    return FindingRow(
        f"{entry.change.value} by hand",
        "",
        f"{entry.id.kind.value.replace('_', ' ')} {entry.id.identity}",
        f"{because} ({facets})" if facets else because,
        TO_DO[entry.change],
    )
