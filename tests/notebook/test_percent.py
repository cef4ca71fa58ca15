from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from nbcoder.notebook.cells import Cell
from nbcoder.notebook.percent import has_headers, parse, write

_LINES = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), max_size=20),
    st.sampled_from(
        [
            "# %%",
            "# \\%%",
            "# %% [markdown]",
            "#%%",
            "%%",
            "\\%% x",
            "%%bash",
            '"""',
            "'''",
            "#",
            "# a",
            "  x = 1",
            "",
        ]
    ),
)


def _has_text_at_its_ends(lines: list[str]) -> bool:
    return not lines or bool(lines[0].strip() and lines[-1].strip())


_SOURCES = st.lists(_LINES, max_size=6).filter(_has_text_at_its_ends).map("\n".join)
_CELLS = st.builds(Cell, source=_SOURCES, type=st.sampled_from(["code", "markdown", "raw"]))


@given(st.lists(_CELLS, max_size=5))
@example([Cell("# %%\n%%\n# \\%%", "markdown"), Cell("#", "raw"), Cell('"""\n# %% a\n"""')])
def test_cells_come_back_as_they_were_written(cells: list[Cell]) -> None:
    assert parse(write(cells)) == tuple(cells)


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    assert all(isinstance(cell, Cell) for cell in parse(text))


def test_cells_are_written_as_jupytext_writes_them() -> None:
    cells = [Cell("# Sales\n\nby month", "markdown"), Cell("%matplotlib inline\ndf"), Cell("x", "raw")]
    assert write(cells) == (
        "# %% [markdown]\n# # Sales\n#\n# by month\n\n# %%\n%matplotlib inline\ndf\n\n# %% [raw]\n# x\n"
    )


def test_text_above_the_first_header_is_a_code_cell() -> None:
    assert parse("import math\n\n# %%\nmath.pi") == (Cell("import math"), Cell("math.pi"))


def test_a_title_and_metadata_in_a_header_are_not_part_of_the_cell() -> None:
    text = '# %% Load the data\na = 1\n# %% [markdown] tags=["x"]\n# b\n#%%\nc'
    assert parse(text) == (Cell("a = 1"), Cell("b", "markdown"), Cell("c"))


def test_markdown_without_comment_signs_is_read_too() -> None:
    assert parse("# %% [md]\nPlain *text*\nof two lines") == (Cell("Plain *text*\nof two lines", "markdown"),)
    assert parse('# %% [markdown]\n"""\nquoted\n"""') == (Cell("quoted", "markdown"),)


def test_only_whole_lines_are_headers() -> None:
    assert not has_headers("x = '# %%'\n # %%\n# %%time\n# %%%")
    assert has_headers("a\n# %%\nb")
