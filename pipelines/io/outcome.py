"""Outcomes: what became of a landed file, and the words in which it is told. Nothing is done here.

No outcome holds a person's value or the name of an inbound file.
"""

from dataclasses import dataclass

from pipelines.io.ledger.files import FileCounts, FileRow

_STAYS = "The file stays where it is."


@dataclass(frozen=True)
class Outcome:
    """What became of one file.

    `state`: accepted; refused; known (bytes seen before); gone (another process has taken it);
    waiting (it was being written); unpacked (an archive: see `members`, in order of their names).
    `member` is a member's position in its archive, from 1.
    """

    file_id: str
    feed: str
    state: str
    counts: FileCounts | None = None
    code: str | None = None
    message: str | None = None
    member: int | None = None
    members: tuple["Outcome", ...] = ()

    @property
    def each(self) -> tuple["Outcome", ...]:
        """The outcomes of an archive's members, or this one."""
        return self.members if self.state == "unpacked" else (self,)


def brought(row: FileRow, quarantined_count: int, rejections: str) -> str | None:
    """What else a file of the payer's brought: rows within its sets that are quarantined, though
    the sets are sound, and the codes with which it rejects.
    """
    kept = f"{quarantined_count} rows within its sets are quarantined: see `reentry quarantine`."
    told = f"The payer rejects: {rejections}. See `reentry eligibility unanswered`."
    parts = [kept] * bool(quarantined_count) + [told] * bool(rejections)
    return " ".join([f"{row.feed} file {row.file_id}:", *parts]) if parts else None


def refused(feed: str, code: str, message: str, *, file_id: str = "") -> Outcome:
    """A refusal; without `file_id` one that the ledger does not know."""
    return Outcome(file_id, feed, "refused", None, code, message)


def unmapped(feed: str, code: str, message: str) -> Outcome:
    """The feed's mapping cannot be read."""
    return refused(feed, code, f"{message} {_STAYS}")


def unreadable(agency: str, feed: str, trouble: OSError) -> Outcome:
    """The file itself cannot be read."""
    message = (
        f"a file of {agency}/{feed} cannot be read ({trouble.strerror}). {_STAYS} "
        "Put the file itself there, not a link, readable by this user."
    )
    return refused(feed, "unreadable", message)


def still_written(agency: str, feed: str) -> Outcome:
    """The file changed while it was copied."""
    message = (
        f"a file of {agency}/{feed} changed while it was read. {_STAYS} The next intake takes it; "
        "have the sender write under a name that ends in .part and rename the file when whole."
    )
    return Outcome("", feed, "waiting", None, "still_written", message)


def seen_before(row: FileRow) -> Outcome:
    """These bytes were received before."""
    said = "" if row.refusal_message is None else f" It was refused: {row.refusal_message}"
    return Outcome(
        row.file_id,
        row.feed,
        "known",
        None,
        row.refusal_code,
        f"{row.feed} file {row.file_id}: these bytes were received before; nothing changed.{said} "
        "Use `reentry intake --again FILE` to receive them anew.",
    )
