from __future__ import annotations

import pytest

from nbcoder.models.answers import parse_answer, partial
from nbcoder.notebook.cells import Cell

_CODE = "import pandas as pd\n\ndf.head()"

# Each of these answers holds exactly _CODE.
_DRESSED = {
    "a fence": f"```python\n{_CODE}\n```",
    "prose around": f"Here is the code:\n\n```python\n{_CODE}\n```\n\nThis shows the first rows.",
    "tildes": f"~~~\n{_CODE}\n~~~",
    "a longer fence": f"````py\n{_CODE}\n````",
    "no language": f"Sure:\n```\n{_CODE}\n```\n",
    "another spelling": f"```{{.python}}\n{_CODE}\n```",
    "a fence that is not closed": f"```python\n{_CODE}",
    "a fence closed on the last line": f"```python\n{_CODE}```",
    "prose right after the closing fence": f"```python\n{_CODE}\n``` This shows the first rows.",
    "a fence in a list": "1. Load:\n\n   ```python\n   import pandas as pd\n\n   df.head()\n   ```\n2. Done.",
    "no fence": _CODE,
    "no fence, but prose": f"Here is the code:\n\n{_CODE}\n\nIt shows the first rows.",
    "no fence, and a first word": f"Sure\n{_CODE}",
    "indented as code": "Try this:\n\n    import pandas as pd\n\n    df.head()\n\nIt shows the rows.",
    "only a closing fence": f"{_CODE}\n```\nThis shows the first rows.",
    "output after it": f"```python\n{_CODE}\n```\n\nOutput:\n\n```\n   a  b\n0  1  2\n```",
    "a shell command before it": f"```bash\npip install pandas\n```\n```python\n{_CODE}\n```",
    "prose inside the fence": f"```python\nHere's the code:\n{_CODE}\n```",
    "a second fence in the first": f"```python\nHere is the code:\n```python\n{_CODE}\n```",
    "prompts": ">>> import pandas as pd\n>>> \n>>> df.head()\n   a\n0  1\n",
    "prompts in a fence": "```pycon\n>>> import pandas as pd\n...\n>>> df.head()\n   a\n0  1\n```",
    "IPython's prompts": "```\nIn [1]: import pandas as pd\n   ...: \n   ...: df.head()\nOut[1]: 3\n```",
    "our magic": f"```python\n%%generate show the head\n{_CODE}\n```",
    "a magic that hides the result": f"```python\n%%time\n{_CODE}\n```",
    "a thought": f"<think>\n```python\nwrong()\n```\nno\n</think>\n\n```python\n{_CODE}\n```",
    "a thought that began in the prompt": f"Maybe df.head()?\n</think>\n```python\n{_CODE}\n```",
    "Mistral's thought": f"[THINK]hm[/THINK]```python\n{_CODE}\n```",
    "Granite's thought": f"Here is my thought process:\nhm\n\nHere is my response:\n```python\n{_CODE}\n```",
    "a thought in the middle": f"Sure.\n<think>hm</think>\n```python\n{_CODE}\n```",
    "channels": "<|channel|>analysis<|message|>So ```python\nwrong()\n```<|end|><|start|>assistant"
    f"<|channel|>final<|message|>```python\n{_CODE}\n```<|return|>",
    "channels without their tokens": f"analysisWe show it.assistantfinal```python\n{_CODE}\n```",
    "special tokens": f"<s> ```python\n{_CODE}\n```</s><|im_end|>",
    "another turn made up": f"```python\n{_CODE}\n```<|im_end|>\n<|im_start|>user\nThank you!",
    "another turn made up, no fence": f"{_CODE}<|im_end|>\n<|im_start|>user\nthanks",
    "another turn made up, open fence": f"```python\n{_CODE}<|eot_id|>user\nthanks",
    "a percent header": f"# %%\n{_CODE}",
    "Windows' line ends": f"```python\n{_CODE}\n```".replace("\n", "\r\n"),
}
_NO_CODE = {
    "nothing": "",
    "white space": " \n\n",
    "prose": "I cannot do that without more information. Please load the data first.",
    "a word": "Done",
    "prose that is valid Python": "Hello, world",
    "a note": "Note: this",
    "a list": "- apples\n- pears",
    "comments": "# A title\n# and more",
    "an unfinished thought": "<think>\n```python\nx = 1\n```\nor",
    "a thought and nothing else": "<think>x = 1</think>",
    "only analysis": "<|channel|>analysis<|message|>x = 1<|end|>",
    "output": "```text\nx = 1\n```",
    "a table": "```\n   a  b\n0  1  2\n```",
    "an echoed request": "```python\n%%generate\nshow the first rows\n```",
    "an empty fence": "```python\n\n```",
    "special tokens": "<|im_start|><|im_end|>",
}


