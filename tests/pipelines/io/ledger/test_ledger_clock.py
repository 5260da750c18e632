"""Times recorded and received strictly increase for each agency, even if `now` stands still."""

from datetime import datetime, timedelta
from itertools import count, pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledger_staff import NOW
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from contracts.errors import BrokenInvariantError, ReentryError, UsageError
from pipelines.io.ledger import files, users
from pipelines.io.ledger.ledger import Ledger
from pipelines.io.ledger.tables_intake import agencies
from pipelines.io.ledger.transaction import Transaction

TICK = timedelta(microseconds=1)
AGENCIES = (f"county-{n}" for n in count())


def recorded_at(ledger: Ledger, now: datetime, agency: str = "34") -> datetime:
    with Ledger(ledger.engine, now).write(agency, "bo") as tx:
        return tx.recorded_at


def test_a_tie_or_a_clock_set_back_is_a_microsecond_later(ledger_url: str) -> None:
    ledger = Ledger.create_or_upgrade(ledger_url, now=NOW)
    later = NOW + timedelta(hours=1)
    #            now                          recorded
    moments = [
        (NOW, NOW),
        (NOW, NOW + TICK),
        (NOW - timedelta(days=1), NOW + 2 * TICK),
        (later, later),
        (NOW, later + TICK),
    ]
    assert [recorded_at(ledger, now) for now, _ in moments] == [at for _, at in moments]


def test_each_agency_has_its_own_clock(ledger_url: str) -> None:
    ledger = Ledger.create_or_upgrade(ledger_url, now=NOW)
    assert [recorded_at(ledger, NOW, agency) for agency in ("34", "19", "34")] == [
        NOW,
        NOW,
        NOW + TICK,
    ]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.integers(-3, 3), min_size=2, max_size=8))
def test_whatever_now_is_the_order_of_records_is_kept(ledger: Ledger, offsets: list[int]) -> None:
    agency = next(AGENCIES)
    times = [recorded_at(ledger, NOW + n * TICK, agency) for n in offsets]
    assert all(early < late for early, late in pairwise(times))
    assert all(at >= NOW + n * TICK for at, n in zip(times, offsets, strict=True))


def save_two(tx: Transaction, good: str, bad: str) -> None:
    users.save(tx, good, ["view"])
    users.save(tx, bad, ["fly"])


def test_a_transaction_that_fails_leaves_nothing(ledger: Ledger) -> None:
    with ledger.engine.connect() as connection:
        before = connection.execute(select(agencies)).all()
    with pytest.raises(UsageError, match="no such right"), ledger.write("34", "ada") as tx:
        save_two(tx, good="zed", bad="yan")
    with ledger.engine.connect() as connection:
        assert connection.execute(select(agencies)).all() == before
        assert users.find(connection, "zed") is None


@pytest.mark.parametrize("agency", ["", "34 ", "Los Angeles", "a" * 21, "34;"])
def test_an_agency_has_a_plain_id(ledger: Ledger, agency: str) -> None:
    with pytest.raises(UsageError, match="1 to 20"), ledger.write(agency, "bo"):
        pass


def test_a_reader_sees_one_state_while_others_write(ledger: Ledger) -> None:
    with ledger.read() as connection:
        before = len(users.everyone(connection))
        with ledger.write("34", "ada") as tx:
            users.save(tx, "zed", ["view"])
        assert len(users.everyone(connection)) == before
    with ledger.read() as connection:
        assert len(users.everyone(connection)) == before + 1


def test_a_refusal_by_the_database_names_the_rule_and_no_value(ledger: Ledger) -> None:
    statement = (
        "INSERT INTO files (file_id, agency, sha256, ordinal, feed, file_name, size_bytes, "
        "received_at, state, recorded_at) VALUES ('f', '34', 's', 1, 'stays', 'MIRANDA.csv', 1, "
        "'2026', 'lost', '2026')"
    )
    with pytest.raises(BrokenInvariantError) as caught, ledger.write("34", "bo") as tx:
        tx.connection.exec_driver_sql(statement)
    assert "ck_files_state" in caught.value.message
    assert "MIRANDA" not in repr(caught.value)
    assert caught.value.__suppress_context__


def test_a_bound_value_never_shows_in_a_drivers_error(ledger: Ledger) -> None:
    with (
        pytest.raises(OperationalError) as caught,
        ledger.engine.connect() as connection,
    ):
        connection.exec_driver_sql("SELECT * FROM nowhere WHERE name = ?", ("MIRANDA",))
    assert "MIRANDA" not in str(caught.value)


def test_a_ledger_that_does_not_answer_is_said_so(ledger: Ledger) -> None:
    with pytest.raises(ReentryError, match="did not answer") as caught, ledger.read() as connection:
        connection.exec_driver_sql("SELECT * FROM nowhere")
    assert caught.value.code == "ledger_unavailable"


def test_files_received_are_never_after_the_next_record(ledger: Ledger) -> None:
    with ledger.write("34", "bo") as tx:
        received = [
            files.begin(
                tx, sha256=f"{n}", feed="stays", file_name="a.csv", size_bytes=1
            ).received_at
            for n in range(3)
        ]
    assert received[1] == received[0] + TICK
    assert received[2] == received[1] + TICK
    assert recorded_at(ledger, NOW) == received[2] + TICK
