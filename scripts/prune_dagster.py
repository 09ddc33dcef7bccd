"""Delete Dagster's old runs with everything that they logged; Dagster itself never does.

    .venv/bin/python scripts/prune_dagster.py [--older-than DAYS]

Works on the storage of DAGSTER_HOME. What has not ended stays. Evidence is kept elsewhere.
"""

from __future__ import annotations

import argparse
import datetime

import dagster as dg

ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
AT_ONCE = 100


def prune(instance: dg.DagsterInstance, before: datetime.datetime) -> int:
    """Delete the runs that were made before then and have ended; how many."""
    old, gone = dg.RunsFilter(created_before=before, statuses=ENDED), 0
    while records := instance.get_run_records(old, limit=AT_ONCE):
        for record in records:
            instance.delete_run(record.dagster_run.run_id)
        gone += len(records)
    return gone


def main() -> None:
    """Prune, and say how many went."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--older-than", type=int, default=90, metavar="DAYS")
    days = parser.parse_args().older_than
    before = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=days)
    with dg.DagsterInstance.get() as instance:
        print(f"{prune(instance, before)} runs deleted that were older than {days} days.")


if __name__ == "__main__":
    main()
