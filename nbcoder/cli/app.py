"""The commands, put together."""

from __future__ import annotations

import typer

from nbcoder._version import __version__
from nbcoder.cli import bench, engine, model, run

__all__ = ["app"]

app = typer.Typer(
    name="nbcoder",
    help="Notebook cells from a local model, already run on your live data before you accept them.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(engine.app, name="engine")
app.add_typer(model.app, name="model")
app.add_typer(bench.app, name="bench")
app.command("run")(run.run)
app.command("fix")(run.fix)


@app.command("version")
def version() -> None:
    """Print the version."""
    typer.echo(__version__)
