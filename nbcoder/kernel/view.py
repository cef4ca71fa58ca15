"""What the user sees in the output of a cell while an answer comes, and afterwards."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from IPython.display import DisplayHandle

    from nbcoder.progress import Bar
    from nbcoder.suggest import Sent, Suggestion

__all__ = ["DisplayView", "Quiet", "TerminalView", "View", "make_view", "markdown_code"]

_SECONDS_BETWEEN_UPDATES = 0.1


class View(Protocol):
    """A `Watcher`, a `Progress`, and a place for what came of it."""

    def sent(self, sent: Sent) -> None:
        """The prompt is complete and about to be sent."""

    def streaming(self, text: str, tokens: int) -> None:
        """The answer's text so far."""

    def offered(self, suggestion: Suggestion, where: str, *, folded: bool) -> None:
        """The suggestion is complete; ``where`` says how it can be had, ``folded`` that its code is there."""

    def stopped(self) -> None:
        """The user interrupted; what came so far is shown no more as an answer."""

    def say(self, text: str) -> None:
        """One line about what is going on."""

    @contextmanager
    def bar(self, text: str, total: float | None = None, unit: str = "bytes") -> Iterator[Bar]:
        """A piece of work that takes long."""


def markdown_code(code: str) -> str:
    """``code`` in a fence that is longer than any run of backticks in it."""
    fence = "```"
    while fence in code:
        fence += "`"
    return f"{fence}python\n{code}\n{fence}"


class _LineBar:
    """Progress as a line that is said anew when its share changes."""

    def __init__(self, view: _Liner, text: str, total: float | None) -> None:
        self._view, self._text, self._total = view, text, total
        self._done = 0.0

    def advance(self, amount: float = 1) -> None:
        self._done += amount
        if self._total:
            self._view.line(f"{self._text}: {min(self._done / self._total, 1):.0%}")

    def note(self, text: str) -> None:
        self._view.line(f"{self._text}: {text}")


class _Liner:
    """What the views share: one current line of progress."""

    def line(self, text: str) -> None:
        """Show ``text`` as the current line."""
        raise NotImplementedError

    def say(self, text: str) -> None:
        """Show ``text`` as the current line."""
        self.line(text)

    @contextmanager
    def bar(self, text: str, total: float | None = None, unit: str = "bytes") -> Iterator[Bar]:  # noqa: ARG002 - shares are shown as percentages
        """Show the share that is done."""
        self.line(text)
        yield _LineBar(self, text, total)


class DisplayView(_Liner):
    """One output that is updated in place: a line of facts above the code."""

    def __init__(self, title: str) -> None:
        from IPython.display import display  # noqa: PLC0415 - only where a cell shows something

        self._title = title
        self._text = ""
        self._facts = "…"
        self._last = 0.0
        self._started = time.monotonic()
        show: Callable[..., DisplayHandle | None] = display
        handle = show(self._bundle(), raw=True, display_id=True)
        assert handle is not None  # noqa: S101 - display_id=True always gives one
        self._update: Callable[..., None] = handle.update

    def sent(self, sent: Sent) -> None:
        """Say how much the model was told."""
        tokens = sum(part.tokens for part in sent.prompt.parts)
        self.line(f"reading {tokens} tokens of context …")

    def streaming(self, text: str, tokens: int) -> None:
        """Show the answer so far, at most ten times a second."""
        from nbcoder.models.answers import partial  # noqa: PLC0415 - only while an answer comes

        now = time.monotonic()
        if now - self._last < _SECONDS_BETWEEN_UPDATES:
            return
        self._text = partial(text)
        self._show(f"{now - self._started:.0f} s · {tokens} tokens …")

    def offered(self, suggestion: Suggestion, where: str, *, folded: bool) -> None:
        """Show what it cost, and the whole answer unless the frontend shows it elsewhere."""
        self._text = "" if folded else suggestion.candidate.code
        stats = suggestion.stats
        self._show(
            f"{suggestion.engine.model} · {stats.seconds:.1f} s · {stats.completion_tokens} tokens · {where}"
        )

    def stopped(self) -> None:
        """Say that nothing more will come."""
        self._show("stopped")

    def line(self, text: str) -> None:
        """Show ``text`` in the line of facts."""
        if text != self._facts:
            self._show(text)

    def _show(self, facts: str) -> None:
        self._facts = facts
        self._last = time.monotonic()
        self._update(self._bundle(), raw=True)

    def _bundle(self) -> dict[str, str]:
        head = f"**{self._title}** · {self._facts}"
        code = f"\n\n{markdown_code(self._text)}" if self._text else ""
        plain = f"{self._title} · {self._facts}" + (f"\n{self._text}" if self._text else "")
        return {"text/markdown": head + code, "text/plain": plain}


class TerminalView(_Liner):
    """For IPython in a terminal: the answer is printed as it comes."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._shown = ""

    def sent(self, sent: Sent) -> None:
        """The answer follows at once; nothing to say."""

    def streaming(self, text: str, tokens: int) -> None:  # noqa: ARG002 - the text is enough here
        """Print what is new."""
        from nbcoder.models.answers import partial  # noqa: PLC0415 - only while an answer comes

        code = partial(text)
        if code.startswith(self._shown):
            self._print(code[len(self._shown) :], end="")
            self._shown = code

    def offered(self, suggestion: Suggestion, where: str, *, folded: bool) -> None:  # noqa: ARG002 - printed already
        """Say what it cost and where it went."""
        stats = suggestion.stats
        self._print(f"\n[{self._title} · {stats.seconds:.1f} s · {stats.completion_tokens} tokens · {where}]")

    def stopped(self) -> None:
        """Say that nothing more will come."""
        self._print(f"\n[{self._title} · stopped]")

    def line(self, text: str) -> None:
        """Print a line."""
        self._print(f"[{self._title} · {text}]")

    @staticmethod
    def _print(text: str, end: str = "\n") -> None:
        print(text, end=end, flush=True)  # noqa: T201 - the terminal is this view's page


class Quiet(_Liner):
    """For requests that come over the comm: the frontend shows the offer itself."""

    def sent(self, sent: Sent) -> None:
        """Nobody looks."""

    def streaming(self, text: str, tokens: int) -> None:
        """Nobody looks."""

    def offered(self, suggestion: Suggestion, where: str, *, folded: bool) -> None:
        """Nobody looks."""

    def stopped(self) -> None:
        """Nobody looks."""

    def line(self, text: str) -> None:
        """Nobody looks."""


def make_view(title: str, *, in_kernel: bool) -> DisplayView | TerminalView:
    """The view for where the cell runs."""
    return DisplayView(title) if in_kernel else TerminalView(title)
