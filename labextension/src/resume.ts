/** Offers that come without a running cell: after a reload, or out of the notebook's history. */

import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import type { Cell } from '@jupyterlab/cells';
import { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { Token } from '@lumino/coreutils';
import { suggestionBelow } from './below';
import { IOffers } from './offers';
import { answersOf, cellById, hasFailed, OURS, type IPlace } from './places';
import { IPreferences } from './preferences';
import { IRuns, type IRun } from './runs';
import type { ISuggestionTools, SuggestionWidget } from './suggestion';
import { said } from './texts';
import { VERSION, type IAgain, type IOffer } from './wire';
import { notLoaded, waiting } from './words';

/** A suggestion of the notebook's history, to be offered once more. */
export type IRemembered = Omit<IAgain, 'v' | 'type'>;

export interface IReturns {
  /** Have a suggestion tried and offered once more, at that cell. */
  again(place: IPlace, remembered: IRemembered): void;
}

export const IReturns = new Token<IReturns>('nbcoder-labextension:IReturns', 'Offers that come back.');

class Returns implements IReturns {
  constructor(
    private readonly _runs: IRuns,
    private readonly _tools: ISuggestionTools
  ) {
    _runs.offered.connect((_, { run, message }) => {
      if (this._asked.has(run)) {
        this._offered(run, message);
      }
    });
    _runs.drafted.connect((_, { run, message }) => {
      const text = message.text;
      const facts = said(message.facts, _tools.trans);
      const coming = this._coming.get(run);
      coming?.widget.progress({ kind: coming.kind, facts, text, stage: 'running' });
    });
    _runs.said.connect((_, { run, message }) => this._refused(run, said(message.text, _tools.trans)));
    _runs.lost.connect((_, run) => this._refused(run, notLoaded(_tools.trans)));
  }

  /** After a reload: ask for what came in the meantime. */
  async resume(panel: NotebookPanel): Promise<void> {
    await Promise.all([panel.context.ready, panel.sessionContext.ready]);
    const cell = panel.content.widgets.find(cell => namesUs(cell) || hasFailed(cell));
    // A kernel that was only just started knows nothing; one without nbcoder says so, and that is all.
    const run = cell && this._runs.announce(panel, cell);
    if (run) {
      this._asked.add(run);
      run.send({ v: VERSION, type: 'resume' });
    }
  }

  again({ panel, cell }: IPlace, remembered: IRemembered): void {
    const run = this._runs.announce(panel, cell);
    if (!run) {
      return;
    }
    this._asked.add(run);
    if (!shows(cell, remembered.suggestion)) {
      const { kind } = remembered;
      const widget = suggestionBelow(cell, run, this._tools);
      widget.progress({ kind, facts: waiting(this._tools.trans), text: '', stage: 'waiting' });
      this._coming.set(run, { kind, widget });
    }
    run.send({ v: VERSION, type: 'again', ...remembered });
  }

  private _offered(run: IRun, { asker, target, suggestion }: IOffer): void {
    const coming = this._coming.get(run);
    const cell = cellById(run.panel, target ?? asker);
    if (coming) {
      coming.widget.present(suggestion);
      this._coming.delete(run);
    } else if (cell && !shows(cell, suggestion)) {
      suggestionBelow(cell, run, this._tools).present(suggestion);
    }
  }

  private _refused(run: IRun, facts: string): void {
    const coming = this._coming.get(run);
    coming?.widget.progress({ kind: coming.kind, facts, text: '', stage: 'stopped' });
    this._coming.delete(run);
  }

  private _asked = new WeakSet<IRun>();
  /** Of those out of the history that nothing on the page shows yet. */
  private _coming = new WeakMap<IRun, { kind: IAgain['kind']; widget: SuggestionWidget }>();
}

/** Whether it asks us something, or loads us: what was asked about other cells leaves no trace in them. */
function namesUs(cell: Cell): boolean {
  const source = cell.model.sharedModel.getSource();
  return OURS.test(source) || source.includes('nbcoder');
}

/** Whether an output of the cell holds that suggestion already, or something below it shows it. */
function shows(cell: Cell, suggestion: string): boolean {
  return (
    cell.node.querySelector(`[data-suggestion="${suggestion}"]`) !== null ||
    answersOf(cell.model).some(answer => answer?.offer?.suggestion === suggestion)
  );
}

export const resumePlugin: JupyterFrontEndPlugin<IReturns> = {
  id: 'nbcoder-labextension:resume',
  description: 'Shows what was suggested while the page was loaded anew, and what is offered once more.',
  autoStart: true,
  provides: IReturns,
  requires: [INotebookTracker, IRuns, IOffers, IEditorLanguageRegistry, IRenderMimeRegistry, IPreferences],
  optional: [ITranslator],
  activate: (
    _app,
    tracker: INotebookTracker,
    runs: IRuns,
    offers: IOffers,
    languages: IEditorLanguageRegistry,
    rendermime: IRenderMimeRegistry,
    preferences: IPreferences,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('nbcoder');
    const returns = new Returns(runs, { offers, languages, rendermime, preferences, trans });
    tracker.widgetAdded.connect((_, panel) => void returns.resume(panel));
    return returns;
  }
};
