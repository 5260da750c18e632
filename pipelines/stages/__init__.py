"""Pure stages: frames in, frames out. No disk, no clock, no Dagster."""
