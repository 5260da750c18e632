"""What is told of a failure that nobody foresaw: a code and a private file, never a value."""

from pathlib import Path

from pipelines.io.failures import keep_traceback
from pipelines.io.home import Home
from pipelines.partitions import home_root


def told(error: Exception) -> str:
    """One sentence; the traceback goes to a private file of the home, if there is a home."""
    if hasattr(error, "exit_code"):  # a RunFailed tells itself, and holds no value
        return str(error)
    home = Home(Path(home_root()).resolve())
    if not home.settings_path.is_file():
        return f"unexpected {type(error).__name__}; no home to keep its traceback in"
    kept = keep_traceback(home)
    return f"unexpected {type(error).__name__}; its traceback lies in log/{kept.name} of the home"
