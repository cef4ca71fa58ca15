"""Hypothesis strategies that build real notebook code, and the ways in which models dress it up."""

from __future__ import annotations

import ast

from hypothesis import strategies as st

_TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12),
    st.sampled_from(
        [
            "```",
            "```python",
            "~~~",
            "# %%",
            "# %% [markdown]",
            "<think>",
            "</think>",
            "<|im_end|>",
            "[/INST]",
            "Here is the code:",
            "%%generate",
            ">>> x",
            "don't",
            '"',
            "größe 数据 🐼",
            "\\",
            "`a`",
            "<s>",
            "",
            "  ",
        ]
    ),
)
_NAMES = st.sampled_from(["df", "x", "sales_2024", "größe", "_tmp", "データ", "total"])
_QUOTED = st.lists(_TEXTS, max_size=5).map(
    lambda lines: "\n".join(lines).replace("\\", "\\\\").replace('"""', "'''").rstrip('"') + "\n"
)
_VALUES = st.one_of(
    st.integers(-9, 999).map(str),
    _TEXTS.map(repr),
    _QUOTED.map(lambda text: f'"""{text}"""'),
    _QUOTED.map(lambda text: 'f"""' + text.replace("{", "{{").replace("}", "}}") + '"""'),
    st.sampled_from(
        ["[i for i in range(3)]", "df['größe'].mean()", "{'a': [1, 2]}", "df.query('a > `b c`')"]
    ),
)
_SIMPLE = st.one_of(
    st.builds("{} = {}".format, _NAMES, _VALUES),
    st.builds("print({})".format, _VALUES),
    st.builds("{}.plot(title={})".format, _NAMES, _VALUES),
    _TEXTS.map(lambda text: f"import math  # {text}"),
    st.sampled_from(["import pandas as pd", "df.head()", "await fetch()", "x: int = 3", "assert ~~~x"]),
)
_MAGICS = st.sampled_from(
    ["%matplotlib inline", "!pip list", "files = !ls *.csv", "df.head?", "%timeit sum([1])"]
)
_COMMENTS = _TEXTS.filter(lambda text: not text.strip().startswith("%%")).map(
    lambda text: f"# {text}".rstrip()
)


def _indented(header: str, lines: list[str]) -> str:
    body = "\n".join(lines)
    return header + "\n" + "\n".join(f"    {line}" if line else line for line in body.split("\n"))


_COMPOUND = st.builds(
    _indented,
    st.sampled_from(
        ["for i in range(3):", "def f(a, b=1):", "if x:", "class A:", "with open(p) as f:", "@dec\ndef g():"]
    ),
    st.lists(_SIMPLE, min_size=1, max_size=3),
)


def _ends_in_text(code: str) -> bool:
    return bool(code.strip()) and code == code.rstrip() and code == code.lstrip("\n")


def _is_python(code: str) -> bool:
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError):
        return False
    return bool(tree.body)


PYTHON = (
    st.lists(st.one_of(_SIMPLE, _COMPOUND, _COMMENTS, st.just("")), min_size=1, max_size=6)
    .map("\n".join)
    .filter(_ends_in_text)
    .filter(_is_python)
)
"""Code without IPython's own lines."""


@st.composite
def _notebook_code(draw: st.DrawFn) -> str:
    parts = [draw(PYTHON)]
    for magic in draw(st.lists(_MAGICS, max_size=2)):
        parts.insert(draw(st.integers(0, len(parts))), magic)
    return "\n".join(parts)


CODE = _notebook_code()
"""Code as it stands in notebook cells."""

_PROSE = st.sampled_from(
    [
        "",
        "Here is the code:\n\n",
        "Sure! I've used `df.head()` for it.\n",
        "Certainly, here's what you asked for:\n",
        "1. First, load the data:\n\n",
        "**Answer**\n\n> quoted\n\n",
        "Note: this isn't tested.\n\n",
    ]
)
_AFTER = st.sampled_from(
    [
        "",
        "\n",
        "\n\nThis code prints the mean.\n",
        "\nIt's done. Let me know if you've questions!",
        "<|im_end|>",
        "\n\nOutput:\n\n```\n   a  b\n0  1  2\n```",
        "\n\n```text\nhello there\n```\n",
        "</s>",
        "\n<|endoftext|>\n",
    ]
)
_THOUGHTS = st.sampled_from(
    [
        "",
        "<think>\nLet me think. ```python\nwrong\n``` no.\n</think>\n\n",
        "[THINK]hm[/THINK]",
        "<think></think>\n",
        "I need the mean, so\n</think>\n",
        "<|im_start|>",
        "<seed:think>x</seed:think>\n",
    ]
)
_TAGS = st.sampled_from(
    ["python", "py", "Python", "python3", "ipython", "{python}", 'python title="a.py"', " python"]
)


_ANALYSIS = (
    "<|channel|>analysis<|message|>So: ```python\nno\n```<|end|><|start|>assistant<|channel|>final<|message|>"
)


@st.composite
def fenced(draw: st.DrawFn, code: str) -> str:
    """``code`` in a fence of any kind."""
    fence = draw(st.sampled_from(["```", "````", "~~~~", "`````````"]))
    indent = draw(st.sampled_from(["", "", "  ", "   ", "     "]))
    lines = [fence + draw(_TAGS), *code.split("\n"), fence + draw(st.sampled_from(["", " ", "\t"]))]
    return "\n".join(indent + line if line else line for line in lines)


@st.composite
def dressed(draw: st.DrawFn, code: str) -> str:
    """``code`` as a chat model answers it."""
    text = draw(_THOUGHTS) + draw(_PROSE) + draw(fenced(code)) + draw(_AFTER)
    if draw(st.booleans()):
        text = _ANALYSIS + text.replace("<|im_start|>", "") + "<|return|>"
    return text.replace("\n", "\r\n") if draw(st.booleans()) else text
