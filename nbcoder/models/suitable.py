"""Whether a model can be served here at all: found out before it is fetched, and before it is started."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nbcoder.errors import BrokenModel, UnsupportedModel
from nbcoder.models.choose import require_fit

if TYPE_CHECKING:
    from pathlib import Path

    from nbcoder.models.choose import Hardware

__all__ = ["Offered", "Suitable", "architectures_in"]

_SOURCES = ("vllm/model_executor/models/registry.py", "transformers/models/auto/modeling_auto.py")


@dataclass(frozen=True)
class Offered:
    """What a source says of a model before it is fetched; no ``architectures``: it does not say them."""

    name: str
    weight_bytes: int
    architectures: tuple[str, ...] = ()


@dataclass(frozen=True)
class Suitable:
    """What this machine can serve: with its ``hardware``, and with the vLLM of ``python``'s environment."""

    hardware: Hardware
    python: Path

    def require(self, offered: Offered) -> None:
        """Check that the model can be served.

        Raises
        ------
        ModelTooLarge
            It does not fit into what is free.
        UnsupportedModel
            vLLM cannot build it.
        """
        self.require_architecture(offered.name, offered.architectures)
        require_fit(offered, self.hardware)

    def require_architecture(self, name: str, architectures: tuple[str, ...]) -> None:
        """Check that vLLM can build one of the ``architectures``, as far as they are known.

        vLLM has its own classes and falls back to those of transformers. Their lists are read as text:
        importing them takes ten seconds.

        Raises
        ------
        UnsupportedModel
            It cannot.
        """
        sources = [
            path.read_text(encoding="utf-8", errors="replace")
            for folder in self.python.parent.parent.glob("lib/python*/site-packages")
            for path in (folder / source for source in _SOURCES)
            if path.is_file()
        ]
        if not architectures or not sources:
            return
        if not any(f'"{one}"' in source for one in architectures for source in sources):
            raise UnsupportedModel(
                f"{name} is of the architecture {architectures[0]}, which the installed vLLM cannot build. "
                "Choose another model: `nbcoder model list`."
            )


def architectures_in(folder: Path) -> tuple[str, ...]:
    """The architectures that the configuration in ``folder`` names.

    Raises
    ------
    BrokenModel
        It cannot be read.
    """
    try:
        named = json.loads((folder / "config.json").read_bytes()).get("architectures") or ()
        return tuple(map(str, named))
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise BrokenModel(
            f"the model in {folder} is broken: config.json cannot be read ({error}). Fetch it again."
        ) from error
