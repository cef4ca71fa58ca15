"""Numbers that an answer gives to the user's values though nobody told it: guesses that look like data."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from nbcoder.suggest.code.names import tree_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["invented_numbers"]

_NUMBER = re.compile(r"(?<![\w.])\d{1,15}(?:\.\d{1,15})?(?![\w.])")
_MOST_READ = 100_000
"""Characters of what the user wrote."""
_MOST_SHOWN = 4


def invented_numbers(code: str, told: Iterable[str]) -> Iterator[str]:
    """What is wrong with numbers that stand in no text that was ``told``, in words for the model.

    Looked at are dicts that give a number to each of several keys. Where they only count, as in
    ``{"low": 0, "high": 1}``, they say nothing of the data.
    """
    tables = [node for node in ast.walk(tree_of(code)) if isinstance(node, ast.Dict)]
    found = [numbers for table in tables if (numbers := _numbers(table)) and not _only_counts(numbers)]
    if not found:
        return
    known = {float(number) for text in told for number in _NUMBER.findall(text[:_MOST_READ])}
    for numbers in found:
        unknown = [number for number in numbers if abs(number) not in known]
        if len(unknown) > 1:
            shown = ", ".join(map(str, unknown[:_MOST_SHOWN]))
            yield f"It makes up the numbers {shown}. Compute them from the data that is there."


def _numbers(table: ast.Dict) -> list[float]:
    """The values of a dict that gives a number to each of its keys; none for any other."""
    try:
        values = [ast.literal_eval(value) for value in table.values]
    except ValueError:
        return []
    are_numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    return values if are_numbers and len(values) > 1 else []


def _only_counts(numbers: list[float]) -> bool:
    first = min(numbers)
    return first in (0, 1) and set(numbers) == {first + at for at in range(len(set(numbers)))}
