"""`reentry generate` and `reentry demo`: a synthetic county, and the whole line over it."""

from datetime import UTC, date, datetime
from pathlib import Path

import click

from contracts.errors import UsageError
from pipelines.commands.batch import outbox, outgoing, write_batch
from pipelines.commands.home import make_home
from pipelines.commands.payer import CAME_BACK, answer, came_back
from pipelines.commands.payer import SEED as PAYER_SEED
from pipelines.commands.run import run_once
from pipelines.commands.session import Session, grid, homeless_command, session_command
from pipelines.commands.status import page
from pipelines.demo.banking import bank_payments
from pipelines.demo.catalogue import COUNTY_CODE
from pipelines.demo.correction import correct_birth_dates
from pipelines.demo.county import PUBLISHED_FAULT_RATE as FAULT_RATE
from pipelines.demo.county import Delivery
from pipelines.demo.county import generate as make_county
from pipelines.demo.delivery import write_county
from pipelines.demo.second_thoughts import change_what_was_billed
from pipelines.io.home import Home, write_private
from pipelines.io.inbox import landed
from pipelines.io.ledger import users
from pipelines.io.report_files import outputs
from pipelines.io.summary import status
from pipelines.io.verification import verify

AGENCY, SEED, STAYS = "demo", 20261101, 400
START, END = date(2026, 6, 1), date(2026, 10, 31)
# The days of the demonstration, on which claims go out, those turned back go out again, all are
# answered, what was paid is changed, and that is answered: whatever the date, the same county gives
# the same claims and deadlines.
NOW = datetime(2026, 10, 31, 18, 0, tzinfo=UTC)
CORRECTED = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
ANSWERED = datetime(2026, 11, 27, 18, 0, tzinfo=UTC)
CHANGED = datetime(2026, 12, 4, 18, 0, tzinfo=UTC)
SETTLED = datetime(2026, 12, 24, 18, 0, tzinfo=UTC)
# How a payer wants one line of a paid claim addressed is not known: the synthetic one wants this.
LINE_REFERENCE = """[[replacement.line_reference]]
value = "claim_number"
choices = ["claim_number", "claim_number_and_line"]
status = "illustrative"
source = "The demonstration's synthetic payer"
valid_from = 2024-10-01
"""
BILLER, APPROVER = "demo-biller", "demo-approver"
ON = click.DateTime(formats=["%Y-%m-%d"])


@click.command("generate")
@click.option("--seed", default=SEED, show_default=True, help="Same seed, same bytes.")
@click.option("--stays", default=STAYS, show_default=True, help="Stays in custody.")
@click.option("--from", "start", type=ON, default=str(START), show_default=True)
@click.option("--to", "end", type=ON, default=str(END), show_default=True)
@click.option(
    "--fault-rate",
    default=FAULT_RATE,
    show_default=True,
    help="Share planted, 0 to 0.3; illustrative.",
)
@click.option(
    "--deliveries", default=1, show_default=True, help="The first is full, later ones are deltas."
)
@click.option("--delivery", type=int, help="Lay only this one of them, by its number.")
@click.option("--truth", type=click.Path(path_type=Path), help="Default: truth/ in the home.")
@session_command
def generate(
    session: Session, seed: int, stays: int, start: datetime, end: datetime, fault_rate: float,
    deliveries: int, delivery: int | None, truth: Path | None,
) -> None:  # fmt: skip
    """Lay a synthetic county's files into the inbox, the truth about its faults elsewhere.

    Files of several deliveries are named in order of arrival; the truth is of all of them together.
    """
    home, agency = session.home, session.home.agency(session.agency).id
    if not home.settings.sandbox:
        raise UsageError(
            "not_a_sandbox",
            "this home is no sandbox: invented people do not go into its inbox. "
            "Make a home for trials with `reentry init FOLDER --sandbox`.",
        )
    county = make_county(
        agency, seed, stays, start.date(), end.date(), fault_rate, deliveries=deliveries
    )
    truth_path = truth or home.root / "truth" / f"{agency}-{seed}.csv"
    written = write_county(county, home.root / "inbox", truth_path, agency, delivery)
    laid = [one for one in county.deliveries if delivery in {None, one.number}]
    rows = _rows(laid)
    arrive = {str(one.number): one.received_at.isoformat() for one in laid}
    session.show({"files": [str(path) for path in written], "rows": rows, "truth": str(truth_path),
                  "received_at": arrive})  # fmt: skip
    session.say(f"{len(written)} files, {sum(rows.values()):,} rows; truth: {truth_path}")
    for number, received_at in arrive.items() if deliveries > 1 else ():
        session.say(f"Delivery {number}: intake --received-at {received_at}")


def _rows(laid: list[Delivery]) -> dict[str, int]:
    """Feed to the rows of its files."""
    rows: dict[str, int] = {}
    for delivery in laid:
        for feed, frame in delivery.files.items():
            rows[feed] = rows.get(feed, 0) + frame.height
    return rows


