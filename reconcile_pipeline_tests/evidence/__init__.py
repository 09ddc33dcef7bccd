"""Tests of reconcile_pipeline/evidence."""
