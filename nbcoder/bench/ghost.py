"""How long a user waits for ghost text: the way of the browser, through a real Jupyter server, to the engine.

A notebook is typed from top to bottom. At the end of every few words the user pauses, asks, sees the first
text and types on, which calls the rest off.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

from nbcoder.errors import EngineFailed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nbcoder.progress import Progress

__all__ = ["NOTEBOOK", "GhostTimes", "measure_ghost"]

_TYPED = """\
import numpy as np
import pandas as pd
import matplotlib.pyplot as plt
# %%
rng = np.random.default_rng(0)
sales = pd.DataFrame({
    "city": rng.choice(["Bern", "Basel"], 500),
    "day": pd.date_range("2025-01-01", periods=500),
    "units": rng.integers(1, 20, 500),
    "price": rng.normal(9.5, 1.5, 500).round(2),
})
sales.head()
# %%
sales["revenue"] = sales["units"] * sales["price"]
sales.describe()
# %%
by_city = sales.groupby("city")["revenue"].agg(["sum", "mean", "count"])
by_city
# %%
monthly = sales.set_index("day").resample("MS")["revenue"].sum()
monthly.plot(kind="bar")
plt.show()
# %%
def top_days(frame, n=5):
    return frame.nlargest(n, "revenue")[["day", "city", "revenue"]]

top_days(sales)
# %%
weekday = sales["day"].dt.day_name()
pivot = sales.pivot_table(
    index=weekday, columns="city", values="revenue", aggfunc="mean"
)
pivot.round(1)
# %%
share = by_city["sum"] / by_city["sum"].sum()
for city, value in share.items():
    print(f"{city}: {value:.1%}")"""
NOTEBOOK = tuple(_TYPED.split("\n# %%\n"))
"""What is typed, cell by cell."""

_PAUSES = 12
"""Characters between two pauses, about."""
_START_TIMEOUT, _TIMEOUT = 60.0, 60.0


@dataclass(frozen=True)
class GhostTimes:
    """Seconds until the first text: of the first wish, which nothing is cached for, and of all others."""

    first: float | None
    seconds: tuple[float, ...]
    silent: int
    """Wishes for which the model had nothing to say."""

    @property
    def median(self) -> float:
        """Half of the users wait no longer."""
        return statistics.median(self.seconds)

    @property
    def ninth_decile(self) -> float:
        """Nine of ten users wait no longer."""
        return statistics.quantiles(self.seconds, n=10)[-1]


def measure_ghost(progress: Progress, notebook: Sequence[str] = NOTEBOOK) -> GhostTimes:
    """Type ``notebook`` and time every wish; the engine has to run.

    Raises
    ------
    EngineFailed
        The server cannot be started or refuses a wish.
    """
    wishes = list(_wishes(notebook))
    times: list[float | None] = []
    with _server() as client, progress.bar("ghost text", len(wishes), "wishes") as bar:
        for wish in wishes:
            times.append(_first_text(client, wish))
            bar.advance()
    later = [seconds for seconds in times[1:] if seconds is not None]
    return GhostTimes(times[0], tuple(later), times[1:].count(None))


def _wishes(notebook: Sequence[str]) -> Iterator[dict[str, Any]]:
    for index, source in enumerate(notebook):
        last = 0
        for at in range(1, len(source)):
            is_word_end = source[at - 1] not in " \n" and source[at] in " \n.(['"
            if is_word_end and at - last >= _PAUSES:
                last = at
                yield {
                    "prefix": source[:at],
                    "suffix": "",
                    "cells": list(notebook[:index]),
                    "language": "python",
                }


def _first_text(client: httpx.Client, wish: dict[str, Any]) -> float | None:
    """Seconds until there is text; None if there is none."""
    started = time.perf_counter()
    with client.stream("POST", "/nbcoder/api/infill", json=wish) as response:
        if response.status_code != httpx.codes.OK:
            raise EngineFailed(f"the server refused a wish for ghost text: {response.read().decode()}")
        for line in response.iter_lines():
            if json.loads(line).get("text"):
                return time.perf_counter() - started
    return None


@contextmanager
def _server() -> Iterator[httpx.Client]:
    """A Jupyter server with our extension, and a client that may use it."""
    token = secrets.token_urlsafe()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as log:
        command = [sys.executable, "-m", "jupyter_server", f"--port={port}", "--no-browser", "--allow-root"]
        enabled = "--ServerApp.jpserver_extensions={'nbcoder.server': True}"
        environment = {**os.environ, "JUPYTER_TOKEN": token, "JUPYTER_CONFIG_DIR": folder}
        server = subprocess.Popen([*command, enabled], stdout=log, stderr=log, cwd=folder, env=environment)
        try:
            headers = {"Authorization": f"token {token}"}
            url = f"http://127.0.0.1:{port}"
            with httpx.Client(base_url=url, headers=headers, timeout=_TIMEOUT, trust_env=False) as client:
                _wait_for(client, server)
                yield client
        finally:
            server.terminate()
            server.wait()


def _wait_for(client: httpx.Client, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_TIMEOUT
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if client.get("/nbcoder/api/status").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise EngineFailed(
        "Jupyter Server does not start with nbcoder in it. Run `jupyter server extension list` to see why."
    )
