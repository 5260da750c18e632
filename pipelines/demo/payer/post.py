"""Post: the payer's rim. Reads what was marked sent from the outbox, lays answers into the inbox.

A file lies in the inbox whole or not at all, and is laid there once: neither again while it lies
there, nor after it was taken. What a kill leaves out, the next call delivers.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import polars as pl

from contracts.errors import UsageError
from contracts.feeds import X12, facts
from pipelines.demo.payer.books import Books
from pipelines.demo.payer.chance import Chance
from pipelines.demo.payer.envelope import parties_of
from pipelines.demo.payer.members import Members, Roll, Span
from pipelines.demo.payer.mischief import Mischief
from pipelines.demo.payer.received import interchanges
from pipelines.demo.payer.simulation import ZONE, Delivery, Mail, Payer
from pipelines.demo.payer.terms import Terms, listed
from pipelines.io.home import write_private
from pipelines.io.ledger import batches, files
from pipelines.io.outbox.folder import sha256_of
from pipelines.io.workspace import View, Workspace, local_day


@dataclass(frozen=True)
class Delivered:
    """`laid`: files new in the inbox. `known`: how many had been delivered before."""

    laid: list[Path]
    known: int


def deliver(workspace: Workspace, until: date, seed: int, mischief: float) -> Delivered:
    """Answer everything sent so far, until a day, that day included.

    Raises UsageError where the home is no sandbox, the day is to come, the payer knows no members,
    or the file of a sent batch is not in the outbox.
    """
    _refuse_real(workspace)
    mail = list(_mail(workspace, until))
    payer = _payer(workspace, mail, seed, mischief)
    laid, known, before = [], 0, _before(workspace)
    for delivery in payer.answers(mail, until):
        path = _lay(workspace, delivery, before)
        laid += [path] if path else []
        known += path is None
    return Delivered(laid, known)


def remembered(workspace: Workspace, until: date, seed: int) -> dict[str, Books]:
    """The payer's own books by usage once it has answered everything, whatever went wrong on the
    way; nothing is delivered.
    """
    _refuse_real(workspace)
    mail = list(_mail(workspace, until))
    payer = _payer(workspace, mail, seed, 0)
    for _ in payer.answers(mail, until):
        pass
    return payer.books


def _payer(workspace: Workspace, mail: list[Mail], seed: int, mischief: float) -> Payer:
    rolls = _rolls(workspace) if mail else []
    chance = Chance(seed)
    return Payer(
        parties_of(workspace.agency),
        Members(rolls, chance),
        _terms(workspace),
        chance,
        Mischief(mischief, chance),
    )


def birth_dates(workspace: Workspace, seed: int, cins: Iterable[str]) -> dict[str, date]:
    """The dates of birth that the payer tells whoever asks it about a member."""
    members = Members(_rolls(workspace), Chance(seed))
    told = {cin: members.birth_date(cin, workspace.ledger.now) for cin in cins}
    return {cin: born for cin, born in told.items() if born}


def _refuse_real(workspace: Workspace) -> None:
    if not workspace.home.settings.sandbox:
        raise UsageError(
            "not_a_sandbox",
            "this home is no sandbox: invented answers do not go into its inbox. "
            "Make a home for trials with `reentry init FOLDER --sandbox`.",
        )


def _mail(workspace: Workspace, until: date) -> Iterator[Mail]:
    """Files of sent batches with their times, and inquiries about claims as they are dated.

    The agency's clock is moved to now first: nothing can be sent later and be dated earlier.
    """
    agency = workspace.agency.id
    with workspace.ledger.write(agency, workspace.user_id) as tx:
        if until > local_day(tx.recorded_at):
            raise UsageError("until_to_come", f"--until {until}: choose today or an earlier day.")
        sent = [(one, one.sent_at) for one in batches.listed(tx.connection, agency, "sent")]
    folder = workspace.home.outbox(agency)
    for batch, sent_at in sent:
        path = folder / str(batch.file_name)
        if not path.is_file():
            raise UsageError(
                "sent_file_gone",
                f"the file of batch {batch.batch_id} is not in the outbox: the payer reads it "
                "there. Put it back.",
            )
        if sent_at is not None:
            yield Mail(path.read_text("latin-1"), sent_at)
    for path in sorted(folder.glob("*/276-*.x12")):
        text = path.read_text("latin-1")
        yield Mail(text, _dated(text))


def _dated(text: str) -> datetime:
    header = next(interchanges(text)).header
    return datetime.strptime(header.get(9) + header.get(10), "%y%m%d%H%M").replace(tzinfo=ZONE)


def _rolls(workspace: Workspace) -> list[Roll]:
    """What was delivered of coverage, at each instant when some came in."""
    now = workspace.view_now()
    ids = [file.file_id for file in now.files_of("coverage")]
    brought = set(workspace.lake.read_files(facts("coverage"), ids, ["file_id"])["file_id"])
    instants = sorted(file.received_at for file in now.files if file.file_id in brought)
    if not instants:
        raise UsageError(
            "no_members",
            "the payer knows no members: no coverage was received. Take the county's files by "
            "`reentry intake` first.",
        )
    return [_roll(View(workspace, now.as_of, at), at) for at in instants]


def _roll(view: View, at: datetime) -> Roll:
    aliases = dict(view.current("cin_aliases").select("alias_cin", "cin").iter_rows())
    spans: dict[str, tuple[Span, ...]] = {}
    columns = ("cin", "starts_on", "ends_on", "is_ji_aid_code")
    for cin, *span in view.current("coverage").select(columns).iter_rows():
        own = aliases.get(cin, cin)
        spans[own] = (*spans.get(own, ()), Span(*span))
    people = view.current("people").drop_nulls(["cin", "birth_date"])
    born = people.select(pl.col("cin").str.head(9), "birth_date").iter_rows()
    return Roll(at, spans, {aliases.get(cin, cin): on for cin, on in born}, aliases)


# The gate of bundles that are given when the justice-involved aid code has ended.
AFTER_RELEASE = "post_release_30"


def _terms(workspace: Workspace) -> Terms:
    sets = ("rates", "prerelease_services", "delay_reasons", "care_bundles")
    codes = workspace.view_now().codes(sets)
    accepted = codes["delay_reasons"].filter(is_accepted="yes")
    wanted = accepted.select("code", pl.col("attachment_needed") == "yes")
    return Terms(
        listed(codes["rates"].iter_rows(named=True), "procedure_code", "rate_amount"),
        listed(codes["prerelease_services"].iter_rows(named=True), "code", "needs_authorization"),
        dict(wanted.iter_rows()),
        frozenset(codes["care_bundles"].filter(gate=AFTER_RELEASE)["procedure_code"].drop_nulls()),
    )


def _before(workspace: Workspace) -> dict[str, str]:
    """Names of the answers that lie in the inbox or were taken, to their SHA-256."""
    agency = workspace.agency.id
    with workspace.ledger.read() as connection:
        taken = {row.file_name: row.sha256 for row in files.everything(connection, agency)}
    lying = {path.name: sha256_of(path) for path in workspace.home.inbox(agency, X12).glob("*.x12")}
    return taken | lying


def _lay(workspace: Workspace, delivery: Delivery, before: dict[str, str]) -> Path | None:
    """The file in the inbox; None where it lies there or was taken before.

    Raises UsageError where another answer was given under its number.
    """
    known = before.get(delivery.name)
    if known is None:
        path = workspace.home.inbox(workspace.agency.id, X12) / delivery.name
        return write_private(path, delivery.content)
    if known != hashlib.sha256(delivery.content).hexdigest():
        raise UsageError(
            "other_answer",
            f"answer {delivery.name} was given before and was another: with another --seed or "
            "--mischief, or the outbox was changed. Give the same ones.",
        )
    return None
