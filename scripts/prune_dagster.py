"""Delete Dagster's old runs with everything that they and the sensors' ticks logged; Dagster itself
never does.

    .venv/bin/python scripts/prune_dagster.py [--older-than DAYS]

Works on the storage of DAGSTER_HOME. What has not ended stays. Evidence is kept elsewhere.
"""

from __future__ import annotations

import argparse
import datetime
from pathlib import Path

import dagster as dg

ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
AT_ONCE = 100
LOGS = (".out", ".err", ".complete")  # what processes printed, and what ticks logged: a file each


def prune(instance: dg.DagsterInstance, before: datetime.datetime) -> int:
    """Delete the runs that were made before then and have ended; how many."""
    old, gone = dg.RunsFilter(created_before=before, statuses=ENDED), 0
    while records := instance.get_run_records(old, limit=AT_ONCE):
        for record in records:
            instance.delete_run(record.dagster_run.run_id)
        gone += len(records)
    return gone


def prune_logs(folder: Path, before: datetime.datetime) -> int:
    """Delete the files of logs below a folder that were last written before then; how many."""
    old = [
        path
        for path in folder.rglob("*")
        if path.suffix in LOGS and path.is_file() and path.stat().st_mtime < before.timestamp()
    ]
    for path in old:
        path.unlink()
        for parent in path.relative_to(folder).parents[:-1]:
            if any((folder / parent).iterdir()):
                break
            (folder / parent).rmdir()
    return len(old)


def main() -> None:
    """Prune, and say how many went."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--older-than", type=int, default=90, metavar="DAYS")
    days = parser.parse_args().older_than
    before = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=days)
    with dg.DagsterInstance.get() as instance:
        runs, logs = prune(instance, before), prune_logs(Path(instance.storage_directory()), before)
        print(f"{runs} runs and {logs} files of logs deleted that were older than {days} days.")


if __name__ == "__main__":
    main()
