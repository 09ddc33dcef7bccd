"""How right the verdicts are: drift with a known truth, made of directories at random.

Run: `.venv/bin/python -m benchmarks.accuracy [CASES] [SEED] [DIRECTORY …]`. Each case runs some
files whole, some in part, some never, changes objects by hand, and compares the verdicts. A
DIRECTORY that holds directories of migrations stands for all of them. Where there is a
`DIRECTORY.base.sql` beside one, every other case of it begins with what that makes in a dashboard.
"""

from __future__ import annotations

import random
import sys
import traceback
from pathlib import Path

from reconcile_pipeline.migrations.layouts import detect
from reconcile_pipeline.migrations.model import Layout
from reconcile_pipeline_tests.attribution.drifting.case import Case, run_case
from reconcile_pipeline_tests.attribution.drifting.fates import Fate
from reconcile_pipeline_tests.attribution.drifting.hosted import hosted
from reconcile_pipeline_tests.attribution.drifting.judge import Outcome

TOP = Path(__file__).parents[1]
IN_WAY = 0.03  # of the files met something made by hand
BASE = ".base.sql"
DIRECTORIES = (TOP / "migrations", TOP / "reconcile_pipeline/story/worse/migrations")


def directories(given: list[str]) -> list[Path]:
    """The directories to make cases of."""
    found = []
    for path in map(Path, given):
        inside = sorted(p for p in path.iterdir() if len(list(p.rglob("*.sql"))) > 1)
        own = [p for p in path.glob("*.sql") if not p.name.endswith(BASE)]
        one = own or detect(path) is not Layout.FLAT  # other layouts have a folder a migration
        found += inside if inside and not one else [path]
    return found or list(DIRECTORIES)


def base_of(directory: Path) -> tuple[str, ...]:
    """What a dashboard made before any file of this directory ran; none if nothing is told."""
    told = directory.with_name(directory.name + BASE)
    return (told.read_text(),) if told.exists() else ()


def show(case: Case) -> None:
    """Print what a case got wrong."""
    outcome = case.outcome
    for words in outcome.undecidable:
        print(f"  same end state: {words}")
    for words in outcome.together:
        print(f"  same end state together with others: {words}")
    for untold in outcome.untold:
        print(f"  same end state without: {' '.join(untold)} by hand")
    for words in outcome.wrong:
        print(f"  WRONG {words}")
    for missed in outcome.missed:
        print(f"  MISSED {' '.join(missed)}")
    for invented in outcome.invented:
        print(f"  INVENTED {' '.join(invented)}")
    if outcome.wrong or outcome.missed or outcome.invented:
        for run, report in zip(case.truth.runs, case.scan.attribution.migrations, strict=True):
            if run.fate is not Fate.WHOLE or run.before:
                ran = f"{len(run.indices)} of {len(report.statements)} statements"
                print(f"  truth: {report.path} {run.fate.value}, {ran} {run.before}")
        for kind, sql in case.hand:
            print(f"  truth: {kind}: {' '.join(sql.split())[:200]}")
    for note in case.scan.report.notes:
        print(f"  note: {note[:200]}")


def main() -> None:
    """Run the cases and print the figures."""
    cases, seed = (int(a) for a in (sys.argv[1:3] or ["10", "1"]))
    chosen = directories(sys.argv[3:])
    total = Outcome()
    crashes: list[str] = []
    slowest = (0.0, "")
    with hosted() as server:
        for number in range(cases):
            directory = chosen[number % len(chosen)]
            base = base_of(directory) if (number // len(chosen)) % 2 else ()
            upon = " upon its base" if base else ""
            label = f"case {number} {directory.parent.name}/{directory.name}{upon}"
            try:
                chance = random.Random(seed * 1000 + number)
                case = run_case(server, "accuracy", directory, chance, base=base, in_way=IN_WAY)
            except Exception:
                crashes.append(label)
                print(f"{label} CRASHED: {traceback.format_exc(limit=-2)}", flush=True)
                continue
            wrong = len(case.outcome.wrong)
            print(f"{label}: {wrong} wrong, {case.seconds:.1f} s, {len(case.hand)} by hand")
            show(case)
            sys.stdout.flush()
            total.add(case.outcome)
            slowest = max(slowest, (case.seconds, label))
    for (true, verdict), count in sorted(total.confusion.items()):
        print(f"{true:14} judged {verdict:16} {count}")
    for name, count in sorted(total.total.items()):
        strict = f"{total.strict[name] / count:.4f} strictly"
        print(f"{name:14} {total.right[name] / count:.4f} ({total.right[name]}/{count}), {strict}")
    hit, missed, invented = total.found, len(total.missed), len(total.invented)
    untold, files = len(total.untold), sum(total.total.values())
    silent = sum(n for (_, verdict), n in total.confusion.items() if verdict == "unverifiable")
    alone, together = len(total.undecidable), len(total.together)
    print(
        f"mean over classes {total.mean(total.right):.4f}, strictly {total.mean(total.strict):.4f};"
        f" swaps {len(total.swaps)}; by hand: recall {hit / max(hit + missed, 1):.3f}, strictly "
        f"{hit / max(hit + missed + untold, 1):.3f}, precision {hit / max(hit + invented, 1):.3f}"
        f" ({hit} found, {missed} missed, {untold} untold, {invented} invented)"
    )
    print(
        f"{files} files: {silent / max(files, 1):.1%} judged unverifiable, "
        f"{alone / max(files, 1):.1%} undecidable alone, "
        f"{together / max(files, 1):.1%} together with others; slowest "
        f"{slowest[0]:.1f} s ({slowest[1]}); crashes {len(crashes)}"
    )


if __name__ == "__main__":
    main()
