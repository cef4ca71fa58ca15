"""Lets an engine on the CPU live through requests with a seed and a long prompt; run in vLLM's processes.

vLLM 0.32 reads a long prompt in pieces, draws a token after each, and takes it back by moving the offset of
the request's generator. Generators of the CPU have no offset, and the RuntimeError ends the engine.
"""

from __future__ import annotations

import torch  # type: ignore[import-not-found,unused-ignore] # it is in the engine's environment only

_ONE_DRAW = 4
"""By what vLLM moves the offset."""


class _Rewinding(torch.Generator):  # type: ignore[misc,unused-ignore] # torch is not to be seen by mypy
    """Takes a draw back by starting anew: nothing is drawn for good before all of a prompt has been read."""

    def get_offset(self) -> int:
        """As if there had been one draw."""
        return _ONE_DRAW

    def set_offset(self, offset: int) -> None:  # noqa: ARG002 - vLLM only ever goes back by one draw
        """Forget all draws."""
        self.manual_seed(self.initial_seed())


torch.Generator = _Rewinding