@click.command("demo")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--stays", default=STAYS, show_default=True, help="Stays in custody.")
@homeless_command
def demo(session: Session, folder: Path, stays: int) -> None:
    """The whole line over a synthetic county, from files to an 837P, its answers and a report."""
    days = (NOW, CORRECTED, ANSWERED, CHANGED, SETTLED)
    first, second, third, fourth, last = (
        session.seated(folder, AGENCY, now, BILLER) for now in days
    )
    _prepare(first, folder, session.user)
    before = _position(first)
    first.say("1  A synthetic county's extracts land in the inbox")
    _land(first, stays)
    if not _has_come_to(second):
        first.say("2  Intake, eligibility, edits, claims, plan, worklist and report")
        run_once(first)
        first.say(
            "3  The biller proposes a batch of claims, another person approves it, it goes out"
        )
        _send(first, first.seated(folder, AGENCY, NOW, APPROVER))
    if not _has_come_to(third):
        second.say(
            f"4  A synthetic payer answers until {CORRECTED:%B %-d}; what it turns back is mended"
        )
        _mend(second)
        run_once(second)
        second.say("5  What was mended goes out again; nothing else is sent twice")
        _send(second, second.seated(folder, AGENCY, CORRECTED, APPROVER))
    if not _has_come_to(fourth):
        third.say(f"6  The payer answers until {ANSWERED:%B %-d}")
        answer(third, ANSWERED.date())
        run_once(third)
    if not _has_come_to(last):
        fourth.say("7  A charge was wrong, a release was earlier: one line replaced, one void")
        _change(fourth)
        run_once(fourth)
        _send(fourth, fourth.seated(folder, AGENCY, CHANGED, APPROVER))
    last.say(f"8  The payer answers until {SETTLED:%B %-d}")
    answer(last, SETTLED.date())
    _bank(last)
    run_once(last)
    _conclude(last, changed=before != _position(first))


def _prepare(chair: Session, folder: Path, visitor: str) -> None:
    """The home with its users; whoever runs the demonstration may try every command by hand."""
    home = make_home(chair, folder, AGENCY, COUNTY_CODE, sandbox=True)
    _tell_line_reference(home)
    with chair.workspace() as workspace, workspace.ledger.read() as connection:
        known = users.find(connection, APPROVER)
    if known is None:
        with chair.workspace() as workspace, workspace.ledger.write(AGENCY, BILLER) as tx:
            users.save(tx, APPROVER, ("view", "approve"))
            if visitor not in (BILLER, APPROVER):
                users.save(tx, visitor, users.RIGHTS)
    chair.say(f"Home: {home.root}")


def _tell_line_reference(home: Home) -> None:
    """Set in the home's policy what is shipped unset."""
    before, head, rest = home.policy_path.read_text().partition("[[replacement.line_reference]]")
    _, gap, after = rest.partition("\n\n")
    text = before + LINE_REFERENCE.rstrip() + gap + after
    if head and text != home.policy_path.read_text():
        write_private(home.policy_path, text.encode())


def _land(chair: Session, stays: int) -> None:
    """Lay the county down and take it; files that are known already change nothing."""
    county = make_county(AGENCY, SEED, stays, START, END, FAULT_RATE)
    root = chair.home.root
    write_county(county, root / "inbox", root / "truth" / f"{AGENCY}.csv", AGENCY)
    states = _take(chair)
    chair.say(f"   {len(states)} files, {states.count('known')} of them received before")


def _take(chair: Session) -> list[str]:
    """What has become of each file that waits."""
    with chair.workspace() as workspace:
        waiting = landed(workspace.home, AGENCY)
        return [workspace.inbox.take(feed, path).state for feed, path in waiting]


def _mend(chair: Session) -> None:
    """Take the payer's answers, and send once more what it holds otherwise."""
    answer(chair, chair.now.date())
    _take(chair)
    with chair.workspace() as workspace:
        correct_birth_dates(workspace, PAYER_SEED)


def _change(chair: Session) -> None:
    """Change what was paid, as a county does that finds its own mistakes."""
    with chair.workspace() as workspace:
        change_what_was_billed(workspace)
    _take(chair)


def _bank(chair: Session) -> None:
    """Take the payer's answers, and let the bank tell what has come in of its payments."""
    _take(chair)
    with chair.workspace() as workspace:
        bank_payments(workspace)


def _has_come_to(chair: Session) -> bool:
    """Whether the demonstration was here before: the days until then are past."""
    with chair.workspace() as workspace:
        last = workspace.last_run()
    return last is not None and last.as_of >= chair.now.date()


def _send(chair: Session, approver: Session) -> None:
    """What the plan would send goes to the payer."""
    write_batch(chair, approver)
    with chair.workspace() as workspace:
        own = outbox(workspace)
        for batch in own.batches("written"):
            own.sent(batch.batch_id)


def _position(chair: Session) -> int:
    with chair.workspace() as workspace:
        return next(iter(verify(workspace))).looked_at


def _conclude(chair: Session, *, changed: bool) -> None:
    with chair.workspace() as workspace:
        paths, came = outgoing(workspace), came_back(workspace)
        told = status(workspace)
        verdicts = list(verify(workspace))
        read = [*outputs(workspace.last_view()), *paths]
    read_paths = [str(path) for path in read]
    chair.show(told | {"changed": changed, "answers": came, "outputs": read_paths})
    if not chair.as_json:
        chair.console.print(page(told))
        chair.console.print(grid("The payer's answers", CAME_BACK, came))
    held = sum(verdict.holds for verdict in verdicts)
    chair.say(f"Verification: {held} of {len(verdicts)} checks hold.")
    chair.say("Results:")
    chair.say("\n".join(f"  {path}" for path in read))
    if not changed:
        chair.say("Nothing changed: this home had been through the demonstration before.")
