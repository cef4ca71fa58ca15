"""The main job on a fresh machine: builds the engine, starts it with a real model, runs the quickstart.

These are the commands a user would type; what is there already is not done again.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

_ROOT = Path(__file__).parent.parent
_NOTEBOOK = "examples/quickstart.ipynb"
_RESULT = "examples/quickstart.done.ipynb"


@dataclass(frozen=True)
class Step:
    """One command of ours, and what it is for."""

    why: str
    arguments: tuple[str, ...]


_STEPS = (
    Step("vLLM in an environment of its own", ("engine", "install")),
    Step("a code model that suits this machine, and the engine with it", ("engine", "start")),
    Step("the notebook: its request answered, its failing cell mended", ("run", _NOTEBOOK, "-o", _RESULT)),
)


def main() -> int:
    """Take the steps one by one, and say how long each took; the status of the first that fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--since", type=float, default=time.time(), help="when it all began, Unix time")
    since: float = parser.parse_args().since
    console = Console(highlight=False)
    times = [("the development environment", time.time() - since)]
    for step in _STEPS:
        console.print(
            f"\n[bold cyan]── {escape(step.why)}[/]\n[dim]$ nbcoder {escape(' '.join(step.arguments))}[/]"
        )
        started = time.monotonic()
        status = subprocess.run([sys.executable, "-m", "nbcoder", *step.arguments], cwd=_ROOT, check=False)
        if status.returncode:
            console.print(f"[bold red]nbcoder {step.arguments[0]} ended with status {status.returncode}.[/]")
            return status.returncode
        times.append((step.why, time.monotonic() - started))
    console.print(_table(times, time.time() - since))
    console.print("\nNow in JupyterLab: [bold]make lab[/]")
    return 0


def _table(times: list[tuple[str, float]], total: float) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(justify="right")
    table.add_column()
    for what, seconds in times:
        table.add_row(f"{seconds:.0f} s", what)
    table.add_row(f"[bold]{total:.0f} s[/]", "[bold]in all[/]")
    return table


if __name__ == "__main__":
    sys.exit(main())
