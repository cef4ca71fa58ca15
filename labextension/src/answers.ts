/** The output of a cell of ours: the answer as it comes, then the offer with its buttons. */

import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import type { ISessionContext } from '@jupyterlab/apputils';
import type { ICodeCellModel } from '@jupyterlab/cells';
import { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IRenderMimeRegistry, type IRenderMime } from '@jupyterlab/rendermime';
import type { Kernel } from '@jupyterlab/services';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { PanelLayout, Widget } from '@lumino/widgets';
import { IOffers } from './offers';
import { placeOf, type IPlace } from './places';
import { IPreferences } from './preferences';
import { LOST } from './runs';
import { SuggestionWidget, type ISuggestionTools, type Stage } from './suggestion';
import { asWritten, said } from './texts';
import { ANSWER_MIME, type IAnswer, type OfferState } from './wire';

/** States in which the cell still runs. */
const COMING = new Set(['streaming', 'checking']);

/** Before the widget of a kernel that does not know of us yet, which has rank -10. */
const RANK = -20;

class AnswerRenderer extends Widget implements IRenderMime.IRenderer {
  constructor(
    private readonly _tools: ISuggestionTools,
    private readonly _place: (node: HTMLElement) => IPlace | null
  ) {
    super();
    this.addClass('nbc-answer');
    this._suggestion = new SuggestionWidget(_tools, () => this._stop());
    const layout = new PanelLayout();
    layout.addWidget(this._suggestion);
    this.layout = layout;
  }

  renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const before = this._answer;
    this._answer = model.data[ANSWER_MIME] as unknown as IAnswer;
    this._isUpdated ||=
      before !== undefined && said(before.facts, asWritten) !== said(this._answer.facts, asWritten);
    this._render();
    return Promise.resolve();
  }

  protected override onAfterAttach(): void {
    // Where the offer belongs is known only now.
    this._session = this._place(this.node)?.panel.sessionContext;
    // A kernel that dies says nothing more: what is shown must not look as if it went on.
    // eslint-disable-next-line @typescript-eslint/unbound-method -- Lumino binds a slot to its second argument
    this._session?.statusChanged.connect(this._statusChanged, this);
    this._render();
  }

  protected override onBeforeDetach(): void {
    // eslint-disable-next-line @typescript-eslint/unbound-method -- as above
    this._session?.statusChanged.disconnect(this._statusChanged, this);
  }

  private _statusChanged(_: ISessionContext, status: Kernel.Status): void {
    if (LOST.has(status) && this._answer && COMING.has(this._answer.state)) {
      this._isGone = true;
      this._answer = { ...this._answer, state: 'stopped' };
      this._render();
    }
  }

  private _render(): void {
    const answer = this._answer;
    const place = this._place(this.node);
    if (!answer) {
      return;
    }
    if (answer.offer && place) {
      this._tools.offers.found(answer.offer, place);
      this._suggestion.present(answer.offer.suggestion);
    } else {
      const { kind, text, state } = answer;
      // The title says it already.
      const { trans } = this._tools;
      const known = said(answer.facts, asWritten) === state ? '' : said(answer.facts, trans);
      const facts = this._isGone ? trans.__('the kernel is gone') : known;
      this._suggestion.progress({ kind, facts, text, stage: this._stage(state, place) });
    }
  }

  /** A console has no cells of a notebook, so nothing can be stopped or decided there. */
  private _stage(state: OfferState, place: IPlace | null): Stage {
    if (COMING.has(state)) {
      return this._isWorking(place) ? 'running' : place ? 'stopped' : 'watched';
    }
    return state === 'ready' ? 'shown' : 'stopped';
  }

  private _stop(): void {
    const place = this._place(this.node);
    if (place && this._isWorking(place)) {
      void place.panel.sessionContext.session?.kernel?.interrupt();
    }
  }

  /** An interrupt reaches whatever the kernel runs, so it is sent only while that works for us. */
  private _isWorking(place: IPlace | null): boolean {
    if (!place) {
      return false;
    }
    const { executionState } = place.cell.model as ICodeCellModel;
    return (
      executionState === 'running' || this._tools.offers.isAnswering(place.cell) || this._isStillComing()
    );
  }

  /** A page that was loaded while an answer came knows nothing of the run of its cell. */
  private _isStillComing(): boolean {
    return this._isUpdated && this._answer !== undefined && COMING.has(this._answer.state);
  }

  private _session: ISessionContext | undefined;
  private _answer: IAnswer | undefined;
  /** Whether the kernel has said more of it since it is shown here. */
  private _isUpdated = false;
  /** Whether the kernel was ended meanwhile; what it still says while it ends tells less. */
  private _isGone = false;
  private readonly _suggestion: SuggestionWidget;
}

export const answersPlugin: JupyterFrontEndPlugin<void> = {
  id: 'nbcoder-labextension:answers',
  description: 'Shows answers and offers in the output of the cell that asked.',
  autoStart: true,
  requires: [INotebookTracker, IRenderMimeRegistry, IEditorLanguageRegistry, IOffers, IPreferences],
  optional: [ITranslator],
  activate: (
    _app,
    tracker: INotebookTracker,
    rendermime: IRenderMimeRegistry,
    languages: IEditorLanguageRegistry,
    offers: IOffers,
    preferences: IPreferences,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('nbcoder');
    const tools = { offers, languages, rendermime, preferences, trans };
    rendermime.addFactory(
      {
        safe: true,
        mimeTypes: [ANSWER_MIME],
        defaultRank: RANK,
        createRenderer: () => new AnswerRenderer(tools, node => placeOf(tracker, node))
      },
      RANK
    );
  }
};
