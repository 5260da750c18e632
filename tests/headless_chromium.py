"""Chromium without a window: pages opened, looked at and printed as people would."""

import os
import shutil
import subprocess

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None and "CI" not in os.environ, reason="Chromium is not installed"
)


def chromium(*words: str) -> str:
    """What it prints."""
    assert CHROMIUM is not None, "install chromium"
    told = subprocess.run(
        [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", *words],
        capture_output=True, text=True, timeout=240, check=True,
    )  # fmt: skip
    return told.stdout
