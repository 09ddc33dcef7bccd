"""The Dagster shell: assets, checks, sensors and schedules over the library; no logic."""
