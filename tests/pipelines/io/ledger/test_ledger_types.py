"""Money and times come back as they went in, and what cannot be kept exactly is refused."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Engine, Integer, MetaData, Table, create_engine, insert, select
from sqlalchemy.exc import StatementError

from pipelines.io.ledger.canonical import digest_id, instant_text
from pipelines.io.ledger.frames import read_frame
from pipelines.io.ledger.types import CanonicalJson, Cents, UtcTime

kept = Table(
    "kept",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("at", UtcTime),
    Column("amount", Cents),
    Column("detail", CanonicalJson),
)
money = st.decimals("-9999999999.99", "9999999999.99", places=2)
zones = st.timezones() | st.integers(-14 * 60, 14 * 60).map(
    lambda minutes: timezone(timedelta(minutes=minutes))
)
instants = st.datetimes(datetime(1900, 1, 2), datetime(2200, 1, 1), timezones=zones)  # noqa: DTZ001


def database() -> Engine:
    engine = create_engine("sqlite://", hide_parameters=True)
    kept.metadata.create_all(engine)
    return engine


def through(engine: Engine, **values: object) -> tuple[object, ...]:
    with engine.begin() as connection:
        connection.execute(insert(kept).values(**values))
        return tuple(connection.execute(select(*(kept.c[name] for name in values))).one())


@given(money)
def test_money_comes_back_equal_and_with_two_places(amount: Decimal) -> None:
    (back,) = through(database(), amount=amount)
    assert back == amount
    assert str(back) == f"{amount:.2f}"


@given(money, instants)
def test_a_frame_holds_the_same_money_and_the_same_instant(amount: Decimal, at: datetime) -> None:
    with database().begin() as connection:
        connection.execute(insert(kept).values(amount=amount, at=at))
        row = read_frame(connection, select(kept.c.amount, kept.c.at)).row(0)
    assert row == (amount, at.astimezone(UTC))


@pytest.mark.parametrize(
    "amount",
    [1.5, 1, "1.50", Decimal("0.001"), Decimal("NaN"), Decimal("Infinity"), Decimal(10**10)],
)
def test_what_is_no_money_is_refused_without_being_shown(amount: object) -> None:
    with pytest.raises(StatementError) as caught:
        through(database(), amount=amount)
    assert "money" in str(caught.value)
    assert "0.001" not in str(caught.value)


@given(instants)
def test_a_time_comes_back_as_the_same_instant_in_utc(at: datetime) -> None:
    (back,) = through(database(), at=at)
    assert back == at.astimezone(UTC)  # a repeated hour equals no time of another zone
    assert isinstance(back, datetime)
    assert back.tzinfo is UTC


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(StatementError, match="needs a time zone"):
        through(database(), at=datetime(2026, 10, 1, 9, 0))  # noqa: DTZ001


@given(instants, instants)
def test_the_order_of_stored_times_is_the_order_of_instants(one: datetime, two: datetime) -> None:
    assert (instant_text(one) < instant_text(two)) == (one.astimezone(UTC) < two.astimezone(UTC))


def test_json_is_kept_in_one_spelling() -> None:
    engine = database()
    through(engine, detail={"b": [1, None], "a": "ñ"})
    with engine.connect() as connection:
        stored = connection.exec_driver_sql("SELECT detail FROM kept").scalar_one()
    assert stored == '{"a":"ñ","b":[1,null]}'


def test_an_id_is_the_start_of_the_sha256_of_its_parts() -> None:
    # printf '34|abc|1' | sha256sum
    assert digest_id("34", "abc", 1) == "7644218fbba7b01a"
