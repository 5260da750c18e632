"""Definitions: what `dg` and Dagster's daemon load."""

from pipelines.defs.gathered import definitions

defs = definitions()
