"""From a situation to a context: look, clean, order by relevance. Nothing of the user's is run or changed."""

from __future__ import annotations

import heapq
import time
from collections import defaultdict
from dataclasses import replace
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING

from nbcoder.context.describe import Describer, Description
from nbcoder.context.files import file_hints
from nbcoder.context.history import History, error_text
from nbcoder.context.names import sort_names
from nbcoder.context.relevance import IMPORTED, WEIGHTS, Wish, hints_for, name_scores, score_of_labels
from nbcoder.context.secrets.guard import Guard
from nbcoder.context.secrets.hiding import HIDDEN, hides
from nbcoder.context.secrets.known import known_secrets
from nbcoder.context.secrets.veil import veiled
from nbcoder.context.situation import Limits
from nbcoder.context.statics import class_text, is_users, module_dict, version_of
from nbcoder.context.values import Context, Variable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import ModuleType

    from nbcoder.context.situation import Situation

__all__ = ["collect"]

_MOST_MODULES = 40
_MOST_HINTS = 8
_UNHURRIED = 0.7
_LOOKED_AT_ANYWAY = 2
"""Variables that are looked into even when the time is up."""


def collect(situation: Situation, limits: Limits | None = None) -> Context:
    """What the model may be told. Takes about 20 ms at most, whatever the size of the user's data."""
    start = time.thread_time()
    limits = limits or Limits()
    names = sort_names(situation)
    guard = veiled("\n\n".join(situation.subject), Guard(known_secrets(names))).guard
    history = History(situation, guard, limits)
    above, below = history.split()
    wish = Wish(situation.request)
    describer = Describer(guard, _with_the_rest(limits, time.thread_time() - start))
    scores = name_scores(names.values, wish, history.nearby(limits.nearby_cells))
    variables = _look(names.values, scores, wish, describer)
    others = tuple(_others(names.values, {variable.name for variable in variables}, describer))
    return Context(
        older=history.older,
        above=above,
        below=below,
        gone=history.gone(),
        variables=tuple(_without_samples(variable) for variable in variables),
        others=others,
        untold=len(names.values) - len(variables) - len(others),
        modules=tuple(_modules(names.modules, guard)),
        error=error_text(situation, guard),
        hints=(*file_hints(situation.request, guard), *_hints(variables, wish, describer)),
        guard=guard,
    )


def _with_the_rest(limits: Limits, used: float) -> Limits:
    """The limits with as many seconds for looking into variables as are left."""
    return replace(limits, seconds=min(limits.seconds, max(limits.seconds_in_all - used, 0)))


def _look(
    values: dict[str, object], scores: Mapping[str, float], wish: Wish, describer: Describer
) -> tuple[Variable, ...]:
    """Describe the most relevant variables, as many as limits allow; when time runs out, in haste."""
    start = time.thread_time()
    looked: list[Variable] = []
    for name, score in _most_relevant(values, scores, describer):
        used = time.thread_time() - start if len(looked) >= _LOOKED_AT_ANYWAY else 0.0
        if used > describer.limits.seconds:
            break
        in_haste = used > describer.limits.seconds * _UNHURRIED
        description = _describe(name, values[name], describer.in_haste if in_haste else describer)
        looked.append(Variable(name, description, score + score_of_labels(description, wish)))
    looked.sort(key=lambda variable: -variable.score)
    return tuple(looked)


def _describe(name: str, value: object, describer: Describer) -> Description:
    if hides(name, value):
        return Description("value", f"{class_text(type(value))}, {HIDDEN}")
    return describer.describe(value)


def _most_relevant(
    values: dict[str, object], scores: Mapping[str, float], describer: Describer
) -> list[tuple[str, float]]:
    """Names with their scores; of those that nothing speaks of, the newest of each kind."""
    most, of_callables = describer.limits.described, WEIGHTS["callable"]
    weights: dict[int, float] = {}
    """By the identity of the type."""
    newest: defaultdict[float, list[str]] = defaultdict(list)
    groups: dict[int, list[str]] = {}
    """The same by the identity of the type; without those of which each value has to be looked at."""
    for name, kind in zip(reversed(values), map(id, map(type, reversed(values.values()))), strict=True):
        group = groups.get(kind)
        if group is None:
            cls = type(values[name])
            weight = weights[kind] = WEIGHTS[describer.kind_of(cls)]
            if weight != of_callables:
                groups[kind] = newest[weight]
            group = newest[weight if weight != of_callables or is_users(values[name]) else IMPORTED]
        if len(group) < most:
            group.append(name)
    rated = {name: weight for weight, group in newest.items() for name in group}
    rated |= {
        name: score + rated.get(name, weights[id(type(values[name]))]) for name, score in scores.items()
    }
    return heapq.nlargest(most, rated.items(), key=itemgetter(1))


def _hints(variables: tuple[Variable, ...], wish: Wish, describer: Describer) -> tuple[str, ...]:
    return hints_for([(one.name, one.description) for one in variables], wish, describer)[:_MOST_HINTS]


def _without_samples(variable: Variable) -> Variable:
    """Data that was only looked at does not stay in the context."""
    return replace(variable, description=replace(variable.description, samples={}))


def _others(values: dict[str, object], told: set[str], describer: Describer) -> Iterator[tuple[str, str]]:
    """Name and type of the newest variables that were not looked into, the newest first."""
    rest = (name for name in reversed(values) if name not in told)
    for name in islice(rest, describer.limits.listed):
        yield name, describer.clean(class_text(type(values[name])))


def _modules(modules: Mapping[str, ModuleType], guard: Guard) -> Iterator[str]:
    """The names of modules, with their versions where they state one."""
    for name, value in islice(modules.items(), _MOST_MODULES):
        module = module_dict(value).get("__name__")
        module = module if type(module) is str else name
        version = version_of(module.partition(".")[0])
        stated = f"{name} = {module}" if module != name else name
        yield guard.data(f"{stated} {version}".rstrip())
