"""What the user sees in the output of a cell while an answer comes, and afterwards."""

from __future__ import annotations

import copy
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from nbcoder import wire
from nbcoder.kernel import messages
from nbcoder.models.fences import fenced
from nbcoder.texts import Text, packed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from IPython.display import DisplayHandle

    from nbcoder.kernel.runs import Run
    from nbcoder.progress import Bar
    from nbcoder.suggest import Candidate, Sent, Suggestion

__all__ = ["TRYING", "CommView", "DisplayView", "TerminalView", "View"]

TRYING = Text("trying it in a copy of the kernel …")
_SECONDS_BETWEEN_UPDATES = 0.1
_TITLES: dict[wire.Kind, str] = {"generate": "nbcoder"}


class View(Protocol):
    """A `Watcher`, a `Progress`, and a place for what came of it."""

    def sent(self, sent: Sent) -> None:
        """The prompt is complete and about to be sent."""

    def streaming(self, text: str, tokens: int) -> None:
        """The answer's text so far."""

    def trying(self, candidate: Candidate) -> None:
        """The answer is being run in a copy of the kernel."""

    def offered(self, suggestion: Suggestion, offer: wire.Offer | None) -> None:
        """The suggestion is complete; a frontend of ours has the offer, otherwise it is the next cell."""

    def stopped(self) -> None:
        """The user interrupted; what came so far is shown no more as an answer."""

    def settled(self, state: wire.OfferState) -> None:
        """The user decided; what is kept in the notebook should say so."""

    def again(self, run: Run) -> View:
        """A view for the same request made once more, which ``run`` asks for."""

    def restored(self) -> None:
        """`again` came to nothing: what was on offer still is."""

    def say(self, text: str) -> None:
        """One line about what is going on."""

    @contextmanager
    def bar(self, text: str, total: float | None = None, unit: str = "bytes") -> Iterator[Bar]:
        """A piece of work that takes long."""


def _reading(sent: Sent) -> str:
    return Text("reading %1 tokens of context …", sum(part.tokens for part in sent.prompt.parts))


def _writing(seconds: float, tokens: int) -> str:
    return Text("%1 s · %2 tokens …", f"{seconds:.0f}", tokens)


def _cost(suggestion: Suggestion) -> str:
    stats, model = suggestion.stats, suggestion.engine.model
    return f"{stats.seconds:.1f} s · {stats.completion_tokens} tokens" if model else f"{stats.seconds:.1f} s"


def _where(kind: wire.Kind, offer: wire.Offer | None) -> str:
    if offer is not None:
        return "on offer"
    return "" if kind == "explain" else "in the next cell"


def _notes(suggestion: Suggestion) -> tuple[str, ...]:
    return (*suggestion.notes, *suggestion.own_notes)


def _so_far(kind: wire.Kind, text: str) -> str:
    """What an unfinished answer shows: code, or words where these were asked for."""
    from nbcoder.models.answers import partial, prose  # noqa: PLC0415 - only while an answer comes

    return prose(text, streaming=True) if kind == "explain" else partial(text)


def _whole(suggestion: Suggestion) -> str:
    """The answer as it is shown: its code, or its words where it has no code."""
    return suggestion.candidate.code or "\n\n".join(cell.source for cell in suggestion.cells)


class _LineBar:
    """Progress as a line that is said anew when its share changes."""

    def __init__(self, view: _Liner, text: str, total: float | None) -> None:
        self._view, self._text, self._total = view, text, total
        self._done = 0.0

    def advance(self, amount: float = 1) -> None:
        self._done += amount
        if self._total:
            self._view.line(Text("%1: %2", self._text, f"{min(self._done / self._total, 1):.0%}"))

    def note(self, text: str) -> None:
        self._view.line(Text("%1: %2", self._text, text))


