"""What is frozen is found by its key: no submission's claim is sought through its whole batch."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from ledger_staff import NOW
from sqlalchemy import Connection, event

from pipelines.io.ledger import claim_inquiries, submissions
from pipelines.io.ledger.ledger import Ledger

Asked = list[tuple[str, Any]]
QUESTIONS: dict[str, Callable[[Connection], Any]] = {
    "contents": lambda ledger: submissions.contents(ledger, "34", NOW, ["PCN1"]),
    "providers": lambda ledger: submissions.providers(ledger, "34", NOW),
    "asked_about": lambda ledger: claim_inquiries.frozen(ledger, "34", ["PCN1"]),
}


@contextmanager
def noted(ledger: Ledger) -> Iterator[Asked]:
    asked: Asked = []

    def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        asked.append((statement, parameters))

    event.listen(ledger.engine, "before_cursor_execute", note)
    yield asked
    event.remove(ledger.engine, "before_cursor_execute", note)


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_claim_is_found_by_the_key_of_its_table(ledger: Ledger, name: str) -> None:
    with ledger.read() as connection:
        with noted(ledger) as asked:
            QUESTIONS[name](connection)
        (statement, parameters) = next(one for one in asked if "batch_claims" in one[0])
        steps = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        (step,) = [row[-1] for row in steps if "batch_claims" in row[-1]]
    assert "batch_id=? AND claim_id=?" in step
