"""Where a cell came from, as kept in its metadata under ``nbcoder``."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

__all__ = ["Provenance"]


@dataclass(frozen=True)
class Provenance:
    """The history of a cell that a model wrote; hashes are those of `source_hash`."""

    suggestion: str
    kind: Literal["generate", "fix", "explain", "document", "tests", "refactor"]
    model: str
    engine: str
    prompt_hash: str
    context_hash: str
    source_hash: str
    """Of the cell's text when it was accepted; frontends set it for each cell."""
    temperature: float
    top_p: float | None
    top_k: int | None
    max_tokens: int
    seed: int | None
    tries: int
    seconds: float
    accepted: str
    """Time of acceptance, ISO 8601 with zone."""
    mended_error: str = ""
    """Name of the exception that a fix answered."""
    edited: bool | None = None
    """Whether the user changed the text before accepting it; JupyterLab notes ``editedAfter`` by itself."""

    def to_metadata(self) -> dict[str, Any]:
        """The JSON object for ``cell.metadata["nbcoder"]``; empty fields are left out."""
        fields = {_camel(name): value for name, value in asdict(self).items() if value not in ("", None)}
        return {"v": 1, **fields}


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)
