"""One kernel's dealings with nbcoder: what was asked, what is on offer, and who may accept it."""

from __future__ import annotations

from collections import Counter, OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from nbcoder.context import Situation
from nbcoder.engine.kept import KeptEngine
from nbcoder.errors import NBCoderError, NoSubject, NoSuggestion, NothingToFix, UnusableAnswer
from nbcoder.kernel import messages
from nbcoder.kernel.acceptance import Acceptances, Accepted
from nbcoder.kernel.checkpoints import Checkpoints
from nbcoder.kernel.choices import ask_again, choose, purpose_of, varied
from nbcoder.kernel.notebooks import Notebooks
from nbcoder.kernel.options import usual_sampling
from nbcoder.kernel.report import walls_note
from nbcoder.kernel.runs import Run, Runs, read_snapshot
from nbcoder.kernel.sent import LastSent, Noting
from nbcoder.kernel.subjects import cell_of_run
from nbcoder.kernel.tracker import Tracker
from nbcoder.kernel.trials import revive, tried
from nbcoder.kernel.view import TRYING, CommView
from nbcoder.suggest import Request
from nbcoder.suggest.running.policy import refusal
from nbcoder.texts import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from comm.base_comm import BaseComm
    from IPython.core.interactiveshell import InteractiveShell

    from nbcoder import wire
    from nbcoder.dryrun import DryRunner, KernelDryRunner, Report
    from nbcoder.kernel.config import NBCoder
    from nbcoder.kernel.view import View
    from nbcoder.models.speaker import Speaker
    from nbcoder.notebook.cells import Notebook
    from nbcoder.suggest import Failure, Suggestion
    from nbcoder.suggest.running.dependants import Dependant
    from nbcoder.suggest.suggestion import State

__all__ = ["Session"]

_STOPPED = Text("stopped; nothing was changed.")
_KEPT_SUGGESTIONS = 64


