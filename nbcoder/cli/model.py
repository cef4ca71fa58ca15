"""``nbcoder model``: weights on this machine, and which of them is served."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from nbcoder.cli.terminal import TerminalProgress, complain, console
from nbcoder.settings import load_settings, store_setting

if TYPE_CHECKING:
    from nbcoder.engine.hardware import Hardware
    from nbcoder.models.survey import Survey

__all__ = ["app"]

app = typer.Typer(help="List, choose, fetch and remove models.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="A name of `nbcoder model list`, a hub repository, or a path.")]
Anyway = Annotated[bool, typer.Option("--anyway", help="Even if it cannot be served on this machine.")]


@app.command("list")
def list_models(
    fits: Annotated[bool, typer.Option("--fits", help="Only those that fit into what is free now.")] = False,
) -> None:
    """Show the models we know, what fits this machine, what is here and what runs."""
    from nbcoder.models.overview import overview  # noqa: PLC0415 - each command loads what it needs

    seen = overview(load_settings(), _hardware())
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("model", "size", "needs", "context", "fits", "", "licence"):
        table.add_column(
            column, no_wrap=column != "licence", justify="right" if column == "needs" else "left"
        )
    title = ""
    for row in seen.rows:
        if fits and row.missing_bytes:
            continue
        if row.family != title:
            title = row.family
            table.add_row(f"[dim]{title}[/]")
        table.add_row(
            f"[bold]{row.name}[/]" if row.marks else row.name,
            row.size,
            f"{row.needed_bytes / 1e9:.1f} GB" if row.needed_bytes else "",
            f"{row.context:,}" if row.context else "",
            "[dim]no[/]" if row.missing_bytes else "yes",
            ", ".join(row.marks),
            f"{row.licence} [yellow]!{row.note}[/]" if row.note else row.licence,
        )
    console.print(table)
    console.print(f"Free: {seen.free}.")
    for number, note in enumerate(seen.notes, 1):
        console.print(f"[yellow]!{number}[/] {note}")


@app.command()
def use(
    name: Annotated[str, typer.Argument(help="As for `pull`; `auto`: what suits this machine.")],
    now: Annotated[bool, typer.Option("--now", help="Start the engine with it now.")] = False,
    anyway: Anyway = False,
) -> None:
    """Choose the model to serve; an engine with another one is stopped, and starts anew on need."""
    from nbcoder.engine.naming import served_name  # noqa: PLC0415
    from nbcoder.engine.process import start, status, stop  # noqa: PLC0415

    setting = name if name == "auto" else _chosen(name, anyway=anyway)
    file = store_setting("model", setting)
    console.print(
        f"{setting} will be served from the next request on ({file}).", markup=False, soft_wrap=True
    )
    if (variable := os.environ.get("NBCODER_MODEL", setting)) != setting:
        complain(f"NBCODER_MODEL is set to {variable} and wins over the file. Unset it.")
    settings = load_settings()
    if settings.engine_url:
        complain(f"the engine at {settings.engine_url} is used, which serves what it likes.")
        return
    wanted = served_name(settings.model)
    if wanted and status().is_running and status().model != wanted:
        console.print(f"Stopping the engine, which serves {status().model}.", markup=False)
        stop()
    if now:
        console.print(f"ready: {start(settings, TerminalProgress()).model}", markup=False)


@app.command()
def pull(name: Name, anyway: Anyway = False) -> None:
    """Fetch a model, so that the engine can serve it without a network."""
    from nbcoder.engine.install import install  # noqa: PLC0415 - weights are converted in its environment
    from nbcoder.models.store import locate  # noqa: PLC0415
    from nbcoder.models.store import pull as fetch  # noqa: PLC0415
    from nbcoder.models.suitable import Suitable  # noqa: PLC0415

    progress = TerminalProgress()
    path = locate(name)
    if path is None:
        python = install(progress).python
        path = fetch(name, python, progress, None if anyway else Suitable(_hardware(), python))
    typer.echo(path)


@app.command()
def path(name: Name) -> None:
    """Print the folder of a model that is here; exit status 1 when it is not."""
    from nbcoder.models.store import locate  # noqa: PLC0415

    found = locate(name)
    if found is None:
        raise typer.Exit(1)
    typer.echo(found)


@app.command()
def remove(name: Name) -> None:
    """Delete a model's files."""
    from nbcoder.models.store import remove as delete  # noqa: PLC0415

    console.print(f"{delete(name) / 1e9:.1f} GB freed.")


def _hardware() -> Hardware:
    """What the installed vLLM can use of this machine."""
    from nbcoder.engine.hardware import look  # noqa: PLC0415
    from nbcoder.engine.install import find_installed  # noqa: PLC0415

    hardware, installed = look(), find_installed()
    return replace(hardware, gpus=()) if installed and installed.kind == "cpu" else hardware


def _chosen(name: str, *, anyway: bool) -> str:
    """The value of the setting for the model of that name, after what there is to say of it."""
    from nbcoder.engine.install import find_installed  # noqa: PLC0415
    from nbcoder.models.choose import require_fit  # noqa: PLC0415
    from nbcoder.models.suitable import Suitable  # noqa: PLC0415
    from nbcoder.models.survey import survey  # noqa: PLC0415

    found = survey(name, TerminalProgress())
    if not anyway:
        installed, hardware = find_installed(), _hardware()
        if installed:
            Suitable(hardware, installed.python).require_architecture(
                found.offered.name, found.offered.architectures
            )
        require_fit(found.offered, hardware)
    _tell(found)
    return found.setting


def _tell(found: Survey) -> None:
    from nbcoder.models.catalogue import find  # noqa: PLC0415

    if found.family:
        console.print(f"Spoken to as {found.family.title}.", markup=False)
    if (model := find(found.offered.name)) and model.licence_note:
        complain(f"{model.name} has the licence {model.licence}: {model.licence_note}.")
    if found.folder is None:
        console.print("It is fetched when it is first needed; `nbcoder model pull` fetches it now.")
