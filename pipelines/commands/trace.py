"""`reentry trace`: what stands behind a segment of a file that was sent."""

from pathlib import Path
from typing import Any

import click

from contracts.errors import UsageError
from pipelines.commands.session import Session, grid, session_command
from pipelines.io.tracing import Asked
from pipelines.io.tracing import trace as traced

_SHOWN = ("feed", "key", "file", "row_number")


@click.command("trace")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("segment", type=int, required=False)
@click.option("--set", "set_control_number", help="ST02: then SEGMENT counts from its ST.")
@click.option("--byte", type=int, help="A byte of the file, from 0, instead of SEGMENT.")
@session_command
def trace(
    session: Session, file: Path, segment: int | None, set_control_number: str | None,
    byte: int | None,
) -> None:  # fmt: skip
    """The claim, line, source rows and rules behind SEGMENT (from 1) of FILE in the outbox.

    A 999 counts segments from the ST of a set: give its ST02 as --set.
    """
    with session.workspace() as workspace:
        asked = _asked(segment, set_control_number, byte)
        folder = workspace.home.outbox(workspace.agency.id)
        path = file if file.exists() else folder / file.name
        told = traced(workspace, path, asked)
    session.show(told, lambda: grid("Source rows", _SHOWN, told["sources"]))
    for sentence in _sentences(told):
        session.say(sentence)


def _asked(segment: int | None, set_control_number: str | None, byte: int | None) -> Asked:
    if (segment is None) == (byte is None):
        raise UsageError("trace_place", "name a SEGMENT, or a --byte.")
    if set_control_number is not None and segment is None:
        raise UsageError("trace_place", "--set goes with a SEGMENT.")
    return Asked(segment, set_control_number, byte)


def _sentences(told: dict[str, Any]) -> list[str]:
    at = f"Segment {told['segment']}"
    if told["set_control_number"]:
        at += f" (set {told['set_control_number']}, segment {told['set_segment']})"
    sentences = [f"{at}, {told['loop'].replace('_', ' ')}: {told['text']}"]
    if told["claim_id"]:
        lines = ", ".join(
            f"{one['source_system']}/{one['encounter_id']}/{one['line_number']}"
            for one in told["lines"]
        )
        number = told["patient_control_number"]
        sentences.append(f"Claim {told['claim_id']}, control number {number}: lines {lines}")
    if rules := told["rules"]:
        sentences.append(
            f"Batch {told['batch_id']}, planned by run {rules['run_id']} as of {rules['as_of']}: "
            f"policy {rules['policy_hash'][:12]}, code sets {rules['codesets_hash'][:12]}, "
            f"program {rules['code_version']}."
        )
    return sentences
