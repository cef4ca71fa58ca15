"""A frontend without a browser: a real kernel, a notebook and our wire, for runs from a terminal."""

from nbcoder.frontend.runner import CellResult, Fix, Generation, Mode, RunResult, Witness, run_notebook

__all__ = ["CellResult", "Fix", "Generation", "Mode", "RunResult", "Witness", "run_notebook"]
