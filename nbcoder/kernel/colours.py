"""The colours of code, for panels that have no editor."""

from __future__ import annotations

from pygments.lexers.python import PythonLexer
from pygments.token import Comment, Keyword, Name, Number, Operator, String, Token, _TokenType

__all__ = ["pieces"]

_COLOURS: dict[_TokenType, str] = {
    Comment: "comment",
    Keyword: "keyword",
    Operator.Word: "keyword",
    Name.Builtin: "builtin",
    Name.Class: "name",
    Name.Decorator: "name",
    Name.Function: "name",
    Number: "number",
    String: "string",
    Token: "",
}
"""The names are those of `labextension/style/widget.css`; the nearest ancestor of a kind of token counts."""


def pieces(source: str, *, is_code: bool = True) -> list[list[str]]:
    """Stretches of one colour, as pairs of its name ('' for none) and text; joined they are ``source``."""
    if not is_code:
        return [["", source]]
    found: list[list[str]] = []
    for _, kind, text in PythonLexer().get_tokens_unprocessed(source):
        colour = next(_COLOURS[parent] for parent in reversed(kind.split()) if parent in _COLOURS)
        if found and found[-1][0] == colour:
            found[-1][1] += text
        elif text:
            found.append([colour, text])
    return found
