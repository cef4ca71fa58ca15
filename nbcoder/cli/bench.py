"""``nbcoder bench``: how good and how fast it is on this machine."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import Annotated

import typer

from nbcoder.bench.in_kernel.mechanisms import Mechanism  # noqa: TC001 - typer reads the annotations
from nbcoder.cli.terminal import TerminalProgress, console
from nbcoder.settings import load_settings

__all__ = ["app"]

app = typer.Typer(help="Measure quality and latency on this machine.", no_args_is_help=True)


class Mode(StrEnum):
    """Who answers. The first two are plain prompts, the others nbcoder with more and more switched on."""

    BARE = "bare"
    CELLS = "cells"
    CONTEXT = "context"
    DRY_RUN = "dry-run"
    FULL = "full"


@app.command()
def latency(rounds: Annotated[int, typer.Option(min=1, help="How many pairs to measure.")] = 10) -> None:
    """Time ``%%generate`` against the same request sent straight to the engine."""
    from nbcoder.bench.latency import measure_latency  # noqa: PLC0415 - each command loads what it needs
    from nbcoder.engine.process import ensure_running  # noqa: PLC0415

    progress = TerminalProgress()
    medians = measure_latency(ensure_running(load_settings(), progress), progress, rounds).medians()
    console.print("| | first token | last token | tokens/s | after the last |\n|---|---|---|---|---|")
    for way in ("magic", "straight"):
        told = medians[way]
        console.print(
            f"| {way} | {told['first_token']:.3f} s | {told['last_token']:.2f} s | "
            f"{told['tokens_per_second']:.1f} | {told['afterwards']:.2f} s |"
        )
    added = medians["added"]
    console.print(
        f"| added | {added['first_token']:+.1%} | {added['last_token']:+.1%} | "
        f"{added['tokens_per_second']:+.1%} | |"
    )


@app.command()
def ghost() -> None:
    """Time ghost text while a notebook is typed, through a Jupyter server to the engine."""
    from nbcoder.bench.ghost import measure_ghost  # noqa: PLC0415 - each command loads what it needs
    from nbcoder.engine.process import ensure_running  # noqa: PLC0415

    progress = TerminalProgress()
    model = ensure_running(load_settings(), progress).model
    times = measure_ghost(progress)
    first = "no text" if times.first is None else f"{times.first * 1000:.0f} ms"
    console.print(
        f"{model or 'engine'}: first text after {times.median * 1000:.0f} ms (median), "
        f"{times.ninth_decile * 1000:.0f} ms (nine of ten), {first} (the first, nothing cached); "
        f"{len(times.seconds)} with text, {times.silent} without.",
        soft_wrap=True,
    )


@app.command()
def quality(  # noqa: PLR0913, PLR0917 - each is an option of the command
    data: Annotated[list[Path], typer.Argument(help="Problem sets: .py, .jsonl, or folders of them.")],
    mode: Annotated[list[Mode] | None, typer.Option(help="Who answers; may be given several times.")] = None,
    model: Annotated[str, typer.Option(help="Model to serve; default: the setting `model`.")] = "",
    without: Annotated[
        list[Mechanism] | None,
        typer.Option(
            help="Also answer in mode `full` without that mechanism; may be given several times.",
        ),
    ] = None,
    seed: Annotated[
        list[int] | None, typer.Option(help="Seed of what is drawn; may be given several times.")
    ] = None,
    kernel: Annotated[str, typer.Option(help="The Jupyter kernel in which the notebooks run.")] = "python3",
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Where the JSON result goes.")] = None,
    journal: Annotated[
        Path | None,
        typer.Option(help="File of answers; a run over the same data in the same kernel goes on there."),
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="How many notebooks at once.")] = 4,
) -> None:
    """Have problem sets answered, each in a real kernel, and say how many answers are right."""
    from nbcoder.bench.contenders import make_contenders  # noqa: PLC0415 - each command loads what it needs
    from nbcoder.bench.data import load_data  # noqa: PLC0415
    from nbcoder.bench.kernels import find_kernel  # noqa: PLC0415
    from nbcoder.bench.product import PATIENCE  # noqa: PLC0415
    from nbcoder.bench.quality import make_place, measure_quality, write_result  # noqa: PLC0415
    from nbcoder.bench.records import Journal  # noqa: PLC0415
    from nbcoder.bench.report import report  # noqa: PLC0415
    from nbcoder.bench.runner import Desk  # noqa: PLC0415
    from nbcoder.engine import connect  # noqa: PLC0415

    progress = TerminalProgress()
    settings = load_settings()
    settings = settings.replace(
        model=model or settings.model, stall_timeout=max(settings.stall_timeout, PATIENCE)
    )
    # Before the engine, which may take minutes to start: a name may be mistyped.
    given = load_data(*data)
    find_kernel(kernel)
    if output:
        make_place(output)
    desk = Desk(journal=Journal(journal), kernel=kernel, jobs=jobs)
    with connect(settings, progress) as engine:
        contenders = make_contenders(
            engine, [str(one) for one in mode or Mode], seed or [None], without or ()
        )
        summary = measure_quality(given, contenders, desk, progress)
    console.print(report(summary), markup=False, soft_wrap=True)
    if output:
        write_result(summary, desk.journal.records, output)
