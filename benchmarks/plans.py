"""Plans carried out on productions of real directories that were drifted at random.

Run: `.venv/bin/python -m benchmarks.plans [CASES] [SEED] [DIRECTORY …] [--restore] [--rows N]`.
CASES are for each directory; one that holds directories of migrations stands for all of them. Each
case is planned, rehearsed, approved, applied, verified, applied once more and undone. Where there
is a `DIRECTORY.base.sql` beside one, every other case begins with what that makes in a dashboard.
Directories of which the Supabase CLI would skip every file keep no history.

`--restore`: what was changed by hand is put back instead of adopted. `--rows`: made-up rows in each
table (default 2). The exit code is 1 where a case ended in another way than done or refused.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

from benchmarks._round import GOOD, End, Round, go
from benchmarks.accuracy import base_of, directories
from reconcile_pipeline.plan.restoring.restore import EVERYTHING
from reconcile_pipeline.shadow.servers.server import Server
from reconcile_pipeline.story.world import drop_database
from reconcile_pipeline_tests.attribution.drifting.hosted import hosted


def show(label: str, round: Round, seconds: float) -> None:
    """Print how it went, and for what did not go well what was done by hand."""
    print(f"{label}: {round.end}, {seconds:.0f} s; {round.words}")
    for problem in round.problems[:12]:
        print(f"  {' '.join(problem.split())[:400]}")
    if round.end not in GOOD:
        for kind, sql in round.hand:
            print(f"  by hand: {kind}: {' '.join(sql.split())[:200]}")
    sys.stdout.flush()


def one(server: Server, directory: Path, number: int, options: argparse.Namespace) -> End:
    """One case of one directory; it leaves nothing behind."""
    label = f"{directory.name}/{number}"
    name = re.sub(r"\W", "_", f"plans_{number}_{directory.name}")[:50].lower()
    chance = random.Random(f"{options.seed}{number}{directory.name}")
    restore = (EVERYTHING,) if options.restore else ()
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="plans-") as work:
        try:
            base = () if number % 2 else base_of(directory)
            round = go(server, name, directory, chance, Path(work), restore, options.rows, base)
        except Exception:  # a crash is a result here
            round = Round(End.WRONG, problems=traceback.format_exc(limit=-6).splitlines()[-12:])
        finally:
            drop_database(server, name)
    show(label, round, time.monotonic() - start)
    return round.end


def main() -> int:
    """Run the cases and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", type=int, nargs="?", default=1)
    parser.add_argument("seed", type=int, nargs="?", default=1)
    parser.add_argument("directory", nargs="*")
    parser.add_argument("--restore", action="store_true")
    parser.add_argument("--rows", type=int, default=2)
    options = parser.parse_args()
    ends: Counter[End] = Counter()
    with hosted() as server:
        for number in range(options.cases):
            for directory in directories(options.directory):
                ends[one(server, directory, number, options)] += 1
    print(f"{ends.total()} rounds: " + ", ".join(f"{n} {end}" for end, n in ends.most_common()))
    return 0 if ends.keys() <= GOOD else 1


if __name__ == "__main__":
    sys.exit(main())
