"""What a backfill costs beside one INSERT … SELECT, and what those notice who sign up meanwhile.

    python -m benchmarks.backfill [USERS [BATCH [REPEATS]]]

Everything is measured on one throwaway server in one run: the plain INSERT … SELECT, the page loop
alone, the whole step with its counts and proof, the longest transaction, the latency of sign-ups
with and without a backfill, and the memory of this process. Prints ratios; 1,000,000 users in
batches of 10,000 unless asked otherwise. Alternates, and takes the median of REPEATS; sign-ups of
all repeats count together.

Clients and server share this machine. How much of a wait is for the processor alone is told by the
kernel, which keeps how long a process stood in line for one, and by the same sign-ups beside a
query that reads, writes and locks nothing.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks._signing_up import Signups, signing_up
from reconcile_pipeline.apply import lock
from reconcile_pipeline.apply.backfills import backfill as module
from reconcile_pipeline.apply.connection import connect_to_write
from reconcile_pipeline.apply.context import Context, StepResult
from reconcile_pipeline.apply.journal import Journal
from reconcile_pipeline.apply.progress import Progress, silent
from reconcile_pipeline.plan.backfill import admins_digest
from reconcile_pipeline.plan.codec import plan_hash
from reconcile_pipeline.plan.model import Backfill, Plan, RoleRule, Step, StepKind
from reconcile_pipeline.shadow.servers.server import temporary

ADMINS = ("u1@example.org", "u2@example.org")
CLIENTS = 2
PER_SECOND = 400  # sign-ups of all clients together
ALONE_S = 5.0
SETTINGS = {"max_wal_size": "8GB", "checkpoint_timeout": "1h"}

WORLD = """
CREATE SCHEMA auth;
CREATE TABLE auth.users (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), email varchar(255),
  email_confirmed_at timestamptz, raw_user_meta_data jsonb, created_at timestamptz DEFAULT now());
CREATE TABLE public.user_profiles (id uuid PRIMARY KEY REFERENCES auth.users ON DELETE CASCADE,
  role text NOT NULL DEFAULT 'viewer' CHECK (role IN ('admin', 'viewer')),
  created_at timestamptz NOT NULL DEFAULT now());
CREATE FUNCTION public.new_user() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = '' AS $$ BEGIN
    INSERT INTO public.user_profiles (id) VALUES (NEW.id) ON CONFLICT DO NOTHING; RETURN NEW;
  END $$;
"""
TRIGGER = (
    "CREATE TRIGGER new_user AFTER INSERT ON auth.users"
    " FOR EACH ROW EXECUTE FUNCTION public.new_user()"
)
PLAIN = """
INSERT INTO public.user_profiles (id, role)
SELECT u.id, CASE WHEN lower(u.email) = ANY (%s) AND u.email_confirmed_at IS NOT NULL
             THEN 'admin' ELSE 'viewer' END
FROM auth.users u WHERE NOT EXISTS (SELECT FROM public.user_profiles p WHERE p.id = u.id)
"""


def make_world(dsn: str, users: int) -> None:
    """Users with addresses, ids at random, and an empty table of profiles with its trigger."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(WORLD)
        connection.execute(
            "INSERT INTO auth.users (email, email_confirmed_at, raw_user_meta_data) SELECT"
            " 'u' || g || '@example.org', now(), '{}' FROM generate_series(1, %s) g",
            (users,),
        )
        connection.execute(TRIGGER)
        connection.execute("VACUUM ANALYZE auth.users")


def empty(dsn: str) -> None:
    """No profile is there, and nothing is left to be written by the server meanwhile."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("TRUNCATE public.user_profiles")
        connection.execute("CHECKPOINT")


def plain(dsn: str) -> float:
    """Seconds of one INSERT … SELECT."""
    empty(dsn)
    return insert_at_once(dsn)


def insert_at_once(dsn: str) -> float:
    """The same, without emptying the table first."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        begun = time.perf_counter()
        connection.execute(PLAIN, (list(ADMINS),))
        return time.perf_counter() - begun


def filled(
    dsn: str, batch: int, folder: Path, progress: Progress = silent
) -> tuple[float, float, StepResult]:
    """Seconds of the whole step, of its page loop alone, and its result."""
    loop = [0.0]
    real = module._pass

    def timed(*given: object) -> None:
        begun = time.perf_counter()
        real(*given)  # type: ignore[arg-type]
        loop[0] += time.perf_counter() - begun

    module._pass = timed  # type: ignore[assignment]
    try:
        with connect_to_write(dsn) as connection:
            name = connection.info.dbname
            rule = RoleRule(
                "role", "admin", "viewer", len(ADMINS), admins_digest(ADMINS, "0", name)
            )
            backfill = Backfill(
                "public.user_profiles", "auth.users", "id", "id", {}, rule, batch_size=batch
            )
            step = Step("fill", StepKind.BACKFILL, "", (), (), backfill=backfill)
            plan = Plan("bench", "", "", "0", name, (step,), (), {})
            lock.acquire(connection)
            with Journal(folder, plan_hash(plan)) as journal:
                context = Context(connection, plan, journal, lambda _: "", progress)
                begun = time.perf_counter()
                result = module.run_backfill(context, step, ADMINS)
                return time.perf_counter() - begun, loop[0], result
    finally:
        module._pass = real


