"""The clock of `make bench`: seconds and peak memory of each stage, and the table of them."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Measured:
    stage: str
    rows: int
    seconds: float
    peak_mib: int
    cpu_seconds: float


class Bench:
    """Times stages and their peak memory; the kernel's high-water mark is reset before each."""

    def __init__(self) -> None:
        self.measured: list[Measured] = []

    @contextmanager
    def stage(self, name: str, rows: Callable[[], int]) -> Iterator[None]:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        began, worked = time.perf_counter(), time.process_time()
        yield
        seconds, cpu = time.perf_counter() - began, time.process_time() - worked
        self.measured.append(Measured(name, rows(), seconds, peak_mib(), cpu))


@dataclass(frozen=True)
class Target:
    """What stages together are to stay under, on two cores with nothing else to do."""

    seconds: float
    peak_mib: int

    def said(self, rows: list[Measured]) -> str:
        """What stages took together beside the target."""
        seconds, peak = sum(one.seconds for one in rows), max(one.peak_mib for one in rows)
        cpu = sum(one.cpu_seconds for one in rows)
        is_met = seconds < self.seconds and peak < self.peak_mib
        return (
            f"Together {seconds:.1f} s ({cpu:.1f} of CPU) and at most {peak:,} MiB. "
            f"Target: under {self.seconds:.0f} s and {self.peak_mib:,} MiB: "
            f"{'met' if is_met else 'MISSED'}."
        )


def peak_mib() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


def show(title: str, rows: list[Measured]) -> None:
    table = Table(title=title, title_justify="left")
    for name in ("stage", "rows", "seconds", "CPU seconds", "rows a second", "peak MiB"):
        table.add_column(name, justify="left" if name == "stage" else "right")
    for one in rows:
        rate = one.rows / one.seconds if one.seconds else 0
        table.add_row(
            one.stage,
            f"{one.rows:,}",
            f"{one.seconds:.2f}",
            f"{one.cpu_seconds:.2f}",
            f"{rate:,.0f}",
            f"{one.peak_mib:,}",
        )
    Console().print(table)
