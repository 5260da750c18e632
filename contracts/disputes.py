"""Disputes: what may become of an inquiry or appeal about a denial, and what each state waits for.

The words and moves as data. Days are policy's; who may record a move is the ledger's.
"""

KINDS = ("inquiry", "appeal")

OPENED = "opened"
SENT, ACKNOWLEDGED, ANSWERED = "sent", "acknowledged", "answered"
UPHELD, OVERTURNED, WITHDRAWN = "upheld", "overturned", "withdrawn"
EVENTS = (SENT, ACKNOWLEDGED, ANSWERED, UPHELD, OVERTURNED, WITHDRAWN)
CLOSED = (UPHELD, OVERTURNED, WITHDRAWN)
STATES = (OPENED, *EVENTS)

MOVES: dict[str, tuple[str, ...]] = {
    OPENED: (SENT, WITHDRAWN),
    SENT: (ACKNOWLEDGED, ANSWERED, *CLOSED),
    ACKNOWLEDGED: (ANSWERED, *CLOSED),
    ANSWERED: (SENT, ANSWERED, *CLOSED),  # it wants more; what it wants is sent
    **dict.fromkeys(CLOSED, ()),
}
"""State to the events that may come next; the event is the state that it makes."""

NCCI_ROUTE = "appeal_ncci"
"""The route of denials that can only be appealed."""
