"""``nbcoder engine``: the vLLM process of this user on this machine."""

from __future__ import annotations

import sys
from typing import Annotated, Literal

import typer

from nbcoder.cli.terminal import TerminalProgress, console
from nbcoder.settings import Settings, load_settings

__all__ = ["app"]

app = typer.Typer(help="Install, start and look after the engine (vLLM).", no_args_is_help=True)

Kind = Annotated[
    Literal["auto", "cpu", "cuda"], typer.Option(help="Which build of vLLM; auto looks at the machine.")
]
Model = Annotated[str, typer.Option(help="Model to serve; default: the setting `model`.")]


@app.command()
def install(kind: Kind = "auto") -> None:
    """Build vLLM's own environment; does nothing if it is there."""
    from nbcoder.engine.install import install as build  # noqa: PLC0415 - each command loads what it needs

    installed = build(TerminalProgress(), None if kind == "auto" else kind)
    console.print(f"vLLM {installed.version} for {installed.kind} is installed.")


@app.command()
def start(model: Model = "") -> None:
    """Start the engine, or find it running; returns when it has generated a token."""
    from nbcoder.engine.process import start as begin  # noqa: PLC0415

    address = begin(_settings(model), TerminalProgress())
    console.print(f"ready: {address.model}")


@app.command()
def status() -> None:
    """Say what the engine is doing; exit status 3 when it is not ready."""
    from nbcoder.engine import describe  # noqa: PLC0415
    from nbcoder.engine.process import status as look  # noqa: PLC0415

    console.print(describe(load_settings()), markup=False)
    if look().phase != "ready" and not load_settings().engine_url:
        raise typer.Exit(3)


@app.command()
def stop() -> None:
    """Stop the engine."""
    from nbcoder.engine.process import stop as end  # noqa: PLC0415

    console.print("stopped." if end() else "it was not running.")


@app.command()
def restart(model: Model = "") -> None:
    """Stop the engine and start it again."""
    from nbcoder.engine.process import restart as again  # noqa: PLC0415

    address = again(_settings(model), TerminalProgress())
    console.print(f"ready: {address.model}")


@app.command()
def logs(lines: Annotated[int, typer.Option("-n", help="How many of the last lines.")] = 50) -> None:
    """Print the end of the engine's log."""
    from nbcoder.engine.process import logs as tail  # noqa: PLC0415

    sys.stdout.writelines(line.rstrip("\n") + "\n" for line in tail(lines))


@app.command()
def doctor() -> None:
    """Check everything the engine needs; exit status 1 when something is wrong."""
    from nbcoder.engine.doctor import examine  # noqa: PLC0415

    checks = examine(load_settings())
    for check in checks:
        mark = "[green]✓[/]" if check.ok else "[red]✗[/]"
        console.print(f"{mark} {check.name}: ", end="")
        console.print(check.detail, markup=False, soft_wrap=True)
        if not check.ok and check.advice:
            console.print(f"    {check.advice}", markup=False, soft_wrap=True)
    if not all(check.ok for check in checks):
        raise typer.Exit(1)
    console.print("all green.")


def _settings(model: str) -> Settings:
    settings = load_settings()
    return settings.replace(model=model) if model else settings


@app.command()
def remove(kind: Kind = "auto") -> None:
    """Delete vLLM's environment; `install` builds it anew."""
    from nbcoder.engine.install import remove as delete  # noqa: PLC0415

    console.print("removed." if delete(None if kind == "auto" else kind) else "there was none.")
