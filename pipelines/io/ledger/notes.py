"""Notes: what people write about a finding or a dispute, within bounds.

Who may write one is for what it is about.
"""

from contracts.errors import UsageError

NOTE_MOST = 4_000  # characters: more belongs into the record itself


def noted(text: str | None, most: int = NOTE_MOST, called: str = "note") -> str | None:
    """The text without blanks around it; None stays None. Raises UsageError for an empty one, or
    one of more than `most` characters.
    """
    told = None if text is None else text.strip()
    if told is not None and not 0 < len(told) <= most:
        raise UsageError("note", f"a {called} has 1 to {most:,} characters. Write one.")
    return told
