/** Requests about a cell, such as to mend or to explain it, and showing at the cell what comes of them. */

import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import type { Cell } from '@jupyterlab/cells';
import { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { NotebookActions, type NotebookPanel } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { Token } from '@lumino/coreutils';
import { moveBelow, suggestionBelow } from './below';
import { IOffers } from './offers';
import { cellById, hasFailed, type IPlace } from './places';
import { IPreferences } from './preferences';
import { IRuns, type IRun } from './runs';
import type { ISuggestionTools, Stage, SuggestionWidget } from './suggestion';
import { said } from './texts';
import { VERSION, type FromFrontend, type IOffer, type Kind, type Task } from './wire';
import { notLoaded, waiting } from './words';

export interface IRequests {
  /** Ask the kernel to mend that cell; `round` 1 and above: accept, run and ask again until it runs. */
  fix(place: IPlace, round?: number): void;
  /** Ask the kernel to do something else with that cell. */
  ask(place: IPlace, task: Task): void;
}

export const IRequests = new Token<IRequests>('nbcoder-labextension:IRequests', 'Requests about cells.');

/** A request about a cell. */
interface IRequest {
  kind: Kind;
  widget: SuggestionWidget;
  cell: Cell;
  /** 0: the user decides; else the number of this round. */
  round: number;
  /** The offer that stands, '' before there is one. */
  suggestion: string;
}

class Requests implements IRequests {
  constructor(
    private readonly _runs: IRuns,
    private readonly _tools: ISuggestionTools
  ) {
    const { trans } = _tools;
    _runs.offered.connect((_, { run, message }) => this._offered(run, message));
    _runs.drafted.connect((_, { run, message }) => {
      // Once there is an offer, what shows it follows what takes its place.
      if (!this._requests.get(run)?.suggestion) {
        this._progress(run, said(message.facts, trans), message.text, 'running');
      }
    });
    _runs.said.connect((_, { run, message }) => this._ended(run, said(message.text, trans)));
    _runs.lost.connect((_, run) => this._ended(run, notLoaded(trans)));
    NotebookActions.executed.connect((_, { cell }) => this._executed(cell));
  }

  fix(place: IPlace, round = 0): void {
    const run = this._begin(place, 'fix', round);
    if (run) {
      void this._send(run, { v: VERSION, type: 'fix', cellId: run.cellId });
    }
  }

  ask(place: IPlace, task: Task): void {
    const run = this._begin(place, task, 0);
    if (run) {
      void this._send(run, { v: VERSION, type: 'ask', kind: task, cellId: run.cellId });
    }
  }

  /** An interrupt is on its way to what was asked before: it must not reach this request. */
  private async _send(run: IRun, message: FromFrontend): Promise<void> {
    await this._stopped.get(run.panel);
    if (this._requests.has(run) && run.isOpen) {
      run.send(message);
    }
  }

  /** Nobody will see the answers of earlier requests at that cell. */
  private _endEarlier({ panel, cellId }: IRun): void {
    const over: Promise<unknown>[] = [this._stopped.get(panel) ?? Promise.resolve()];
    for (const [earlier, { widget }] of this._requests) {
      if (earlier.cellId === cellId && earlier.panel === panel) {
        over.push(this._runs.abandon(earlier));
        widget.dispose();
      }
    }
    this._stopped.set(panel, Promise.all(over));
  }

  /** A place for the answer below the cell, instead of earlier ones; null when there is no kernel to ask. */
  private _begin({ panel, cell }: IPlace, kind: Kind, round: number): IRun | null {
    const run = this._runs.announce(panel, cell);
    if (!run) {
      return null;
    }
    this._endEarlier(run);
    const widget = suggestionBelow(cell, run, this._tools);
    this._requests.set(run, { kind, widget, cell, round, suggestion: '' });
    widget.disposed.connect(() => this._requests.delete(run));
    this._progress(run, waiting(this._tools.trans), '', 'waiting');
    return run;
  }

  private _offered(run: IRun, offer: IOffer): void {
    const request = this._requests.get(run);
    if (!request) {
      return;
    }
    request.suggestion = offer.suggestion;
    this._moveTo(run, request, offer.target);
    request.widget.present(offer.suggestion);
    if (request.round > 0) {
      this._accept(run, request, offer);
    }
  }

  /** One more round without the user: what did not run beforehand, or was decided otherwise, ends them. */
  private _accept(run: IRun, request: IRequest, offer: IOffer): void {
    if (offer.report?.status !== 'ok') {
      request.round = 0;
    } else {
      // The failing cell itself is among the dependants of one that was its cause.
      const isCause = offer.target !== undefined && offer.target !== run.cellId;
      this._tools.offers.act(offer.suggestion, isCause ? 'accept-and-run-dependants' : 'accept-and-run');
    }
  }

  /** When another cell is the cause, the difference is shown there. */
  private _moveTo(run: IRun, { widget, cell }: IRequest, target: string | undefined): void {
    const cause = target === undefined ? undefined : cellById(run.panel, target);
    if (cause && cause !== cell) {
      moveBelow(cause, widget);
      void run.panel.content.scrollToItem(run.panel.content.widgets.indexOf(cause));
    }
  }

  private _progress(run: IRun, facts: string, text: string, stage: Stage): void {
    const request = this._requests.get(run);
    if (request) {
      const { kind, round, widget } = request;
      const { automaticRounds } = this._tools.preferences;
      const rounds = round > 0 ? this._tools.trans.__('round %1 of %2', round, automaticRounds) : '';
      widget.progress({ kind, facts: [rounds, facts].filter(Boolean).join(' · '), text, stage });
    }
  }

  /** Nothing more will come; what is said about an offer is shown there. */
  private _ended(run: IRun, text: string): void {
    const request = this._requests.get(run);
    if (request?.suggestion) {
      request.widget.present(request.suggestion);
    } else {
      this._progress(run, text, '', 'stopped');
    }
    if (request) {
      request.round = 0;
    }
  }

  /** The next round of a cell that is to be mended until it runs. */
  private _executed(cell: Cell): void {
    // A copy: asking again adds to them.
    for (const [run, request] of Array.from(this._requests)) {
      if (request.cell === cell && request.round > 0) {
        const next = request.round + 1;
        request.round = 0;
        if (hasFailed(cell) && next <= this._tools.preferences.automaticRounds) {
          this.fix({ panel: run.panel, cell }, next);
        }
      }
    }
  }

  private _requests = new Map<IRun, IRequest>();
  /** Resolves when the requests of a notebook that were given up are over. */
  private _stopped = new WeakMap<NotebookPanel, Promise<unknown>>();
}

export const requestsPlugin: JupyterFrontEndPlugin<IRequests> = {
  id: 'nbcoder-labextension:requests',
  description: 'Has cells mended, explained, documented, tested and refactored.',
  autoStart: true,
  provides: IRequests,
  requires: [IRuns, IOffers, IEditorLanguageRegistry, IRenderMimeRegistry, IPreferences],
  optional: [ITranslator],
  activate: (
    _app,
    runs: IRuns,
    offers: IOffers,
    languages: IEditorLanguageRegistry,
    rendermime: IRenderMimeRegistry,
    preferences: IPreferences,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('nbcoder');
    return new Requests(runs, { offers, languages, rendermime, preferences, trans });
  }
};
