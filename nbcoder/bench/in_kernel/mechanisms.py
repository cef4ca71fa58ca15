"""Mechanisms of `nbcoder.suggest` that can be switched off in this kernel, to measure what each adds."""

from __future__ import annotations

import importlib
import sys
from enum import StrEnum
from typing import Any

__all__ = ["Mechanism", "switch_off"]


def _nothing(*_: object, **__: object) -> tuple[()]:
    return ()


def _no_text(*_: object, **__: object) -> str:
    return ""


def _as_it_is(code: str, *_: object) -> str:
    return code


class Mechanism(StrEnum):
    """What can be switched off."""

    AT_HAND = "at-hand"
    """Telling which of several tables the cells just before work on."""
    DAYS = "days"
    """Demanding that the days which the request names are used."""
    DOUBT = "doubt"
    """Drawing other answers where the first one runs, but its tokens were unlikely."""
    ENDINGS = "endings"
    """Putting what lacks behind a value that is not of the form that the request asks for."""
    EXAMPLES = "examples"
    """Calling a function with the worked example of the request."""
    FORMS = "forms"
    """Demanding the form of value that the request asks for."""
    HINTS = "hints"
    """What live objects say to an error."""
    INVENTED = "invented"
    """Refusing numbers for the user's values that nobody told."""
    LABELS = "labels"
    """Demanding the name of what a question with which or who asks for."""
    LAYOUT = "layout"
    """Demanding the index, the columns and the types that the request asks for."""
    LINES = "lines"
    """Having one line of a function that fails its tests filled in after the other."""
    MENTIONS = "mentions"
    """Finding the values in the data that the request speaks of."""
    REMARKS = "remarks"
    """What is odd about results of code that raises nothing."""
    REMEDIES = "remedies"
    """Mending what has one remedy."""
    SHAPING = "shaping"
    """Bringing an answer into the form that is asked for by its syntax tree."""
    SPOKEN_COLUMNS = "spoken-columns"
    """Demanding that columns which the request calls so are used."""
    STEPS = "steps"
    """Having one step of a statement that fails filled in after the other."""
    SUBSCRIPTS = "subscripts"
    """Mending slips in square brackets behind a table."""
    WORDS = "words"
    """What words of the request mean in pandas."""


_USES: dict[Mechanism, tuple[str, str, Any]] = {
    Mechanism.AT_HAND: ("preparing", "table_at_hand", _nothing),
    Mechanism.DAYS: ("trying", "unused_days", _nothing),
    Mechanism.DOUBT: ("search", "SURE", -sys.float_info.max),
    Mechanism.ENDINGS: ("trying", "endings", _nothing),
    Mechanism.EXAMPLES: ("trying", "read_examples", _nothing),
    Mechanism.FORMS: ("asked.demands", "wrong_form", _no_text),
    Mechanism.HINTS: ("repair.hints", "explain", _no_text),
    Mechanism.INVENTED: ("trying", "invented_numbers", _nothing),
    Mechanism.LABELS: ("trying", "label_of", _no_text),
    Mechanism.LAYOUT: ("trying", "misfits", _nothing),
    Mechanism.LINES: ("search", "holes", _nothing),
    Mechanism.MENTIONS: ("tasks", "find_mentions", _nothing),
    Mechanism.REMARKS: ("repair.remarks", "remark", _nothing),
    Mechanism.REMEDIES: ("repair.mending", "remedy", _nothing),
    Mechanism.SHAPING: ("trying", "shape", _as_it_is),
    Mechanism.SPOKEN_COLUMNS: ("trying", "spoken_columns", _nothing),
    Mechanism.STEPS: ("search", "step_holes", _nothing),
    Mechanism.SUBSCRIPTS: ("repair.mending", "subscript_remedies", _nothing),
    Mechanism.WORDS: ("preparing", "terms", _nothing),
}
"""The module of `nbcoder.suggest` that uses it, the name by which it does, and what takes its place."""


def switch_off(mechanism: Mechanism) -> None:
    """Let that mechanism do nothing in this process.

    Called before nbcoder is loaded: what is used later is looked up here, or bound from here.
    """
    module, name, replacement = _USES[mechanism]
    home = importlib.import_module(f"nbcoder.suggest.{module}")
    getattr(home, name)  # a mechanism that has moved would be measured as one that adds nothing
    setattr(home, name, replacement)
