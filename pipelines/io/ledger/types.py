"""Column types: instants in UTC, money in cents, canonical JSON.

Each refuses what it cannot keep exactly, and says so without the value.
"""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from pipelines.io.ledger.canonical import canonical_json, instant_text

_CENT = Decimal("0.01")
_MOST_CENTS = 10**12


class UtcTime(TypeDecorator[datetime]):
    """An aware datetime: text that sorts in SQLite, `timestamptz` in PostgreSQL."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(TIMESTAMP(timezone=True))
        return dialect.type_descriptor(Text())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ANN401
        if value is None:
            return None
        text = instant_text(value)
        return value if dialect.name == "postgresql" else text

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ANN401, ARG002
        if value is None:
            return None
        return (value if isinstance(value, datetime) else datetime.fromisoformat(value)).astimezone(
            UTC
        )


class Cents(TypeDecorator[Decimal]):
    """Dollars as a Decimal of two places outside, whole cents inside."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        return None if value is None else _cents(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:  # noqa: ANN401, ARG002
        return None if value is None else Decimal(int(value)).scaleb(-2)


def _cents(amount: Decimal) -> int:
    if not isinstance(amount, Decimal):
        raise TypeError(f"money is a Decimal, not {type(amount).__name__}")
    if not amount.is_finite() or abs(amount) >= _MOST_CENTS / 100:
        raise ValueError("money is finite and under ten thousand million dollars")
    if amount != amount.quantize(_CENT):
        raise ValueError("money has at most two decimals")
    return int(amount.scaleb(2))


class CanonicalJson(TypeDecorator[Any]):
    """JSON kept as its canonical text, so that it can be part of a digest."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ANN401, ARG002
        return None if value is None else canonical_json(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ANN401, ARG002
        return None if value is None else json.loads(value)
