"""``%%generate``, ``%fix``, the magics about a cell that ran, and ``%nbcoder``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from IPython.core.magic import Magics, cell_magic, line_cell_magic, line_magic, magics_class, no_var_expand

from nbcoder.errors import NBCoderError, NoSuggestion
from nbcoder.kernel.messages import draft
from nbcoder.kernel.options import parse_options, usage
from nbcoder.kernel.places import make_view
from nbcoder.kernel.report import restore_report, status_report
from nbcoder.kernel.sent import sent_report
from nbcoder.kernel.subjects import cell_that_ran
from nbcoder.kernel.tracker import is_ours
from nbcoder.suggest import Request

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from nbcoder import wire
    from nbcoder.kernel.session import Session
    from nbcoder.suggest import Suggestion

__all__ = ["NBCoderMagics", "Stopped", "keep_lone_magics"]

_HELP = """\
%%generate [options] request     a new cell, as asked; the request may go on in the lines below
%%fix [options] wish, or %fix    the last failing cell, mended
%explain [number]                what the last cell that ran does, or cell [number]
%document [number] [wish]        that cell with docstrings and comments
%tests [number] [wish]           a cell of tests for that cell
%refactor [number] [wish]        that cell rewritten, and what it does otherwise if anything
%nbcoder                         status and settings
%nbcoder sent                    all that the model was given last, with its tokens
%nbcoder restore                 put back what a failed cell had already changed
%nbcoder help                    this text
"""


class Stopped(KeyboardInterrupt):
    """The user stopped an answer; one line instead of a traceback, and Run All stops as well."""

    def _render_traceback_(self) -> list[str]:
        return ["nbcoder: stopped; nothing was changed."]


def keep_lone_magics(lines: list[str]) -> list[str]:
    """Let a magic of ours stand alone: IPython refuses a cell magic without a body."""
    first = lines[0] if lines else ""
    if first.startswith("%%") and is_ours(first) and not any(line.strip() for line in lines[1:]):
        return [first if first.endswith("\n") else first + "\n", "\n"]
    return lines


@magics_class
class NBCoderMagics(Magics):
    """The magics of one kernel; user text is never expanded or formatted."""

    def __init__(self, shell: InteractiveShell, session: Session) -> None:
        super().__init__(shell)
        self._shell = shell
        self._session = session

    @no_var_expand
    @cell_magic
    def generate(self, line: str, cell: str) -> None:
        """Write a new cell as asked: ``%%generate [options] request``."""
        options = parse_options(line, self._session.config.settings())
        text = "\n".join(part for part in (options.text, cell.strip()) if part)
        if not text:
            raise NoSuggestion("there is no request. Write below %%generate what the new cell should do.")
        request = Request("generate", text, cell_id=self._cell_id(), sampling=options.sampling)
        self._suggest(request)

    @no_var_expand
    @line_cell_magic
    def fix(self, line: str, cell: str | None = None) -> None:
        """Mend the last failing cell: ``%fix`` or ``%%fix wish``."""
        options = parse_options(line, self._session.config.settings())
        text = "\n".join(part for part in (options.text, (cell or "").strip()) if part)
        asked = self._session.fix_request(text)
        self._suggest(replace(asked, cell_id=self._cell_id(), sampling=options.sampling))

    @no_var_expand
    @line_cell_magic
    def explain(self, line: str, cell: str | None = None) -> None:
        """Explain the last cell that ran, or the one with that number: ``%explain [number]``."""
        self._about_cell("explain", line, cell)

    @no_var_expand
    @line_cell_magic
    def document(self, line: str, cell: str | None = None) -> None:
        """Add docstrings and comments to the last cell that ran: ``%document [number] [wish]``."""
        self._about_cell("document", line, cell)

    @no_var_expand
    @line_cell_magic
    def tests(self, line: str, cell: str | None = None) -> None:
        """Write tests for the last cell that ran: ``%tests [number] [wish]``."""
        self._about_cell("tests", line, cell)

    @no_var_expand
    @line_cell_magic
    def refactor(self, line: str, cell: str | None = None) -> None:
        """Rewrite the last cell that ran: ``%refactor [number] [wish]``."""
        self._about_cell("refactor", line, cell)

    @no_var_expand
    @line_magic
    def nbcoder(self, line: str) -> None:
        """Show status and settings; ``%nbcoder help`` lists the rest."""
        word = line.strip()
        if word == "help":
            text = _HELP + "\n" + usage()
        elif word == "sent":
            text = sent_report(self._session.last_sent)
        elif word == "restore":
            text = restore_report(*self._session.checkpoints.restore(self._session.tracker.last_failure()))
        elif word == "":
            text = status_report(self._session.config.settings())
        else:
            raise NBCoderError(f"%nbcoder does not know {word!r}. Type %nbcoder help.")
        print(text)  # noqa: T201 - a magic answers in the cell's output

    def _cell_id(self) -> str:
        return self._session.tracker.current_id

    def _about_cell(self, kind: wire.Kind, line: str, cell: str | None) -> None:
        options = parse_options(line, self._session.config.settings())
        subject, rest = cell_that_ran(self._session.tracker, options.text, kind)
        text = "\n".join(part for part in (rest, (cell or "").strip()) if part)
        self._suggest(Request(kind, text, self._cell_id(), subject=subject, sampling=options.sampling))

    def _suggest(self, request: Request) -> None:
        run = self._session.current_run()
        view = make_view(request.kind, self._session)
        if run is not None:
            run.send(draft("…", ""))  # from here on, the kernel works for this cell
        try:
            suggestion = self._session.suggest(request, view)
        except KeyboardInterrupt:
            view.stopped()
            raise Stopped from None
        except NBCoderError:
            view.stopped()  # the error itself is the cell's
            raise
        offer = None if run is None else self._session.offer(suggestion)
        if run is not None and offer is not None:
            run.send(offer)
        elif request.kind != "explain":
            self._put_below(suggestion)
        view.offered(suggestion, offer)

    def _put_below(self, suggestion: Suggestion) -> None:
        """For frontends that do not speak with us: one code cell, after this one has ended."""
        separator = "\n\n# %%\n" if len(suggestion.cells) > 1 else ""
        text = separator.join(
            cell.source if cell.type == "code" else _as_comment(cell.source) for cell in suggestion.cells
        )
        self._shell.set_next_input(text, replace=False)


def _as_comment(text: str) -> str:
    return "\n".join(f"# {line}".rstrip() for line in text.splitlines())
