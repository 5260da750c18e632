"""The window policy in force: what policy.toml says of pre-release windows, read once.

Belongs here: reading. Not here: what a window is (windows) or whether a day lies in it (gates).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from contracts.policy import Policy

POLICIES: Final = ("activation_clock", "release_lookback")


@dataclass(frozen=True)
class WindowPolicy:
    """`activation_clock` counts from the activation, `release_lookback` back from the release."""

    name: str
    days: int
    needs_activation: bool

    @property
    def looks_back(self) -> bool:
        return self.name == "release_lookback"

    @property
    def reach(self) -> timedelta:
        """From a window's first day to its last: both ends count, so one day less than its days."""
        return timedelta(days=self.days - 1)


def window_policy(policy: Policy, as_of: date) -> WindowPolicy:
    """The policy on the as-of day. Raises HeldByPolicyError where a value of it is unset."""
    return _named(policy.value("window.policy", as_of), policy, as_of)


def other_window(policy: Policy, as_of: date) -> WindowPolicy:
    """The policy that the county has not chosen. Raises HeldByPolicyError as above."""
    chosen = policy.value("window.policy", as_of)
    other = next(name for name in POLICIES if name != chosen)
    return _named(other, policy, as_of)


def _named(name: str, policy: Policy, as_of: date) -> WindowPolicy:
    needs_activation = (
        name != "release_lookback"
        or policy.value("window.lookback_needs_activation", as_of) != "no"
    )
    return WindowPolicy(name, policy.value("window.days", as_of), needs_activation)