class Session:
    """Holds the state between magics and messages; entered while the extension is loaded."""

    def __init__(self, shell: InteractiveShell, config: NBCoder) -> None:
        self.shell = shell
        self.config = config
        self.tracker = Tracker(shell)
        self.runs = Runs()
        self._notebooks = Notebooks(shell, self.tracker, self.runs)
        self.last_sent: LastSent | None = None
        self._suggestions: OrderedDict[str, Suggestion] = OrderedDict()
        self._views: dict[str, View] = {}
        self._edited: dict[str, Suggestion] = {}
        self._in_vain: Counter[tuple[str, ...]] = Counter()
        """How often the model came to nothing: asked once more, its answer is left to chance."""
        self._acceptances = Acceptances()
        self._runner: KernelDryRunner | None = None
        self._engine = KeptEngine()
        self.checkpoints = Checkpoints(shell, self._dry_runner, self._are_checkpoints_wanted)

    def __enter__(self) -> Self:
        self.tracker.__enter__()
        self.checkpoints.__enter__()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.checkpoints.__exit__(*exc_info)
        self.tracker.__exit__(*exc_info)
        self.runs.close()
        self._engine.close()

    def suggest(self, request: Request, view: View) -> Suggestion:
        """Ask the model; the suggestion is kept until it is settled.

        Raises
        ------
        NBCoderError
            The engine failed or the answer holds no code.
        """
        from nbcoder.suggest.remedies import without_model  # noqa: PLC0415 - loaded with the first request
        from nbcoder.suggest.suggester import Suggester  # noqa: PLC0415 - the same

        in_vain = self._in_vain[_asked(request)]
        if in_vain and request.sampling.seed is None:
            request = replace(request, sampling=varied(request.sampling, in_vain))
        settings, situation = self.config.settings(), self._situation(request)
        runner = self._runner_for(request) if settings.dry_run == "on" else None

        kept = self.last_sent = LastSent()

        def ask(engine: Speaker) -> Suggestion:
            suggester = Suggester(engine, runner, settings.repair_rounds, settings.candidates)
            return suggester.suggest(request, situation, Noting(kept, engine, view))

        request, suggestion = without_model(request, situation, runner)
        try:
            suggestion = suggestion or self._engine.ask(settings, view, ask)
        except UnusableAnswer:
            self._in_vain[_asked(request)] += 1
            raise
        del self._in_vain[_asked(request)]
        suggestion = replace(suggestion, notes=self._notes(request, suggestion.report))
        self._keep(suggestion, view)
        return suggestion

    @property
    def latest(self) -> Suggestion | None:
        """The newest suggestion, whatever became of it."""
        return next(reversed(self._suggestions.values()), None)

    def offer(self, suggestion: Suggestion) -> wire.Offer:
        """The suggestion as a message to the frontend that asked."""
        notebook = self._notebooks.current(suggestion.request)
        offer = messages.offer(suggestion, notebook.source)
        if found := _dependants(suggestion, notebook):
            offer["dependants"] = messages.dependants(found)
        return offer

    def fix_request(self, text: str = "", cell_id: str = "") -> Request:
        """A request to mend the last failing cell, or the one with that id.

        Raises
        ------
        NothingToFix
            No failing cell is known.
        """
        failure: Failure | None = self.tracker.last_failure(cell_id)
        if failure is None:
            raise NothingToFix(
                Text("no failing cell is known in this kernel. Run the cell that fails, then %fix.")
            )
        from nbcoder.suggest.suspect import find_suspect  # noqa: PLC0415 - only where something is mended

        sampling = usual_sampling(self.config.settings())
        suspected = find_suspect(failure, self.tracker.executed)
        purpose = purpose_of(suspected.cell.source, self._suggestions.values())
        return Request(
            "fix", text, cell_id=failure.cell.id, failure=suspected, sampling=sampling, purpose=purpose
        )

    def current_run(self) -> Run | None:
        """The comm of the cell that runs now, if a frontend of ours announced this very run."""
        info = self.tracker.current
        return self.runs.find(self.tracker.current_id, info.raw_cell) if info and info.raw_cell else None

    def comm_opened(self, comm: BaseComm, message: Mapping[str, Any]) -> None:
        """A frontend announces a run of one of our cells."""
        run = read_snapshot(comm, message["content"]["data"])
        if run is None:
            comm.close()
            return
        self.runs.add(run)
        comm.on_msg(lambda received: self.received(run, received["content"]["data"]))

    def received(self, run: Run, data: Mapping[str, Any]) -> None:
        """A message of a frontend, which is answered on the same way."""
        try:
            if data.get("type") == "act":
                self._act(run, data)
            elif data.get("type") == "fix":
                self._fix(run, str(data.get("cellId")))
            elif data.get("type") == "ask":
                self._ask(run, data)
            elif data.get("type") == "try":
                self._try(run, data)
            elif data.get("type") == "again":
                self._offer_again(run, data)
            elif data.get("type") == "resume":
                self._resume(run)
            elif data.get("type") == "done":
                self._done(run, str(data.get("suggestion")), ok=bool(data.get("ok")))
        except NBCoderError as error:
            run.send(messages.say("error", error.line))
        except KeyboardInterrupt:
            run.send(messages.say("warning", _STOPPED))

    def _fix(self, run: Run, cell_id: str) -> None:
        self._answer(run, self.fix_request(cell_id=cell_id), CommView(run, "fix"))

    def _ask(self, run: Run, data: Mapping[str, Any]) -> None:
        kind: wire.Kind = data.get("kind", "")
        if kind not in ("explain", "document", "tests", "refactor"):
            raise NoSubject(Text("nothing is known of %1. Update nbcoder where the kernel runs.", repr(kind)))
        subject = cell_of_run(run, str(data.get("cellId")), kind)
        sampling = usual_sampling(self.config.settings())
        request = Request(kind, "", cell_id=subject.id, subject=subject, sampling=sampling)
        self._answer(run, request, CommView(run, kind))

    def _try(self, run: Run, data: Mapping[str, Any]) -> None:
        """Run what the user made of an answer; it is accepted with what that showed."""
        try:
            suggestion = self._tried(choose(self._waiting(data), None, data.get("cells")))
        except NBCoderError as error:
            run.send(messages.not_tried(data, error.line))
            return
        except KeyboardInterrupt:
            run.send(messages.not_tried(data, _STOPPED))
            return
        self._edited[suggestion.id] = suggestion
        run.send(messages.tried(suggestion))

    def _offer_again(self, run: Run, data: Mapping[str, Any]) -> None:
        """What the notebook remembers, tried as things are now; the kernel may never have known it."""
        known = self._suggestions.get(str(data.get("suggestion")))
        suggestion = revive(data)
        if known is not None:
            request = replace(known.request, cell_id=suggestion.request.cell_id)
            candidate = suggestion.candidate
            suggestion = replace(known, request=request, candidate=candidate, alternatives=(), state="ready")
        view = CommView(run, suggestion.request.kind)
        view.say(TRYING)
        suggestion = self._tried(suggestion)
        self._keep(suggestion, self._views.get(suggestion.id, view))
        run.send(self.offer(suggestion))

    def _resume(self, run: Run) -> None:
        """A page that was loaded while an answer came has lost the output that showed it."""
        for suggestion in list(self._suggestions.values()):
            is_here = run.notebook.index(suggestion.request.cell_id) is not None
            if suggestion.state == "ready" and is_here:
                run.send(self.offer(suggestion))

    def _regenerate(self, run: Run, suggestion: Suggestion, wish: str) -> None:
        """What was on offer stays so until there is another."""
        view = self._views[suggestion.id]
        is_answered = False
        try:
            is_answered = self._answer(run, ask_again(suggestion, wish), view.again(run), suggestion.id)
        finally:
            if is_answered:
                self._settle(suggestion, "rejected", shown=False)
            else:
                view.restored()

    def _answer(self, run: Run, request: Request, view: View, replaces: str = "") -> bool:
        """Make a suggestion outside of any running cell; False when the user stopped it."""
        run.send(messages.draft("…", ""))  # from here on, the kernel works for this cell
        try:
            suggestion = self.suggest(request, view)
        except KeyboardInterrupt:
            run.send(messages.say("warning", _STOPPED))
            return False
        offer = self.offer(suggestion)
        if replaces:
            offer["replaces"] = replaces
        run.send(offer)
        view.offered(suggestion, offer)
        return True

    def _act(self, run: Run, data: Mapping[str, Any]) -> None:
        known = self._suggestions.get(str(data.get("suggestion")))
        if known is not None and known.state != "ready":
            run.send(self.offer(known))  # another page decided, and this one need not go on offering it
        suggestion, action = self._waiting(data), str(data.get("action"))
        if action.startswith("accept"):
            chosen = choose(suggestion, data.get("alternative", 0), data.get("cells"))
            edited = self._edited.get(chosen.id)
            if chosen.is_edited and edited is not None and edited.cells == chosen.cells:
                chosen = edited
            self._acceptances.claim(Accepted(run, chosen, action, str(data.get("policy", ""))))
            replaces = suggestion.request.target is not None
            run.send(messages.replace(chosen) if replaces else messages.insert(chosen))
        elif action == "regenerate":
            self._regenerate(run, suggestion, str(data.get("text") or ""))
        elif action == "reject":
            self._settle(suggestion, "rejected")

    def _done(self, run: Run, suggestion_id: str, *, ok: bool) -> None:
        accepted = self._acceptances.done(run, suggestion_id)
        if accepted is None or not ok:
            return
        suggestion = accepted.suggestion
        self._settle(suggestion, "accepted")
        if accepted.action == "accept":
            return
        policy = self.config.run_policy_for(accepted.policy)
        why = refusal(policy, suggestion.candidate.code, suggestion.report, self.shell.user_ns)
        to_run = messages.run(suggestion.id, self._to_run(accepted))
        run.send(messages.say("warning", Text("not run: %1", why)) if why else to_run)

    def _to_run(self, accepted: Accepted) -> list[str]:
        """The cells to be run; none means those just inserted or replaced."""
        suggestion = accepted.suggestion
        target = suggestion.request.target
        if accepted.action != "accept-and-run-dependants" or target is None:
            return []
        found = _dependants(suggestion, self._notebooks.current(suggestion.request))
        return [target.id, *(one.cell.id for one in found)]

    def _waiting(self, data: Mapping[str, Any]) -> Suggestion:
        suggestion_id = str(data.get("suggestion"))
        suggestion = self._suggestions.get(suggestion_id)
        if suggestion is None or suggestion.state != "ready":
            raise NoSuggestion(Text("suggestion %1 is not on offer any more. Ask again.", suggestion_id))
        return suggestion

    def _tried(self, suggestion: Suggestion) -> Suggestion:
        is_wanted = self.config.settings().dry_run == "on"
        request = suggestion.request
        runner = self._runner_for(request) if is_wanted else None
        suggestion = tried(suggestion, self._situation(request), runner)
        return replace(suggestion, notes=self._notes(request, suggestion.report))

    def _keep(self, suggestion: Suggestion, view: View) -> None:
        self._suggestions[suggestion.id] = suggestion
        self._views[suggestion.id] = view
        while len(self._suggestions) > _KEPT_SUGGESTIONS:
            oldest, _ = self._suggestions.popitem(last=False)
            self._views.pop(oldest, None)
            self._edited.pop(oldest, None)

    def _settle(self, suggestion: Suggestion, state: State, *, shown: bool = True) -> None:
        self._suggestions[suggestion.id] = replace(suggestion, state=state)
        self._edited.pop(suggestion.id, None)
        view = self._views.pop(suggestion.id, None)
        if shown and view is not None:
            view.settled(state)

    def _runner_for(self, request: Request) -> DryRunner:
        """A repair is tried from before the failure, if that state is kept."""
        before = self.checkpoints.before(request.failure) if request.failure is not None else None
        return before or self._dry_runner()

    def _notes(self, request: Request, report: Report | None) -> tuple[str, ...]:
        halfway = self.checkpoints.halfway(request.failure) if request.failure is not None else None
        notes = (halfway.note if halfway is not None else "", walls_note(report))
        return tuple(note for note in notes if note)

    def _are_checkpoints_wanted(self) -> bool:
        settings = self.config.settings()
        return settings.checkpoints == settings.dry_run == "on"

    def _dry_runner(self) -> KernelDryRunner:
        from nbcoder.dryrun import KernelDryRunner, Observer  # noqa: PLC0415 - loaded with the first answer
        from nbcoder.suggest.repair.hints import explain  # noqa: PLC0415 - the same
        from nbcoder.suggest.repair.mending import remedy  # noqa: PLC0415 - the same
        from nbcoder.suggest.repair.remarks import remark  # noqa: PLC0415 - the same

        if self._runner is None:
            self._runner = KernelDryRunner(self.shell, Observer(explain, remedy, remark))
        return self._runner

    def _situation(self, request: Request) -> Situation:
        return Situation(
            namespace=dict(self._namespace()),
            notebook=self._notebooks.current(request),
            current_cell=request.cell_id,
            executed=tuple(self.tracker.executed),
            request=request.asked,
            # To mend it is a request of its own, which tells more of it.
            error=self.tracker.last_error() if request.kind == "generate" else None,
        )

    def _namespace(self) -> Iterator[tuple[str, object]]:
        """The user's own names: what IPython put there is known by its entry in ``user_ns_hidden``."""
        hidden = self.shell.user_ns_hidden
        missing = object()
        for name, value in self.shell.user_ns.copy().items():
            if type(name) is str and not name.startswith("_") and hidden.get(name, missing) is not value:
                yield name, value


def _asked(request: Request) -> tuple[str, ...]:
    """The same for requests to which a model that does not draw gives the same answer."""
    return (request.kind, request.asked, *request.sources)


def _dependants(suggestion: Suggestion, notebook: Notebook) -> tuple[Dependant, ...]:
    """The cells that have to run again once a mended or rewritten cell does something else."""
    from nbcoder.suggest.running.dependants import find_dependants  # noqa: PLC0415 - only where a cell is replaced

    request, target = suggestion.request, suggestion.request.target
    if target is None or notebook.source == "history":
        return ()
    if request.kind == "document" or (request.kind == "refactor" and not suggestion.own_notes):
        return ()
    return find_dependants(notebook, target, suggestion.candidate.code)
