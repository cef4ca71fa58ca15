/** Asking for a failing cell to be mended, and showing below it what comes of that. */

import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { Token } from '@lumino/coreutils';
import type { PanelLayout } from '@lumino/widgets';
import { IOffers } from './offers';
import type { IPlace } from './places';
import { IRuns, type IRun } from './runs';
import { SuggestionWidget, type ISuggestionTools, type Stage } from './suggestion';
import { VERSION } from './wire';

export interface IFixes {
  /** Ask the kernel to mend that cell. */
  fix(place: IPlace): void;
}

export const IFixes = new Token<IFixes>('nbcoder-labextension:IFixes', 'Mending failing cells.');

class Fixes implements IFixes {
  constructor(
    private readonly _runs: IRuns,
    private readonly _tools: ISuggestionTools
  ) {
    _runs.offered.connect((_, { run, message }) => this._requests.get(run)?.present(message.suggestion));
    // From the first line on, the kernel works for us and for nobody else.
    _runs.said.connect((_, { run, message }) =>
      this._progress(run, message.text, message.level === 'info' ? 'running' : 'stopped')
    );
    _runs.lost.connect((_, run) =>
      this._progress(
        run,
        _tools.trans.__('nbcoder is not loaded in this kernel. Run %load_ext nbcoder.'),
        'stopped'
      )
    );
  }

  fix({ panel, cell }: IPlace): void {
    const run = this._runs.announce(panel, cell);
    if (!run) {
      return;
    }
    const widget = new SuggestionWidget(this._tools, () => this._stop(run));
    widget.addClass('nbc-below');
    for (const [earlier, shown] of this._requests) {
      if (earlier.cellId === run.cellId && earlier.panel === panel) {
        shown.dispose();
      }
    }
    this._requests.set(run, widget);
    widget.disposed.connect(() => this._requests.delete(run));
    (cell.layout as PanelLayout).addWidget(widget);
    this._progress(run, this._tools.trans.__('waiting for the kernel …'), 'waiting');
    run.send({ v: VERSION, type: 'fix', cellId: run.cellId });
  }

  /** What is said after the offer is about the offer, and shown there. */
  private _progress(run: IRun, facts: string, stage: Stage): void {
    const widget = this._requests.get(run);
    if (widget?.suggestion === '') {
      widget.progress({ facts, text: '', stage });
    }
  }

  private _stop(run: IRun): void {
    void run.panel.sessionContext.session?.kernel?.interrupt();
  }

  private _requests = new Map<IRun, SuggestionWidget>();
}

export const fixesPlugin: JupyterFrontEndPlugin<IFixes> = {
  id: 'nbcoder-labextension:fixes',
  description: 'Has failing cells mended.',
  autoStart: true,
  provides: IFixes,
  requires: [IRuns, IOffers, IEditorLanguageRegistry],
  optional: [ITranslator],
  activate: (
    _app,
    runs: IRuns,
    offers: IOffers,
    languages: IEditorLanguageRegistry,
    translator: ITranslator | null
  ) => new Fixes(runs, { offers, languages, trans: (translator ?? nullTranslator).load('nbcoder') })
};
