"""Outputs in the format of notebooks, put together from the worker's events."""

from __future__ import annotations

from typing import Any, Final

__all__ = ["Outputs"]

_SLACK: Final = 100_000


class Outputs:
    """A cell's outputs as they come; what goes beyond ``limit`` bytes is dropped.

    The worker keeps to the limit itself, but what the code writes past Python is counted only here.
    """

    def __init__(self, limit: int) -> None:
        self._left = limit + _SLACK
        self._list: list[dict[str, Any]] = []
        self._displayed: dict[str, list[dict[str, Any]]] = {}
        self._clear_next = False
        self._is_cut = False

    @property
    def is_cut(self) -> bool:
        """Whether there was more than is kept."""
        return self._is_cut

    def all(self) -> tuple[dict[str, Any], ...]:
        """The outputs, with a last word if some are missing."""
        if self._is_cut:
            note = {"output_type": "stream", "name": "stderr", "text": "[more output was cut off]\n"}
            return (*self._list, note)
        return tuple(self._list)

    def stream(self, name: str, text: str) -> None:
        """Text on a stream; it joins the output before if that is of the same stream."""
        if not self._take(len(text)):
            return
        last = self._list[-1] if self._list else None
        if last is not None and last["output_type"] == "stream" and last["name"] == name:
            last["text"] += text
        else:
            self._list.append({"output_type": "stream", "name": name, "text": text})

    def display(
        self,
        data: dict[str, Any],
        metadata: dict[str, Any],
        identity: str | None = None,
        *,
        update: bool = False,
    ) -> None:
        """A display; with ``update`` it replaces those of the same ``identity``."""
        if not self._take(_size(data)):
            return
        output = {"output_type": "display_data", "data": data, "metadata": metadata}
        if update:
            for shown in self._displayed.get(identity or "", []):
                shown |= {"data": data, "metadata": metadata}
            return
        self._list.append(output)
        if identity:
            self._displayed.setdefault(identity, []).append(output)

    def result(self, data: dict[str, Any], metadata: dict[str, Any]) -> None:
        """The value of the last expression."""
        if self._take(_size(data)):
            output = {"output_type": "execute_result", "execution_count": None}
            self._list.append({**output, "data": data, "metadata": metadata})

    def clear(self, *, wait: bool) -> None:
        """Take back what was shown: now, or with ``wait`` when something else is."""
        self._clear_next = wait
        if not wait:
            self._list.clear()

    def cut(self) -> None:
        """The worker has left something out."""
        self._is_cut = True

    def _take(self, size: int) -> bool:
        if self._clear_next:
            self.clear(wait=False)
        self._left -= size
        if self._left < 0:
            self._is_cut = True
        return self._left >= 0


def _size(data: dict[str, Any]) -> int:
    return sum(len(value) if isinstance(value, str) else 1_000 for value in data.values())
