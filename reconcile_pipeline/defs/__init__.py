"""The Dagster shell: one short module a stage, and what starts runs. No logic lives here.

Modules that define assets, checks, sensors or schedules do without `from __future__ import
annotations`: Dagster reads their annotations as they run.
"""
