from __future__ import annotations

import pytest

from nbcoder.models.python_source import as_python, begins_code, ends_inside_string, error_line, is_code

_CODE = [
    "df",
    "x = 1",
    "%matplotlib inline",
    "!ls",
    "df.head?",
    "?df",
    "files = !ls",
    "await f()",
    "%%bash\nls -l",
    "1",
]
_NO_CODE = [
    "",
    "# a comment",
    "Sure",
    "Hello, world",
    "Note: this",
    "- item",
    "Value is high",
    "It works.",
    "...",
    "%%time",
]


@pytest.mark.parametrize("text", _CODE)
def test_code_is_told_from_words(text: str) -> None:
    assert is_code(text)


@pytest.mark.parametrize("text", _NO_CODE)
def test_words_are_told_from_code_even_where_they_are_valid_python(text: str) -> None:
    assert not is_code(text)


def test_a_lone_name_among_prose_is_a_word() -> None:
    assert is_code("result")
    assert not is_code("result", among_prose=True)


@pytest.mark.parametrize(
    "line", ["for x in y:", "df = f(", "@decorator", 'text = """', "try:", "# %%", "%time f()"]
)
def test_a_line_can_begin_code_that_goes_on(line: str) -> None:
    assert begins_code(line)


@pytest.mark.parametrize("line", ["Here is the code:", "  x = 1", "", "don't", "1. Load", "Sure"])
def test_a_line_of_prose_cannot(line: str) -> None:
    assert not begins_code(line)


def test_the_first_line_that_is_wrong_is_named() -> None:
    assert error_line("%time x\nx = 1") is None
    assert error_line("x = 1\ny = = 2\n") == 2
    assert error_line("x\x00") == 1


def test_ipythons_lines_are_read_as_python_where_they_stand() -> None:
    assert (
        as_python("if x:\n    !ls {x}\ndf?\ntext = '''\n%s\n'''")
        == "if x:\n    pass\npass\ntext = '''\n%s\n'''"
    )


def test_a_text_that_breaks_off_in_a_string_is_told_from_one_that_is_wrong() -> None:
    assert ends_inside_string('x = 1\ntext = """\nabc')
    assert not ends_inside_string('text = """abc"""')
    assert not ends_inside_string("x = = 1")


def test_a_warning_of_the_compiler_is_no_error() -> None:
    assert is_code("re.match('\\d', x)")
