"""What the files of a model tell: its configuration, its tokens, its chat template."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbcoder.errors import BrokenModel
from nbcoder.models.families import families

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Clues", "chat_template", "look", "speaks_natively"]


@dataclass(frozen=True)
class Clues:
    """What the files of a model tell. ``template`` is None where there is no chat template."""

    type: str
    tokens: frozenset[str]
    """Special and added tokens, and those of the vocabulary that any family looks for."""
    template: str | None
    names: tuple[str, ...] = ()
    """What the folder and the files call the model."""


def look(folder: Path) -> Clues:
    """Read what tells the family from the files in ``folder``.

    Raises
    ------
    BrokenModel
        A file cannot be read, or there is no configuration.
    """
    config = _json(folder / "config.json")
    native = _json(folder / "params.json")
    if not config and not native:
        raise BrokenModel(f"{folder} has no config.json. Give the folder that holds a model's files.")
    text = config.get("text_config")
    model_type = config.get("model_type") or (text or {}).get("model_type") or "mistral"
    names = (folder.name, config.get("_name_or_path"), config.get("_model_name_or_path"))
    return Clues(
        type=str(model_type),
        tokens=_tokens(folder),
        template=chat_template(folder),
        names=tuple(name for name in names if isinstance(name, str) and name),
    )


def chat_template(folder: Path) -> str | None:
    """The chat template in the files of a model; None if they have none."""
    for file in ("chat_template.jinja", "chat_template.json", "tokenizer_config.json"):
        if file.endswith(".jinja"):
            if found := _text(folder / file):
                return found
        elif template := _json(folder / file).get("chat_template"):
            return _default_template(template)
    return None


def speaks_natively(folder: Path) -> bool:
    """Whether vLLM reads the folder with Mistral's own tokenizer, which brings its chat format along."""
    tokenizers = (*folder.glob("tekken.json"), *folder.glob("tokenizer.model.v*"))
    return bool(tokenizers) and any(folder.glob("consolidated*.safetensors"))


def _default_template(template: object) -> str | None:
    if isinstance(template, list):
        named = {each.get("name"): each.get("template") for each in template if isinstance(each, dict)}
        template = named.get("default", next(iter(named.values()), None))
    return template if isinstance(template, str) else None


def _tokens(folder: Path) -> frozenset[str]:
    wanted = {token for each in families().values() if each.signs for token in each.signs.tokens}
    found: set[str] = set()
    tokenizer = _json(folder / "tokenizer.json")
    found.update(each["content"] for each in tokenizer.get("added_tokens", ()) if "content" in each)
    vocabulary = (tokenizer.get("model") or {}).get("vocab")
    if isinstance(vocabulary, dict):
        found.update(wanted & vocabulary.keys())
    config = _json(folder / "tokenizer_config.json")
    decoder = config.get("added_tokens_decoder") or {}
    found.update(each["content"] for each in decoder.values() if "content" in each)
    found.update(t for t in config.get("additional_special_tokens") or () if isinstance(t, str))
    found.update(_json(folder / "added_tokens.json"))
    found.update(
        each.get("token_str", "") for each in _json(folder / "tekken.json").get("special_tokens") or ()
    )
    for pieces in folder.glob("tokenizer.model*"):
        # SentencePiece keeps each piece as plain UTF-8, so it can be found without reading the format.
        data = pieces.read_bytes()
        found.update(token for token in wanted if token.encode() in data)
    return frozenset(found)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise BrokenModel(f"cannot read {path}: {error}. Remove the model and fetch it again.") from error


def _json(path: Path) -> dict[str, Any]:
    text = _text(path)
    try:
        value = json.loads(text) if text else {}
    except ValueError as error:
        raise BrokenModel(f"{path} is damaged: {error}. Remove the model and fetch it again.") from error
    if not isinstance(value, dict):
        raise BrokenModel(f"{path} is damaged: not a table. Remove the model and fetch it again.")
    return value
