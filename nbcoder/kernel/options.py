"""What may stand after ``%%generate`` and ``%%fix``."""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NoReturn

from nbcoder.engine.requests import Sampling
from nbcoder.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbcoder.settings import Settings

__all__ = ["Options", "parse_options", "usage", "usual_sampling"]


@dataclass(frozen=True)
class Options:
    """A magic's line: how to sample, and the part of the request that stood on the line."""

    sampling: Sampling
    text: str


class _Parser(argparse.ArgumentParser):
    """An argument parser that raises instead of leaving the process, which here is the user's kernel."""

    def error(self, message: str) -> NoReturn:
        raise SettingsError(f"{message}. Type %nbcoder help for the options.")


def _at_least(least: float, kind: Callable[[str], float]) -> Callable[[str], float]:
    def convert(text: str) -> float:
        value = kind(text)
        if not value >= least:
            raise argparse.ArgumentTypeError(f"{text} is below {least:g}")
        return value

    convert.__name__ = "number"
    return convert


def _fraction(text: str) -> float:
    value = float(text)
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not above 0 and at most 1")
    return value


def _parser() -> _Parser:
    parser = _Parser(
        prog="%%generate", add_help=False, allow_abbrev=False, usage="%(prog)s [options] [request]"
    )
    add = parser.add_argument
    add("-t", "--temperature", type=_at_least(0, float), help="0 is greedy, higher is more varied")
    add("--top-p", type=_fraction, help="draw from the likeliest tokens that make up this share")
    add("--top-k", type=_at_least(0, int), help="draw from this many likeliest tokens; 0: from all")
    add("--seed", type=int, help="the same seed gives the same cell on one engine")
    add("--max-tokens", type=_at_least(1, int), help="the longest answer")
    return parser


def usage() -> str:
    """The options as a text for the user."""
    return _parser().format_help()


def parse_options(line: str, settings: Settings) -> Options:
    """Read the leading options of a magic's line; from the first other word on, all is the request, verbatim.

    Raises
    ------
    SettingsError
        An option is unknown, or its value cannot be used.
    """
    parser = _parser()
    words, text = _split(line)
    given = {name: value for name, value in vars(parser.parse_args(words)).items() if value is not None}
    return Options(replace(usual_sampling(settings), **given), text)


def usual_sampling(settings: Settings) -> Sampling:
    """How an answer is drawn when nothing else is asked for."""
    return Sampling(
        temperature=settings.temperature,
        max_tokens=settings.max_tokens,
        top_logprobs=settings.confidence if settings.confidence > 0 else None,
    )


def _split(line: str) -> tuple[list[str], str]:
    words: list[str] = []
    position = 0
    value_follows = False
    for match in re.finditer(r"\S+", line):
        word = match.group()
        if not value_follows and not re.match(r"--?[A-Za-z]", word):
            break
        words.append(word)
        value_follows = not value_follows and "=" not in word
        position = match.end()
    return words, line[position:].strip()
