"""One kernel's dealings with nbcoder: what was asked, what is on offer, and who may accept it."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

from nbcoder.context import Situation
from nbcoder.errors import NBCoderError, NoSuggestion, NothingToFix
from nbcoder.kernel import messages
from nbcoder.kernel.checkpoints import Checkpoints
from nbcoder.kernel.notebooks import current_notebook
from nbcoder.kernel.runs import Run, Runs, read_snapshot
from nbcoder.kernel.tracker import Tracker
from nbcoder.kernel.view import CommView
from nbcoder.suggest import Request

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from comm.base_comm import BaseComm
    from IPython.core.interactiveshell import InteractiveShell

    from nbcoder.dryrun import DryRunner, KernelDryRunner
    from nbcoder.kernel.config import NBCoder
    from nbcoder.kernel.view import View
    from nbcoder.suggest import Candidate, Failure, Sent, Suggestion

__all__ = ["Session"]

_KEPT_SUGGESTIONS = 64


class Session:
    """Holds the state between magics and messages; entered while the extension is loaded."""

    def __init__(self, shell: InteractiveShell, config: NBCoder) -> None:
        self.shell = shell
        self.config = config
        self.tracker = Tracker(shell)
        self.runs = Runs()
        self.last_sent: Sent | None = None
        self._suggestions: OrderedDict[str, Suggestion] = OrderedDict()
        self._awaiting: dict[str, _Accepted] = {}
        self._runner: KernelDryRunner | None = None
        self.checkpoints = Checkpoints(shell, self._dry_runner, self._are_checkpoints_wanted)

    def __enter__(self) -> Self:
        self.tracker.__enter__()
        self.checkpoints.__enter__()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.checkpoints.__exit__(*exc_info)
        self.tracker.__exit__(*exc_info)
        self.runs.close()

    def suggest(self, request: Request, view: View) -> Suggestion:
        """Ask the model; the suggestion is kept until it is settled.

        Raises
        ------
        NBCoderError
            The engine failed or the answer holds no code.
        """
        from nbcoder.engine import connect  # noqa: PLC0415 - loads the HTTP client, 100 ms
        from nbcoder.suggest import Suggester  # noqa: PLC0415 - belongs to the same moment

        settings = self.config.settings()
        with connect(settings, view) as engine:
            runner = self._runner_for(request) if settings.dry_run == "on" else None
            suggester = Suggester(engine, runner, settings.repair_rounds)
            suggestion = suggester.suggest(request, self._situation(request), _Note(self, view))
        suggestion = replace(suggestion, notes=self._notes(request))
        self._suggestions[suggestion.id] = suggestion
        while len(self._suggestions) > _KEPT_SUGGESTIONS:
            self._suggestions.popitem(last=False)
        return suggestion

    def fix_request(self, text: str = "", cell_id: str = "") -> Request:
        """A request to mend the last failing cell, or the one with that id.

        Raises
        ------
        NothingToFix
            No failing cell is known.
        """
        failure: Failure | None = self.tracker.last_failure(cell_id)
        if failure is None:
            raise NothingToFix("no failing cell is known in this kernel. Run the cell that fails, then %fix.")
        return Request("fix", text, cell_id=failure.cell.id, failure=failure)

    def current_run(self) -> Run | None:
        """The comm of the cell that runs now, if a frontend of ours announced this very run."""
        info = self.tracker.current
        return self.runs.find(info.cell_id or "", info.raw_cell) if info and info.raw_cell else None

    def comm_opened(self, comm: BaseComm, message: Mapping[str, Any]) -> None:
        """A frontend announces a run of one of our cells."""
        run = read_snapshot(comm, message["content"]["data"])
        if run is None:
            comm.close()
            return
        self.runs.add(run)
        comm.on_msg(lambda received: self._received(run, received["content"]["data"]))

    def _received(self, run: Run, data: Mapping[str, Any]) -> None:
        try:
            if data.get("type") == "act":
                self._act(run, str(data.get("suggestion")), str(data.get("action")))
            elif data.get("type") == "fix":
                self._fix(run, str(data.get("cellId")))
            elif data.get("type") == "done":
                self._done(run, ok=bool(data.get("ok")))
        except NBCoderError as error:
            run.send(messages.say("error", str(error)))

    def _fix(self, run: Run, cell_id: str) -> None:
        view = CommView(run)
        try:
            suggestion = self.suggest(self.fix_request(cell_id=cell_id), view)
        except KeyboardInterrupt:
            view.stopped()
            return
        run.send(messages.offer(suggestion))
        for note in suggestion.notes:
            run.send(messages.say("warning", note))

    def _act(self, run: Run, suggestion_id: str, action: str) -> None:
        suggestion = self._suggestions.get(suggestion_id)
        if suggestion is None or suggestion.state != "ready":
            raise NoSuggestion(f"suggestion {suggestion_id} is not on offer any more. Ask again.")
        if action in {"accept", "accept-and-run"}:
            is_fix = suggestion.request.failure is not None
            self._awaiting[run.cell_id] = _Accepted(suggestion, then_run=action == "accept-and-run")
            run.send(messages.replace(suggestion) if is_fix else messages.insert(suggestion))
        elif action == "reject":
            self._suggestions[suggestion_id] = replace(suggestion, state="rejected")

    def _done(self, run: Run, *, ok: bool) -> None:
        accepted = self._awaiting.pop(run.cell_id, None)
        if accepted is None or not ok:
            return
        self._suggestions[accepted.suggestion.id] = replace(accepted.suggestion, state="accepted")
        if accepted.then_run:
            run.send(messages.run())

    def _runner_for(self, request: Request) -> DryRunner:
        """A repair is tried from before the failure, if that state is kept."""
        before = self.checkpoints.before(request.failure) if request.failure is not None else None
        return before or self._dry_runner()

    def _notes(self, request: Request) -> tuple[str, ...]:
        halfway = self.checkpoints.halfway(request.failure) if request.failure is not None else None
        return (halfway.note,) if halfway is not None and halfway.note else ()

    def _are_checkpoints_wanted(self) -> bool:
        settings = self.config.settings()
        return settings.checkpoints == settings.dry_run == "on"

    def _dry_runner(self) -> KernelDryRunner:
        from nbcoder.dryrun import KernelDryRunner  # noqa: PLC0415 - loaded with the first answer
        from nbcoder.suggest.hints import explain  # noqa: PLC0415 - the same

        if self._runner is None:
            self._runner = KernelDryRunner(self.shell, explain)
        return self._runner

    def _situation(self, request: Request) -> Situation:
        notebook = current_notebook(self.runs.find(request.cell_id), self.shell, self.tracker)
        return Situation(
            namespace=dict(self._namespace()),
            notebook=notebook,
            current_cell=request.cell_id,
            executed=tuple(self.tracker.executed),
            request=request.text,
        )

    def _namespace(self) -> Iterator[tuple[str, object]]:
        """The user's own names: what IPython put there is known by its entry in ``user_ns_hidden``."""
        hidden = self.shell.user_ns_hidden
        missing = object()
        for name, value in self.shell.user_ns.copy().items():
            if not name.startswith("_") and hidden.get(name, missing) is not value:
                yield name, value


@dataclass(frozen=True)
class _Accepted:
    """Waits for the frontend to say that it is in the notebook."""

    suggestion: Suggestion
    then_run: bool


class _Note:
    """Keeps what was sent, on its way to the view."""

    def __init__(self, session: Session, view: View) -> None:
        self._session, self._view = session, view

    def sent(self, sent: Sent) -> None:
        self._session.last_sent = sent
        self._view.sent(sent)

    def streaming(self, text: str, tokens: int) -> None:
        self._view.streaming(text, tokens)

    def trying(self, candidate: Candidate) -> None:
        self._view.trying(candidate)
