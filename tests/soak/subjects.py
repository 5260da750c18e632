"""Subjects of `make soak`: which modules get faults, and the tests that should notice them."""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Subject:
    """Modules of a folder, and tests: the cheap ones, no story of days."""

    folder: str
    left_out: tuple[str, ...]
    tests: tuple[str, ...]

    def modules(self) -> list[Path]:
        """Its modules, but those that only show or list."""
        paths = sorted((ROOT / self.folder).glob("*.py"))
        return [path for path in paths if path.stem not in ("__init__", *self.left_out)]


def _of_stages(*names: str) -> tuple[str, ...]:
    return tuple(f"tests/pipelines/stages/{name}" for name in names)


SUBJECTS = {
    "edits": Subject(
        "pipelines/stages/edits",
        ("page", "catalogue"),
        _of_stages(
            "edits", "test_stay_edits.py", "test_answer_edits.py", "bundles/test_bundle_edits.py",
        ),
    ),
    "windows": Subject(
        "pipelines/stages/eligibility",
        ("causes", "changes", "comparison", "explanation", "inquiries", "enrollment", "timeline"),
        _of_stages(
            "test_eligibility.py", "test_windows.py", "test_episodes.py", "test_stay_edits.py",
            "test_eligibility_custody.py", "test_eligibility_clock.py",
            "test_eligibility_oracle.py", "test_eligibility_comparison.py",
        ),
    ),
    "money": Subject(
        "pipelines/stages/claims",
        (),
        _of_stages(
            "test_claims.py", "test_claim_grouping.py", "test_claim_digests.py",
            "test_claim_values_set.py", "test_claim_rules.py", "test_claim_rule_steps.py",
            "test_bills.py", "test_bundle_claims.py", "test_other_payers.py",
            "test_expected_payment.py", "test_plan.py", "test_attachments_tracked.py",
            "test_expected_amounts.py", "test_cleanings.py", "test_preview.py",
        ),
    ),
}  # fmt: skip
