"""Tests of reconcile_pipeline/drift."""
