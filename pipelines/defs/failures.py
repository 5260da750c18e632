"""Failures: the one wrapper that keeps persons' values out of Dagster's event log.

Whatever is raised inside an asset becomes a `RunFailed` with a code. Its traceback, which may hold
values, goes to a private file of the home.
"""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

from contracts.errors import ReentryError
from pipelines.io.failures import keep_traceback
from pipelines.io.home import Home
from pipelines.partitions import home_root

P = ParamSpec("P")
R = TypeVar("R")

UNEXPECTED = 1


class RunFailed(Exception):  # noqa: N818 - the name that operators search for
    """A run has failed. The message is ours, or only the name of a private traceback file."""

    def __init__(self, code: str, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.code = code
        self.exit_code = exit_code


@contextmanager
def contained() -> Iterator[None]:
    """Turn anything raised inside into a RunFailed without cause or value."""
    try:
        yield
    except RunFailed:
        raise
    except ReentryError as error:
        raise RunFailed(error.code, f"{error.code}: {error.message}", error.exit_code) from None
    except Exception as error:  # noqa: BLE001 - this is the wall
        kept = keep_traceback(Home(home_root().resolve()))
        message = f"unexpected {type(error).__name__}; traceback in log/{kept.name} of the home"
        raise RunFailed("unexpected", message, UNEXPECTED) from None


def guarded(body: Callable[P, R]) -> Callable[P, R]:
    """An asset's body behind the wall."""

    @functools.wraps(body)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        with contained():
            return body(*args, **kwargs)

    return wrapper
