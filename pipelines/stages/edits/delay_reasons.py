"""Whether the delay reason that people set for a line wants a document (CLM20 and PWK)."""

import polars as pl


def delay_documents(decided: pl.DataFrame, delay_reasons: pl.DataFrame) -> pl.DataFrame:
    """New column only, `delay_document`: `yes`, `some_cases` or `no`, by the newest edition that
    knows the code; null without a delay reason, and where no edition knows it.
    """
    known = (
        delay_reasons.sort("edition_from")
        .unique("code", keep="last", maintain_order=True)
        .select(delay_reason_code="code", delay_document="attachment_needed")
    )
    asked = decided.select("delay_reason_code")
    found = asked.join(known, on="delay_reason_code", how="left", maintain_order="left")
    return found.select("delay_document")