def memory() -> float:
    """The most memory that this process ever used, in megabytes."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@dataclass(frozen=True, slots=True)
class Cost:
    """Medians in seconds. `longest_ms`: the longest transaction of all."""

    plain: float
    loop: float
    whole: float
    longest_ms: int


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """Sign-ups beside a backfill, without one, beside one INSERT … SELECT, and beside a query that
    only computes.
    """

    beside: Signups
    quiet: Signups
    plain: Signups
    computing: Signups
    without_profile: int
    longest_ms: int

    @property
    def errors(self) -> list[str]:
        """Of all of them."""
        return [e for s in (self.quiet, self.beside, self.plain, self.computing) for e in s.errors]


def cost(dsn: str, batch: int, repeats: int, folder: Path) -> Cost:
    """One INSERT … SELECT, then the step, and so on in turn."""
    plains, wholes, loops, longest = [], [], [], 0
    for number in range(repeats):
        plains.append(plain(dsn))
        empty(dsn)
        whole, loop, result = filled(dsn, batch, folder / f"run{number}")
        wholes.append(whole)
        loops.append(loop)
        longest = max(longest, result.facts["longest_page_ms"])
    middle = statistics.median
    return Cost(middle(plains), middle(loops), middle(wholes), longest)


def meanwhile(dsn: str, batch: int, repeats: int, folder: Path) -> Meanwhile:
    """Sign-ups alone, beside each of the others, and so on in turn."""
    quiet, beside, at_once, computing = Signups(), Signups(), Signups(), Signups()
    longest, without = 0, 0
    for number in range(repeats):
        empty(dsn)
        with signing_up(dsn, CLIENTS, PER_SECOND, quiet):
            time.sleep(ALONE_S)
        with signing_up(dsn, CLIENTS, PER_SECOND, beside):
            _, _, result = filled(dsn, batch, folder / f"meanwhile{number}")
        longest = max(longest, result.facts["longest_page_ms"])
        with signing_up(dsn, CLIENTS, PER_SECOND, computing):
            compute(dsn, ALONE_S)
        with psycopg.connect(dsn) as connection:
            row = connection.execute(
                "SELECT count(*) - count(p.id) FROM auth.users u LEFT JOIN public.user_profiles p"
                " USING (id)"
            ).fetchone()
        assert row
        without += int(row[0])
        empty(dsn)
        with signing_up(dsn, CLIENTS, PER_SECOND, at_once):
            insert_at_once(dsn)
    return Meanwhile(beside, quiet, at_once, computing, without, longest)


def compute(dsn: str, seconds: float) -> None:
    """Keep one of the server's processes busy, with nothing but its processor."""
    end = time.monotonic() + seconds
    with psycopg.connect(dsn, autocommit=True) as connection:
        while time.monotonic() < end:
            connection.execute("SELECT count(*) FROM generate_series(1, 1000000) n WHERE n % 7 = 3")


def main() -> None:
    """Print every figure."""
    users, batch, repeats = (
        int(each) for each in (*sys.argv[1:], *("1000000", "10000", "3")[len(sys.argv) - 1 :])
    )
    folder = Path(tempfile.mkdtemp(prefix="rp-bench-"))
    try:
        with temporary(settings=SETTINGS) as server:
            make_world(server.dsn(), users)
            print(f"{users:,} users, batches of {batch:,}, median of {repeats}")
            show(
                cost(server.dsn(), batch, repeats, folder),
                meanwhile(server.dsn(), batch, repeats, folder),
            )
    finally:
        shutil.rmtree(folder)


def show(cost: Cost, meanwhile: Meanwhile) -> None:
    """As a table."""
    print(f"one INSERT … SELECT   {cost.plain:8.2f} s")
    print(f"page loop             {cost.loop:8.2f} s  {cost.loop / cost.plain:.2f} x")
    print(f"whole step            {cost.whole:8.2f} s  {cost.whole / cost.plain:.2f} x")
    print(f"longest transaction   {cost.longest_ms:8} ms")
    print(f"the same, sign-ups    {meanwhile.longest_ms:8} ms")
    beside, quiet = meanwhile.beside, meanwhile.quiet
    print(f"sign-ups meanwhile    {len(beside.seconds):8,}    {len(meanwhile.errors)} failed")
    print(f"users without profile {meanwhile.without_profile:8,}")
    for name, seen in (
        ("alone", quiet),
        ("beside the backfill", beside),
        ("beside INSERT … SELECT", meanwhile.plain),
        ("beside a query", meanwhile.computing),
    ):
        p99 = seen.percentile(0.99)
        ratio = p99 / quiet.percentile(0.99)
        print(f"p99 of a sign-up {name:22} {p99:5.2f} ms  {ratio:.2f} x; on average {_mean(seen)}")
    print(f"memory of this process{memory():8.0f} MB")


def _mean(seen: Signups) -> str:
    queued = seen.mean_waited()
    line = "" if queued is None else f", of which {queued:.2f} in line for a processor"
    return f"{seen.mean():.2f} ms{line}"


if __name__ == "__main__":
    main()