@pytest.mark.parametrize("text", _DRESSED.values(), ids=_DRESSED)
def test_the_code_is_found_whatever_it_is_dressed_in(text: str) -> None:
    assert parse_answer(text) == (Cell(_CODE),)


@pytest.mark.parametrize("text", _NO_CODE.values(), ids=_NO_CODE)
def test_an_answer_without_code_gives_no_cell(text: str) -> None:
    assert parse_answer(text) == ()


def test_code_with_an_error_is_kept_to_be_mended() -> None:
    assert parse_answer("```python\nprint 'hello'\n```") == (Cell("print 'hello'"),)
    assert parse_answer("```\ndf = load(\ndf.head()\nplot(df)\n```") == (
        Cell("df = load(\ndf.head()\nplot(df)"),
    )


def test_another_language_is_kept_where_a_magic_runs_it() -> None:
    assert parse_answer("```python\n%%bash\nls -la | head\n```") == (Cell("%%bash\nls -la | head"),)


def test_magics_questions_and_top_level_await_are_code() -> None:
    code = "%matplotlib inline\nfiles = !ls *.csv\nawait fetch()\ndf.head?\nfor f in files:\n    !wc {f}"
    assert parse_answer(code) == (Cell(code),)


@pytest.mark.parametrize(
    "code",
    [
        'text = """\n```python\nx\n```\n"""\nprint(text)',
        "text.split('</think>')",
        "end = '<|im_end|>'\nprint(end)",
        'cell = """\n# %%\nx = 1\n# %% [markdown]\n"""',
        "# a comment with ``` in it\nx = 1",
        "doc = '''\n~~~\n>>> x\n'''",
        "größe = '数据 🐼'",
    ],
)
def test_code_about_markup_is_not_taken_for_markup(code: str) -> None:
    for text in (
        code,
        f"```python\n{code}\n```",
        f"Here:\n```python\n{code}\n```\nDone.",
        f"```python\n{code}",
    ):
        assert parse_answer(text) == (Cell(code),)


def test_percent_cells_come_in_order_with_their_kinds() -> None:
    cells = (Cell("# Load\n\nthe data", "markdown"), Cell("df = load()"), Cell("df.head()"))
    plain = "# %% [markdown]\n# # Load\n#\n# the data\n# %%\ndf = load()\n# %% Show\ndf.head()\n"
    assert parse_answer(plain) == cells
    assert parse_answer(f"Here you go:\n```python\n{plain}```\nDone.") == cells
    fenced = (
        "# %% [markdown]\n# # Load\n#\n# the data\n\n# %%\n```python\ndf = load()\n```\n"
        "# %%\n```python\ndf.head()\n```"
    )
    assert parse_answer(fenced) == cells


def test_a_markdown_block_is_a_markdown_cell() -> None:
    text = "```markdown\n# Sales\n```\n\n```python\ndf.plot()\n```"
    assert parse_answer(text) == (Cell("# Sales", "markdown"), Cell("df.plot()"))


def test_an_answer_of_one_inline_expression_is_code() -> None:
    assert parse_answer("`df.head()`") == (Cell("df.head()"),)
    assert parse_answer("df") == (Cell("df"),)


_STREAM = "Here is the code:\n\n```python\nx = 1\nprint(x)\n```\nIt prints 1."


@pytest.mark.parametrize(
    ("so_far", "shown"),
    [
        ("Here is", ""),
        ("Here is the code:\n\n``", ""),
        ("Here is the code:\n\n```python\n", ""),
        ("Here is the code:\n\n```python\nx = 1\npri", "x = 1\npri"),
        ("Here is the code:\n\n```python\nx = 1\nprint(x)\n``", "x = 1\nprint(x)"),
        (_STREAM, "x = 1\nprint(x)"),
        ("import math\nmath.", "import math\nmath."),
        ("<think>\nx = 1\n", ""),
        ("```python\n%%gen", ""),
    ],
)
def test_only_code_is_shown_of_an_unfinished_answer(so_far: str, shown: str) -> None:
    assert partial(so_far) == shown
