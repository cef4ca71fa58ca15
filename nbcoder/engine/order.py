"""What the supervisor is told to start; it comes on its standard input, for command lines are public."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

__all__ = ["Order", "from_json", "to_json"]


@dataclass(frozen=True)
class Order:
    """How vLLM is run and when it is stopped.

    ``command`` is followed by the supervisor's process id, then by ``arguments``. Seconds: ``start_timeout``
    until vLLM has to be ready, ``idle`` without a request after which it stops (0: never).
    """

    command: list[str]
    arguments: list[str]
    environment: dict[str, str]
    model: str
    socket: Path
    key: str
    start_timeout: float
    idle: float


def to_json(order: Order) -> str:
    """``order`` as text, for `from_json`."""
    return json.dumps(asdict(order), default=str)


def from_json(text: str) -> Order:
    """The order in ``text``, which `to_json` wrote."""
    values = json.loads(text)
    return Order(**values | {"socket": Path(values["socket"])})
