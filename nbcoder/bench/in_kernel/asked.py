"""What nbcoder's own session in this kernel asked for last."""

from __future__ import annotations

import dataclasses
from typing import Any

__all__ = ["last_answer"]


def last_answer() -> dict[str, Any]:
    """The newest suggestion's ``chat``, as it was sent, and how many ``tokens`` came back."""
    from IPython.core.getipython import get_ipython  # noqa: PLC0415 - a kernel has it anyway

    from nbcoder.kernel import session_of  # noqa: PLC0415 - not every kernel that is measured has loaded it

    shell = get_ipython()
    latest = session_of(shell).latest if shell is not None else None
    if latest is None:
        return {}
    return {"chat": dataclasses.asdict(latest.sent.chat), "tokens": latest.stats.completion_tokens}
