"""Dagster only: thin assets, checks, jobs, schedules and sensors."""
