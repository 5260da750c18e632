"""What can go wrong with a code set: no such set, no edition for a day, a file not as declared.

Each carries a slug and a sentence (thing, culprit, remedy), as the callers' error family does.
"""


class CodeSetError(Exception):
    """Base; `code` is a slug for logs and tests, `message` the sentence for a person."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def __reduce__(self) -> tuple[type["CodeSetError"], tuple[str, str]]:
        """Both arguments survive a process border."""
        return (type(self), (self.code, self.message))


class UnknownCodeSetError(CodeSetError):
    """No set of that name exists."""


class NoEditionError(CodeSetError):
    """The set exists, but nothing of it was in force or known on that day."""


class CodeSetFileError(CodeSetError):
    """A manifest or a data file of a code set is not what it should be."""


class AmbiguousCodeError(CodeSetError):
    """A code has several rows on one day, so a look-up by code alone has no answer."""
