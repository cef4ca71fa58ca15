"""Functions, classes and modules: signature, first line of the docstring, version."""

from __future__ import annotations

import functools
import types
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nbcoder.context.describe.description import Description, Reader
from nbcoder.context.describe.scalars import show
from nbcoder.context.statics import (
    bases_of,
    class_dict,
    class_text,
    function_name,
    is_users,
    module_dict,
    module_of,
    name_of,
    version_of,
)

if TYPE_CHECKING:
    from nbcoder.context.describe.describer import Describer

__all__ = ["READERS", "members_of", "signature_of"]

_MOST_PARAMETERS = 20
_MOST_METHODS = 20
_MOST_DOC = 120
_MOST_WRAPPERS = 8
_VARARGS, _KEYWORDS = 0x04, 0x08
_CACHED = type(functools.lru_cache(len))
_get_dict_of_cached = vars(_CACHED)["__dict__"].__get__


def signature_of(function: types.FunctionType, describer: Describer) -> str:
    """The parameters with their defaults, from the compiled code: annotations may be code that never ran."""
    code = function.__code__
    names = list(code.co_varnames)
    positional = names[: code.co_argcount]
    keyword_only = names[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    rest = names[code.co_argcount + code.co_kwonlyargcount :]
    defaults = function.__defaults__ or ()
    shown = [*positional[: len(positional) - len(defaults)]]
    shown += [
        f"{name}={_default(value, describer)}"
        for name, value in zip(positional[len(positional) - len(defaults) :], defaults, strict=True)
    ]
    if code.co_flags & _VARARGS:
        shown.append("*" + rest.pop(0))
    elif keyword_only:
        shown.append("*")
    given = function.__kwdefaults__ or {}
    shown += [
        f"{name}={_default(given[name], describer)}" if name in given else name for name in keyword_only
    ]
    if code.co_flags & _KEYWORDS:
        shown.append("**" + rest.pop(0))
    more = ", …" if len(shown) > _MOST_PARAMETERS else ""
    return f"({', '.join(shown[:_MOST_PARAMETERS])}{more})"


def members_of(cls: type, describer: Describer) -> list[str]:
    """The public methods that the user's own class defines, with their signatures."""
    members: list[str] = []
    for name, member in class_dict(cls).items():
        if type(name) is not str or name.startswith("_") or len(members) >= _MOST_METHODS:
            continue
        plain = _unwrapped(member)
        if type(plain) is types.FunctionType:
            members.append(name + signature_of(plain, describer))
        elif type(plain) is property:
            members.append(name)
    return members


def _innermost(function: types.FunctionType) -> types.FunctionType:
    """What a decorator that keeps the signature stands before."""
    for _ in range(_MOST_WRAPPERS):
        inner = function.__dict__.get("__wrapped__")
        if type(inner) is not types.FunctionType:
            break
        function = inner
    return function


def _unwrapped(member: object) -> object:
    if type(member) is staticmethod or type(member) is classmethod:
        return member.__func__
    return member


def _default(value: object, describer: Describer) -> str:
    return show(value, describer) or "…"


def _first_line(doc: object, describer: Describer) -> tuple[str, ...]:
    if type(doc) is not str:
        return ()
    line = next((line.strip() for line in doc[:2000].splitlines() if line.strip()), "")
    return (describer.clean(line)[:_MOST_DOC],) if line else ()


def _read_function(value: types.FunctionType, describer: Describer) -> Description:
    head = describer.clean(f"function {function_name(value)}{signature_of(_innermost(value), describer)}")
    return Description("callable", head, _first_line(value.__doc__, describer))


def _read_cached(value: object, describer: Describer) -> Description:
    """A function that keeps its results; the user's own stands behind it."""
    inner = _get_dict_of_cached(value).get("__wrapped__")
    if type(inner) is not types.FunctionType:
        return Description("callable", "cached function")
    described = _read_function(inner, describer)
    return replace(described, head=f"cached {described.head}")


def _read_builtin(value: types.BuiltinFunctionType, describer: Describer) -> Description:
    return Description("callable", describer.clean(f"function {value.__name__}"))


def _read_method(value: types.MethodType, describer: Describer) -> Description:
    function, owner = value.__func__, class_text(type(value.__self__))
    if type(function) is not types.FunctionType:
        return Description("callable", describer.clean(f"method of {owner}"))
    head = f"method {function_name(function)}{signature_of(function, describer)} of {owner}"
    return Description("callable", describer.clean(head))


def _read_partial(value: functools.partial[Any], describer: Describer) -> Description:
    return Description("callable", f"partial of {describer.brief(value.func)}")


def _read_class(cls: type, describer: Describer) -> Description:
    start = next((d["__init__"] for base in bases_of(cls) if "__init__" in (d := class_dict(base))), None)
    parameters = signature_of(start, describer) if type(start) is types.FunctionType else "(…)"
    parameters = parameters.replace("(self, ", "(").replace("(self)", "()")
    fields = class_dict(cls).get("__pydantic_fields__")
    if type(fields) is dict and all(type(name) is str for name in fields):
        parameters = f"({', '.join(list(fields)[:_MOST_PARAMETERS])})"
    parents = [name_of(base) for base in bases_of(cls)[1:2] if base is not object]
    after = f", a kind of {parents[0]}" if parents else ""
    own = is_users(cls)
    origin = "" if own else f" from {module_of(cls).partition('.')[0]}"
    head = describer.clean(f"class {name_of(cls)}{parameters}{after}{origin}")
    lines = _first_line(class_dict(cls).get("__doc__"), describer) if own else ()
    values = class_dict(cls).get("_member_names_")
    if type(values) is list and all(type(value) is str for value in values):
        lines += (describer.clean("members: " + ", ".join(values[:_MOST_METHODS])),)
    if own and (members := members_of(cls, describer)):
        lines += (describer.clean("methods: " + ", ".join(members)),)
    return Description("class", head, lines)


def _read_module(module: types.ModuleType, describer: Describer) -> Description:
    name = module_dict(module).get("__name__")
    name = name if type(name) is str else "module"
    version = version_of(name.partition(".")[0])
    return Description("module", describer.clean(f"{name} {version}".rstrip()))


READERS: dict[type, Reader] = {
    types.FunctionType: Reader("callable", _read_function),
    types.BuiltinFunctionType: Reader("callable", _read_builtin),
    _CACHED: Reader("callable", _read_cached),
    types.MethodType: Reader("callable", _read_method),
    functools.partial: Reader("callable", _read_partial),
    type: Reader("class", _read_class, for_subclasses=True),
    types.ModuleType: Reader("module", _read_module),
}
