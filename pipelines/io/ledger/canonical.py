"""One spelling for each value, so that equal things have equal digests.

Ids and digests of the ledger are made here; what goes into a claim's content is the claims stage's.
"""

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any


def canonical_json(value: Any) -> str:  # noqa: ANN401 -- whatever JSON holds
    """JSON with sorted keys and no blanks.

    Raises:
        TypeError: for a value that JSON does not know (Decimal, date): spell it as text first.
        ValueError: for a float that is not a number.
    """
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def instant_text(instant: datetime) -> str:
    """UTC with microseconds, always 27 characters: the order of texts is the order of instants.

    Raises:
        ValueError: for a datetime without time zone.
    """
    if instant.tzinfo is None:
        raise ValueError("a time of the ledger needs a time zone")
    utc = instant.astimezone(UTC).replace(tzinfo=None)
    return utc.isoformat(timespec="microseconds") + "Z"


def digest(text: str) -> str:
    """SHA-256 in hexadecimal."""
    return sha256(text.encode()).hexdigest()


def digest_id(*parts: object) -> str:
    """Sixteen hexadecimal characters that name the parts: the same parts, the same id."""
    return digest("|".join(str(part) for part in parts))[:16]
