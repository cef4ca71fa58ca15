"""Whether a candidate that runs does what was asked, told by the effects and outputs of its dry run."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from nbcoder.models.python_source import as_python
from nbcoder.suggest.asked.extremes import is_other_end
from nbcoder.suggest.asked.flags import are_truths
from nbcoder.suggest.asked.forms import Shown, is_in_order, wrong_form
from nbcoder.suggest.asked.ordinals import is_elsewhere
from nbcoder.suggest.asked.unseen import acts_in_place, prints_by_itself, sets_options, tidies
from nbcoder.suggest.code.selecting import selects_values

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from nbcoder.dryrun import Report
    from nbcoder.suggest.asked.forms import Form
    from nbcoder.suggest.asked.mentions import Mention
    from nbcoder.suggest.asked.wish import Wish

__all__ = ["IDLE", "complaints", "does_nothing", "lost_variables", "result", "unused"]

_EMPTY = ("Empty DataFrame", "Series([], ", "Index([], ", "array([], ")
_NO_COLUMNS = "Empty DataFrame\nColumns: []\n"
_EMPTY_AS_A_WHOLE = frozenset({"[]", "{}", "set()", "()", "''"})
_NO_NUMBER = frozenset({"nan", "NaT", "np.float64(nan)", "<NA>"})
_UNFINISHED = (
    (
        re.compile(r"<bound method \S*?(\w+) of "),
        "It shows a method, not what it gives: call it, as in \\1().",
    ),
    (
        re.compile(r"<[\w.]*\.(\w*(?:GroupBy|Resampler)) object at|(Rolling|Expanding) \["),
        "It shows groups of which nothing is computed yet. Say what of each, as in .mean() or .size().",
    ),
    (
        re.compile(
            r"<(generator|map|filter|zip|reversed|enumerate|itertools\.\w+|\w*iterator)(?: object)?\b"
        ),
        "It shows a \\1 object and not what is in it: make it a list.",
    ),
)
"""How values are shown that are not yet what was asked for."""
_COLUMN = re.compile(r"\bdtype: \w+(?:\[\w+\])?\s*\Z")
"""How pandas ends the text of a Series."""
IDLE = "It does nothing of what was asked: it only repeats what ran already, or says something."


def complaints(
    report: Report, wish: Wish, code: str = "", *, is_label: bool = False, spare: Collection[str] = ()
) -> tuple[str, ...]:
    """What speaks against a candidate that ran without an exception, each in words for the model.

    ``is_label`` is as `nbcoder.suggest.asked.forms.wrong_form` has it, ``spare`` as `lost_variables`.
    """
    if wish.is_open:
        return ()
    told = [*_of_effects(report, wish, code, lost_variables(report, wish, spare))]
    is_shown = wish.value_does and _shows(report) and _changes_nothing(report)
    if wish.wants_value or is_shown:
        told += _of_value(report, wish, code, is_label=is_label)
    elif wish.form.kind and not wish.changes and _shows(report):
        told += filter(None, [wrong_form(wish.form, result(report), is_label=is_label)])
    return tuple(told) if is_shown else (*told, *_of_change(report, wish, code))


def lost_variables(report: Report, wish: Wish, spare: Collection[str] = ()) -> tuple[str, ...]:
    """Variables of the user's that the code changes though nobody asked for it, and that are not ``spare``.

    Where one is to change by name, others may only be further names of the same object.
    """
    effects = report.effects
    changed = (*effects.rebound, *effects.mutated, *effects.removed)
    lost = [name for name in changed if wish.is_protected(name)]
    if wish.changes and wish.mentioned:
        meant = {*wish.mentioned, *wish.targets}
        lost += [name for name in effects.rebound if name not in meant]
    return tuple(name for name in dict.fromkeys(lost) if name not in spare)


def unused(code: str, mentions: Iterable[Mention]) -> Iterator[str]:
    """Values that the request speaks of and the code does not use, each in words for the model."""
    plain = code.casefold()
    for mention in mentions:
        if mention.value.casefold() not in plain:
            yield f"It does not use {mention.value!r}, which the request speaks of: {mention.hint}."


def does_nothing(code: str, ran: Collection[str] = ()) -> bool:
    """Whether the code is comments, words, imports, a question to the user, or what ``ran`` before.

    ``ran`` is as `nbcoder.suggest.asked.shaping.statements` gives it.
    """
    try:
        body = ast.parse(as_python(code)).body
    except SyntaxError:
        return not code.strip()
    acts = [
        one for one in body if not _is_idle(one) and (isinstance(one, ast.Expr) or ast.dump(one) not in ran)
    ]
    return not acts


def _is_idle(statement: ast.stmt) -> bool:
    match statement:
        case ast.Pass() | ast.Import() | ast.ImportFrom() | ast.Expr(value=ast.Constant()):
            return True
        case ast.Expr(value=ast.Call(func=ast.Name(id="print" | "input"), args=arguments)):
            return all(isinstance(argument, ast.Constant) for argument in arguments)
        case ast.Assign(value=ast.Call(func=ast.Name(id="input"))):
            return True
    return False


def _of_effects(report: Report, wish: Wish, code: str, lost: Collection[str]) -> Iterator[str]:
    effects = report.effects
    touched = {*effects.added, *effects.rebound, *effects.mutated}
    if wish.function is not None and wish.function.name not in touched:
        yield f"It does not define the function {wish.function.name}."
    for name in wish.targets:
        if name not in touched and name not in effects.removed:
            yield f"It does not assign anything to {name}."
    if lost:
        names = " and ".join(lost)
        yield f"It changes {names}, which has to stay as it is. Work on a copy under another name."
    if wish.as_numbers and are_truths(code):
        yield "It gives True and False, but 1 and 0 are asked for: astype(int) makes them so."
    yield from report.remarks


def _shows(report: Report) -> bool:
    return any(output.get("output_type") in ("execute_result", "display_data") for output in report.outputs)


def _changes_nothing(report: Report) -> bool:
    effects = report.effects
    changed = {*effects.added, *effects.rebound, *effects.mutated}.difference(effects.kept)
    return not (changed or effects.removed or effects.created or effects.changed or effects.process)


def _of_change(report: Report, wish: Wish, code: str) -> Iterator[str]:
    kept = report.effects.kept
    if not wish.changes or not _changes_nothing(report) or sets_options(code):
        return
    if (wish.is_undecided or tidies(code)) and (kept or acts_in_place(code)):
        return  # what is tidy already stays as it is
    if kept:
        yield f"It leaves {' and '.join(kept)} as it was: nothing in it is like that. Do it in another way."
    elif not wish.targets and wish.mentioned:
        yield f"It changes nothing. Assign the result to {' or '.join(wish.mentioned[:2])}."
    else:
        yield "It changes nothing. Assign the result to the variable that is meant."


def _of_value(report: Report, wish: Wish, code: str, *, is_label: bool) -> Iterator[str]:
    shown = result(report)
    text = shown.text
    kinds = {output.get("output_type") for output in report.outputs}
    if ("stream" in kinds and (wish.may_print or prints_by_itself(code))) or sets_options(code):
        return
    if kinds.isdisjoint(("execute_result", "display_data")):
        yield "It shows no value. The last line has to be the expression that is asked for, not a print."
    elif text.startswith(_NO_COLUMNS):
        yield "Its result is a table without columns. Keep those that are asked for."
    elif text in _NO_NUMBER or (_is_empty(text) and selects_values(code)):
        yield f"Its result is empty: {text.splitlines()[0]}. Look at the values in the data again."
    elif "display_data" in kinds and (not text or text.startswith("<")):
        return  # what is drawn is the answer
    elif complaint := _unfinished(text) or wrong_form(wish.form, shown, is_label=is_label):
        yield complaint
    elif wish.wants_one and shown.table:
        yield "It gives a whole table, but one single value is asked for."
    else:
        yield from _of_code(wish.form, code)
        if wish.form.is_sorted and "sort" not in code and not is_in_order(text):
            yield "Its list is not sorted: sorted() makes it so."


def _of_code(form: Form, code: str) -> Iterator[str]:
    if is_other_end(form.extreme, code):
        yield f"It takes the other end: the {form.extreme} is asked for."
    cell, place = form.cell
    if cell and is_elsewhere(place, code):
        yield f"It does not take the {cell} by its number: counted from 0, that is iloc[{place}]."


def _is_empty(text: str) -> bool:
    return text.startswith(_EMPTY) or text in _EMPTY_AS_A_WHOLE


def _unfinished(text: str) -> str:
    for pattern, words in _UNFINISHED:
        if match := pattern.match(text):
            return match.expand(words)
    return ""


def result(report: Report) -> Shown:
    """The cell's value as the notebook shows it, the last of several; empty where there is none."""
    for output in reversed(report.outputs):
        if output.get("output_type") == "execute_result":
            data = output.get("data", {})
            text = data.get("text/plain", "")
            text = "".join(text) if isinstance(text, list) else str(text)
            is_column = _COLUMN.search(text) is not None
            return Shown(text, "DataFrame" if "text/html" in data else "Series" if is_column else "")
    return Shown("")
