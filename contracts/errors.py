"""The one family of errors: each class has its exit code, each message names culprit and remedy.

Business failures (an unsigned note, a person not eligible) are rows, never one of these.
No message holds a person's value or the name of an inbound file.
"""

from typing import ClassVar


class ReentryError(Exception):
    """Base of every error we raise on purpose; `code` is a slug for logs and tests."""

    exit_code: ClassVar[int] = 1

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def __reduce__(self) -> tuple[type["ReentryError"], tuple[str, str]]:
        """Both arguments survive a process border."""
        return (type(self), (self.code, self.message))


class UsageError(ReentryError):
    """The command or its settings are wrong."""

    exit_code = 2


class RefusedInputError(ReentryError):
    """A file is not what its feed's contract says; nothing of it was taken."""

    exit_code = 3


class HeldByPolicyError(ReentryError):
    """A policy value is unset, illustrative or forbids the action."""

    exit_code = 4


class BrokenInvariantError(ReentryError):
    """Something that must always hold does not: rows, money, identity or the audit chain."""

    exit_code = 5
