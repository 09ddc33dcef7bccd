"""What the approver must know of statements that nothing proves.

Those that the shadow cannot run; and those that the reconciliation migration leaves out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from reconcile_pipeline.attribution.model import StatementVerdict
from reconcile_pipeline.drift.model import DriftReport
from reconcile_pipeline.drift.words import at_lines, count, listing
from reconcile_pipeline.plan.completion.complete import is_completed, is_left
from reconcile_pipeline.plan.model import Step
from reconcile_pipeline.plan.not_there_yet import fills, makes
from reconcile_pipeline.plan.reconciliation import place

MOST = 5
_NONE: Mapping[str, str] = {}
_UNSHOWN = "production does not show the rows that it wrote, or those that they refer to"
_LATE = (
    "the rows that it changes come only with this plan, after it: they stay without what it does, "
    "so run it on them if it is wanted"
)


def unproved(report: DriftReport, only_now: Mapping[str, str] = _NONE) -> list[str]:
    """One warning for the statements of a file that count as run and that the shadow refuses for
    one reason, MOST at most. `only_now`: those of `made_only_now`.
    """
    refused: dict[tuple[str, str], list[StatementVerdict]] = {}
    makers: dict[tuple[str, str], str] = {}
    for m in report.migrations:
        for s in m.report.refused if m.file is not None and m.report is not None else ():
            refused.setdefault(key := (m.file or "", s.error), []).append(s)
            makers[key] = only_now.get(place(m.version or m.name, s.line), "")
    found = []
    for (file, error), statements in refused.items():
        lines = listing([str(s.line) for s in statements], limit=10)
        tags = ", ".join(dict.fromkeys(s.tag for s in statements))
        where, these, do = (
            ("line", "this", "it does") if len(statements) == 1 else ("lines", "these", "they do")
        )
        said = f"{file}, {where} {lines}: the shadow cannot run {these} {tags} ({error}); "
        if maker := makers[file, error]:
            said += f"{maker}, makes that only now, so what {do} is not there: run it by hand "
            said += "afterwards if it is wanted."
        else:
            said += f"so what {do} is not proved, and replaying the directory will not show it."
        found.append(said)
    more = sum(map(len, list(refused.values())[MOST:]))
    found = found[:MOST]
    if more:
        found.append(f"{count(more, 'more statement')} {'is' if more == 1 else 'are'} like that.")
    return found + list(_unchecked(report))


def made_only_now(
    report: DriftReport, completed: Collection[str], filled: Collection[str] = ()
) -> dict[str, str]:
    """Statements that cannot have worked in production, as `place` names them, since an earlier one
    makes only now, by the plan, what they are about -> that one, named so, too.

    They count as run, and the shadow refuses them; or they are left out of what is completed.
    `completed`: the files that are. `filled`: tables that the plan fills by itself.
    """
    from reconcile_pipeline.migrations.references import names  # slow to import

    found: dict[str, str] = {}
    run: list[tuple[str, StatementVerdict]] = []
    makes_too: dict[str, frozenset[str]] = {}  # what they would have made, and nobody else does
    for m in report.migrations if completed else ():
        label = m.version or m.name
        for s in m.report.statements if m.report else ():
            where, done = place(label, s.line), m.file in completed
            makers: Iterator[str] = iter(())
            if s.ran and s.error:
                makers = (by for by, each in run if makes(each, s.sql, s.error))
                makes_too[where] = names(s.sql).created
            elif done and is_completed(s):
                run.append((where, s))
            elif done and not s.ran and is_left(s):
                if filled and all(change.table in filled for change in names(s.sql).rows):
                    continue
                makers = (by for by, each in run if fills(s.sql, each))
            if maker := next(makers, ""):
                found[where] = maker
            elif s.ran or run[-1:] == [(where, s)]:
                _made_anew(found, makes_too, {e.identity for e in s.effects})
    return found


def _made_anew(
    found: dict[str, str], makes_too: dict[str, frozenset[str]], touched: Collection[str]
) -> None:
    """Take out those of which a later statement makes all that they would have made, or drops it:
    nobody misses them.
    """
    for where in [each for each in found if makes_too.get(each)]:
        makes_too[where] -= {*touched, *(identity.partition("(")[0] for identity in touched)}
        if not makes_too[where]:
            del found[where]


def _unchecked(report: DriftReport) -> Iterator[str]:
    """One warning for the functions of a file that cannot be made where bodies are checked."""
    for m in report.migrations:
        statements = [s for s in (m.report.statements if m.report else ()) if s.unchecked and s.ran]
        if statements:
            where = at_lines([str(s.line) for s in statements], limit=10)
            yield (
                f"{m.file}, {where}: bodies of functions name what production does not "
                f"have ({statements[0].unchecked}); it has them all the same, but replaying the "
                "file takes check_function_bodies = off."
            )


def late(
    places: Collection[str], report: DriftReport, completions: Iterable[Step]
) -> frozenset[str]:
    """Of these statements, as `Lessons.unshown` names them, those of tables that get rows only now:
    what they did, long before, is not done to those.
    """
    if not places:
        return frozenset()
    from reconcile_pipeline.migrations.references import names  # slow to import

    filled = {
        name
        for step in completions
        for name, (inserted, *_) in (step.rows or {}).items()
        if inserted != 0
    }
    return frozenset(
        where
        for m in report.migrations
        for s in (m.report.statements if m.report else ())
        if (where := place(m.version or m.name, s.line)) in places
        and not filled.isdisjoint(change.table for change in names(s.sql).rows)
    )


def left_out(places: Iterable[str], of_now: Collection[str]) -> list[str]:
    """One warning for each of these statements; `of_now`: those of `late`."""
    return [
        f"{each}: {_LATE if each in of_now else _UNSHOWN}; "
        "the reconciliation migration leaves it out."
        for each in places
    ]
