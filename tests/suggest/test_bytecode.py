from __future__ import annotations

import keyword
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nbcoder.suggest.running.bytecode import named_in

_NAME = st.from_regex(r"[a-z]{1,6}", fullmatch=True).filter(lambda name: not keyword.iskeyword(name))
_PATH = st.lists(_NAME, min_size=2, max_size=4).map(tuple)
_FRAMES = st.sampled_from(
    ["return {0}", "x = [1]; return {0}(x, x[0])", "return lambda: {0}", "return [{0}(n) for n in range(3)]"]
)


def _function(body: str) -> Any:
    names: dict[str, Any] = {}
    exec("def function():\n" + "\n".join(f"    {line}" for line in body.split("\n")), names)  # noqa: S102 - of a user's
    return names["function"]


@given(_PATH, _FRAMES)
def test_a_dotted_name_is_found_wherever_a_function_reads_it(path: tuple[str, ...], frame: str) -> None:
    if path[0] not in ("x", "n"):
        assert path in named_in(_function(frame.format(".".join(path))).__code__)[1]


@given(_PATH, _NAME, _FRAMES)
def test_what_a_function_imports_is_known_by_the_name_it_gets(
    path: tuple[str, ...], alias: str, frame: str
) -> None:
    if alias not in ("x", "n"):
        body = f"from {'.'.join(path[:-1])} import {path[-1]} as {alias}\n{frame.format(alias + '.go')}"
        imported, paths = named_in(_function(body).__code__)
        assert imported[alias] == path
        assert (alias, "go") in paths
