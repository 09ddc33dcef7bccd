"""Runs in processes that are forked from one in which everything is imported already.

A run that starts a process of its own pays for Python, Dagster, pandas and this project's code
before it begins: several seconds, more than most scans take.

`launcher` is what Dagster calls; it starts `fork_server` through `client`, which forks a process
for each run; `worker` is what that process does; `claims` says which processes are alive.
"""

MODULE = "reconcile_pipeline.definitions"  # whose runs these are
