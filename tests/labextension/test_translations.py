"""Every text of the extension can be read in German."""

from __future__ import annotations

import re
from pathlib import Path

from jupyterlab_server.translation_utils import get_installed_packages_locale

_SOURCES = Path(__file__).parents[2] / "labextension/src"
_CALL = re.compile(r"[tT]rans\.(?:__|_n)\(\s*'((?:[^'\\]|\\.)*)'")
_PLACE = re.compile(r"%\d")


def _texts() -> set[str]:
    return {
        text for file in _SOURCES.glob("*.ts") for text in _CALL.findall(file.read_text(encoding="utf-8"))
    }


def test_jupyterlab_finds_the_german_texts() -> None:
    catalogues, complaints = get_installed_packages_locale("de_DE")
    assert not complaints
    assert catalogues["nbcoder"]["Accept"] == ["Annehmen"]
    assert {"language", "plural_forms"} <= set(catalogues["nbcoder"][""])


def test_there_is_a_german_text_for_every_text_and_for_nothing_else() -> None:
    catalogues, _ = get_installed_packages_locale("de_DE")
    assert set(catalogues["nbcoder"]) - {""} == _texts()


def test_what_is_put_into_a_text_is_put_into_its_translation() -> None:
    catalogues, _ = get_installed_packages_locale("de_DE")
    for text, translations in catalogues["nbcoder"].items():
        if text:
            for translation in translations:
                assert sorted(_PLACE.findall(translation)) == sorted(_PLACE.findall(text)), text
