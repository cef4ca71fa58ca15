"""Values of a checkpoint's names, brought back into the kernel, where a copy is as good as the old object.

That is known of plain data, numbers, text, containers of such, arrays and frames, that nothing else refers to
but IPython, which keeps what was shown. Anything else could be shared with something, or be tied to what is
not in the value.
"""

from __future__ import annotations

import base64
import gc
import pickle
import sys
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from nbcoder.dryrun.effects.kinds import package, type_name
from nbcoder.dryrun.effects.names import is_of_ipython

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nbcoder.dryrun.recorder import Recorder
    from nbcoder.dryrun.report import Report

__all__ = ["MOST_BYTES", "give", "values_in"]

_MIME: Final = "application/x-nbcoder-values"
MOST_BYTES: Final = 40 << 20
_ATOMS: Final = frozenset({type(None), bool, int, float, complex, str, bytes, range})
_DATA: Final = frozenset({("numpy", "ndarray"), ("pandas", "DataFrame"), ("pandas", "Series")})
_HOLDER: Final = [object()]
_HELD_ONCE: Final = sys.getrefcount(_HOLDER[0])
"""What `sys.getrefcount` says of an object that only its container refers to."""
_PANDAS_COPIES_SINCE: Final = 3
"""Before, a column that was taken out could share its memory with the frame."""


def values_in(report: Report) -> dict[str, object]:
    """The values that `give` has told; it did so in a copy of the user's own state, before any other code."""
    for output in report.outputs:
        if text := output.get("data", {}).get(_MIME):
            pickled = pickle.loads(base64.b64decode(text))  # noqa: S301 - see above
            return {name: pickle.loads(data) for name, data in pickled.items()}  # noqa: S301 - the same
    return {}


def give(shell: Any, names: Iterable[str], recorder: Recorder) -> None:
    """In the copy: tell the values of those names that can be brought back."""
    namespace: dict[str, Any] = shell.user_ns
    # Showing a table leaves circles behind that refer to it.
    gc.unfreeze()
    gc.collect()
    history = _history(shell)
    pickled, left = {}, MOST_BYTES
    for name in names:
        if name not in namespace or not _is_plain(namespace, name, history):
            continue
        data = pickle.dumps(namespace[name], protocol=5)
        if len(data) <= left:
            pickled[name] = data
            left -= len(data)
    whole = base64.b64encode(pickle.dumps(pickled, protocol=5)).decode("ascii")
    recorder.display("display", {_MIME: whole}, {})


def _history(shell: Any) -> list[object]:
    """What IPython keeps of the results that were shown, each as often as it is kept."""
    kept = (shell.user_ns_hidden, shell.user_ns.get("Out", {}), vars(shell.displayhook))
    shown = [value for name, value in shell.user_ns.items() if is_of_ipython(name)]
    last = getattr(shell.last_execution_result, "result", None)
    return [last, *shown, *chain.from_iterable(held.values() for held in kept)]


def _is_plain(holder: Any, key: Any, history: Iterable[object] = ()) -> bool:
    """Whether ``holder[key]`` is plain data that only ``holder`` and ``history`` refer to."""
    kind = type(holder[key])
    if _is_atom(kind):
        return True
    # What is in the history is in this list of it too.
    if sys.getrefcount(holder[key]) > _HELD_ONCE + 2 * sum(holder[key] is shown for shown in history):
        return False
    if kind is list:
        return all(_is_plain(holder[key], i) for i in range(len(holder[key])))
    if kind is dict:
        return all(_is_atom(type(k)) and _is_plain(holder[key], k) for k in holder[key])
    if kind is tuple or kind is set:
        return all(_is_atom(type(item)) for item in holder[key])
    return (package(kind), type_name(kind)) in _DATA and _is_own_data(holder[key])


def _is_own_data(data: Any) -> bool:
    """Whether an array or frame holds no objects, and memory of its own."""
    if type_name(type(data)) == "ndarray":
        return not data.dtype.hasobject and data.base is None
    if int(sys.modules["pandas"].__version__.partition(".")[0]) < _PANDAS_COPIES_SINCE:
        return False
    dtypes = data.dtypes if type_name(type(data)) == "DataFrame" else [data.dtype]
    return not data.attrs and all(str(dtype) != "object" for dtype in dtypes)


def _is_atom(kind: type) -> bool:
    """Whether it is one of them; a set would ask the class's own class for its hash."""
    return any(kind is atom for atom in _ATOMS)
