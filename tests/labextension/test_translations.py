"""Every text of the extension, and every one that the kernel and the server say, can be read in German."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

from jupyterlab_server.translation_utils import get_installed_packages_locale

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOT = Path(__file__).parents[2]
_CALL = re.compile(r"[tT]rans\.(?:__|_n)\(\s*'((?:[^'\\]|\\.)*)'")
_PLACE = re.compile(r"%\d")
_WORD = re.compile(r"[^\W\d_]")


def _texts_of_the_page() -> set[str]:
    sources = [file.read_text(encoding="utf-8") for file in (_ROOT / "labextension/src").glob("*.ts")]
    return {text for source in sources for text in _CALL.findall(source)}


def _texts_of_python() -> set[str]:
    """What `Text` is made of: its templates, wherever they stand in a module that makes one."""
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in (_ROOT / "nbcoder").rglob("*.py")]
    return {text for tree in trees if _makes_texts(tree) for text in _templates(tree) if _WORD.search(text)}


def _makes_texts(tree: ast.Module) -> bool:
    return any(isinstance(node, ast.alias) and node.name == "Text" for node in ast.walk(tree))


def _templates(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="Text"), args=[ast.Constant(value=str(text)), *_]):
                yield text
            case ast.Constant(value=str(text)) if _PLACE.search(text) and "\n" not in text:
                yield text


def _catalogue() -> dict[str, list[str]]:
    catalogues, complaints = get_installed_packages_locale("de_DE")
    assert not complaints
    catalogue: dict[str, list[str]] = catalogues["nbcoder"]
    return catalogue


def test_jupyterlab_finds_the_german_texts() -> None:
    assert _catalogue()["Accept"] == ["Annehmen"]
    assert {"language", "plural_forms"} <= set(_catalogue()[""])


def test_there_is_a_german_text_for_every_text_and_for_nothing_else() -> None:
    assert set(_catalogue()) - {""} == _texts_of_the_page() | _texts_of_python()


def test_what_is_put_into_a_text_is_put_into_its_translation() -> None:
    for text, translations in _catalogue().items():
        if text:
            for translation in translations:
                assert sorted(_PLACE.findall(translation)) == sorted(_PLACE.findall(text)), text
