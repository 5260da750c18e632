"""The partition of every asset: the agency."""

import dagster as dg

from pipelines.partitions import agencies

AGENCIES = dg.StaticPartitionsDefinition(agencies())
