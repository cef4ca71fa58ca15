"""``nbcoder model``: weights on this machine."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from nbcoder.cli.terminal import TerminalProgress, console

__all__ = ["app"]

app = typer.Typer(help="List, fetch and remove models.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="A name of `nbcoder model list`, a hub repository, or a path.")]


@app.command("list")
def list_models() -> None:
    """Show the models we know, what fits this machine and what is here."""
    from nbcoder.engine.hardware import look  # noqa: PLC0415 - each command loads what it needs
    from nbcoder.models.catalogue import catalogue  # noqa: PLC0415
    from nbcoder.models.choose import default_model, fits  # noqa: PLC0415
    from nbcoder.models.store import stored  # noqa: PLC0415

    hardware = look()
    here = {model.name: model for model in stored()}
    default = default_model(hardware).name
    table = Table(box=None, header_style="bold")
    for column in ("model", "parameters", "memory", "context", "licence", "fits", "here"):
        table.add_column(column)
    for model in catalogue():
        fit = fits(model, hardware)
        table.add_row(
            f"[bold]{model.name}[/] (default)" if model.name == default else model.name,
            f"{model.parameters:g} B",
            f"{model.weight_bytes / 1e9:.1f} GB",
            f"{model.context:,}",
            model.licence,
            "yes" if fit.ok else f"{fit.missing_bytes / 1e9:.1f} GB short",
            "yes" if model.name in here else "",
        )
    for name in sorted(set(here) - {model.name for model in catalogue()}):
        table.add_row(name, "", f"{here[name].size / 1e9:.1f} GB", "", "", "", "yes")
    console.print(table)


@app.command()
def pull(name: Name) -> None:
    """Fetch a model, so that the engine can serve it without a network."""
    from nbcoder.engine.install import install  # noqa: PLC0415 - weights are converted in its environment
    from nbcoder.models.store import locate  # noqa: PLC0415
    from nbcoder.models.store import pull as fetch  # noqa: PLC0415

    path = locate(name) or fetch(name, install(TerminalProgress()).python, TerminalProgress())
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