class _Liner:
    """What the views share: the kind of what was asked, and one current line of progress."""

    def __init__(self, kind: wire.Kind) -> None:
        self._kind = kind
        self._title = _TITLES.get(kind, f"nbcoder {kind}")

    def line(self, text: str) -> None:
        """Show ``text`` as the current line."""
        raise NotImplementedError

    def settled(self, state: wire.OfferState) -> None:
        """Nothing is kept here that could say so."""

    def again(self, run: Run) -> View:
        """The answer is shown by the frontend that asks."""
        return CommView(run, self._kind)

    def restored(self) -> None:
        """The frontend that asked still shows it."""

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

    def __init__(self, kind: wire.Kind) -> None:
        from IPython.display import DisplayHandle  # noqa: PLC0415 - only where a cell shows something

        super().__init__(kind)
        self._text = ""
        self._facts = "…"
        self._cost = ""
        self._state: wire.OfferState = "streaming"
        self._offer: wire.Offer | None = None
        self._last = 0.0
        self._started = time.monotonic()
        make: Callable[[], DisplayHandle] = DisplayHandle
        handle = make()
        self._display = handle.display_id
        self._update: Callable[..., None] = handle.update
        show: Callable[..., None] = handle.display
        show(self._bundle(), raw=True)

    def sent(self, sent: Sent) -> None:
        """Say how much the model was told."""
        self.line(_reading(sent))

    def streaming(self, text: str, tokens: int) -> None:
        """Show the answer so far, at most ten times a second; its beginning at once."""
        now = time.monotonic()
        if self._text and now - self._last < _SECONDS_BETWEEN_UPDATES:
            return
        self._text = _so_far(self._kind, text)
        self._state = "streaming"
        self._show(_writing(now - self._started, tokens))

    def trying(self, candidate: Candidate) -> None:
        """Show the whole answer, and that it is being tried."""
        self._text = candidate.code
        self._state = "checking"
        self._show(TRYING)

    def offered(self, suggestion: Suggestion, offer: wire.Offer | None) -> None:
        """Show what it cost, and the whole answer."""
        self._text = _whole(suggestion)
        self._state, self._offer = "ready", None if offer is None else messages.without_tokens(offer)
        model = suggestion.engine.model
        self._cost = " · ".join(part for part in (model, _cost(suggestion)) if part)
        told = (self._cost, _where(self._kind, offer), *_notes(suggestion))
        self._show(" · ".join(part for part in told if part))

    def stopped(self) -> None:
        """Say that nothing more will come."""
        self._state = "stopped"
        self._show(Text("stopped"))

    def settled(self, state: wire.OfferState) -> None:
        """Fold: an accepted answer is a cell now, a rejected one is wanted no more."""
        self._state, self._text = state, ""
        if self._offer is not None:
            self._offer["state"] = state
        self._show(f"{self._cost} · {state}")

    def again(self, run: Run) -> View:  # noqa: ARG002 - the output is there already
        """The same output, from the start."""
        view = copy.copy(self)
        view.restart()
        return view

    def restart(self) -> None:
        """Forget what came before."""
        self._state, self._offer, self._text = "streaming", None, ""
        self._started = time.monotonic()
        self._show("…")

    def restored(self) -> None:
        """Show what was on offer before `again`, which came to nothing."""
        self._show(self._facts)

    def line(self, text: str) -> None:
        """Show ``text`` in the line of facts."""
        if text != self._facts:
            self._show(text)

    def _show(self, facts: str) -> None:
        self._facts = facts
        self._last = time.monotonic()
        self._publish()

    def _publish(self) -> None:
        self._update(self._bundle(), raw=True)

    def _answer(self) -> wire.Answer:
        answer = wire.Answer(
            v=wire.VERSION,
            type="answer",
            kind=self._kind,
            state=self._state,
            facts=packed(self._facts),
            text=self._text,
            display=self._display,
        )
        if self._offer is not None:
            answer["offer"] = self._offer
        return answer

    def _bundle(self) -> dict[str, object]:
        """Our frontend shows the first of these, any other the second, also in a saved notebook."""
        head = f"**{self._title}** · {self._facts}"
        text = self._text if self._kind == "explain" else fenced(self._text)
        body = f"\n\n{text}" if self._text else ""
        plain = f"{self._title} · {self._facts}" + (f"\n{self._text}" if self._text else "")
        return {wire.ANSWER_MIME: self._answer(), "text/markdown": head + body, "text/plain": plain}


class TerminalView(_Liner):
    """For IPython in a terminal: the answer is printed as it comes."""

    def __init__(self, kind: wire.Kind) -> None:
        super().__init__(kind)
        self._shown = ""

    def sent(self, sent: Sent) -> None:
        """The answer follows at once; nothing to say."""

    def streaming(self, text: str, tokens: int) -> None:  # noqa: ARG002 - the text is enough here
        """Print what is new."""
        code = _so_far(self._kind, text)
        if code.startswith(self._shown):
            self._print(code[len(self._shown) :], end="")
            self._shown = code

    def trying(self, candidate: Candidate) -> None:  # noqa: ARG002 - printed already
        """Say that it is being tried; what comes next is another answer, or the end."""
        self._shown = ""
        self._print("")
        self.line("trying it in a copy of the kernel")

    def offered(self, suggestion: Suggestion, offer: wire.Offer | None) -> None:
        """Say what it cost and where it went."""
        told = (self._title, _cost(suggestion), _where(self._kind, offer))
        self._print(f"\n[{' · '.join(part for part in told if part)}]")
        for note in _notes(suggestion):
            self.line(note)

    def stopped(self) -> None:
        """Say that nothing more will come."""
        self._print(f"\n[{self._title} · stopped]")

    def line(self, text: str) -> None:
        """Print a line."""
        self._print(f"[{self._title} · {text}]")

    @staticmethod
    def _print(text: str, end: str = "\n") -> None:
        print(text, end=end, flush=True)  # noqa: T201 - the terminal is this view's page


class CommView(_Liner):
    """For requests over the comm: the frontend is told how far it is, and shows the offer itself."""

    def __init__(self, run: Run, kind: wire.Kind) -> None:
        super().__init__(kind)
        self._run = run
        self._last = 0.0
        self._started = time.monotonic()

    def sent(self, sent: Sent) -> None:
        """Say how much the model was told."""
        self._send(_reading(sent))

    def streaming(self, text: str, tokens: int) -> None:
        """Send the answer so far, at most ten times a second."""
        now = time.monotonic()
        if now - self._last >= _SECONDS_BETWEEN_UPDATES:
            self._last = now
            self._send(_writing(now - self._started, tokens), _so_far(self._kind, text))

    def trying(self, candidate: Candidate) -> None:
        """Send the whole answer, and say that it is being tried."""
        self._send(TRYING, candidate.code)

    def offered(self, suggestion: Suggestion, offer: wire.Offer | None) -> None:
        """The offer is a message of its own."""

    def stopped(self) -> None:
        """Who asked is told in a message of its own."""

    def line(self, text: str) -> None:
        """Send a line."""
        self._send(text)

    def _send(self, facts: str, text: str = "") -> None:
        self._run.send(messages.draft(facts, text))
