/** A suggestion as the user sees it: what it is, what it cost, what it does, and what can be done with it. */

import type { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import { type Message, MessageLoop } from '@lumino/messaging';
import { PanelLayout, Widget } from '@lumino/widgets';
import { cellsView, comingCode, diffView, type ICodeView } from './code';
import { dependantsLine } from './dependants';
import { button, element, keepFocus, lineWithCode } from './dom';
import { HELD, KEYS } from './keys';
import { shownAnswer, sources, type IHeld, type IOffers } from './offers';
import { Outcome, type Shown } from './outcome';
import type { IPreferences } from './preferences';
import { comingProse, proseView } from './prose';
import { Wish } from './wish';
import { said } from './texts';
import { elsewhere, facts, kindWord, title } from './words';
import type { Action, INewCell, Kind } from './wire';

/**
 * `waiting` for a kernel that does something else, `running` and can be stopped, `watched` where it cannot be,
 * `stopped` without an offer, or `shown` where an answer is complete and nothing is to be decided.
 */
export type Stage = 'waiting' | 'running' | 'watched' | 'stopped' | 'shown';

/** Shown before there is an offer: the answer so far. */
export interface IProgress {
  kind: Kind;
  facts: string;
  text: string;
  stage: Stage;
}

/** What a suggestion needs of the page around it. */
export interface ISuggestionTools {
  offers: IOffers;
  languages: IEditorLanguageRegistry;
  rendermime: IRenderMimeRegistry;
  preferences: IPreferences;
  trans: TranslationBundle;
}

export class SuggestionWidget extends Widget {
  constructor(
    private readonly _tools: ISuggestionTools,
    private readonly _stop: () => void
  ) {
    super({ node: element('section', 'nbc-suggestion') });
    const { trans, rendermime } = _tools;
    this.node.setAttribute('aria-label', trans.__('Suggestion by nbcoder'));
    this._facts.setAttribute('role', 'status');
    this._outcome = new Outcome(rendermime, trans);
    this._wish = new Wish(trans, wish => this._act('regenerate', wish));
    const layout = new PanelLayout();
    this.layout = layout;
    for (const part of [this._head, this._body]) {
      layout.addWidget(new Widget({ node: part }));
    }
    layout.addWidget(this._outcome);
    for (const part of [this._dependants, this._wish.node, this._foot]) {
      layout.addWidget(new Widget({ node: part }));
    }
    // eslint-disable-next-line @typescript-eslint/unbound-method -- Lumino binds a slot to its second argument
    _tools.offers.changed.connect(this._changed, this);
    // eslint-disable-next-line @typescript-eslint/unbound-method -- as above
    _tools.preferences.changed.connect(this._refreshCode, this);
  }

  /** The id of the suggestion that is shown, '' before there is one. */
  get suggestion(): string {
    return this._suggestion;
  }

  /** Show how far the answer is. */
  progress({ kind, facts, text, stage }: IProgress): void {
    const { trans } = this._tools;
    const coming = text ? trans.__('Writing') : trans.__('Preparing');
    const titles = {
      waiting: trans.__('Waiting'),
      running: coming,
      watched: coming,
      stopped: trans.__('Stopped'),
      shown: kindWord(kind, trans)
    };
    this._suggestion = this._shown = '';
    this.node.dataset['state'] = stage === 'stopped' || stage === 'shown' ? stage : 'streaming';
    this._setHead(titles[stage], facts);
    this._outcome.showReport(undefined);
    this._dependants.replaceChildren();
    this._wish.close();
    const view = kind === 'explain' ? comingProse : comingCode;
    void this._show(text ? view(text, this._tools) : Promise.resolve(element('div', '')));
    if (stage === 'running' && this._foot.querySelector('.nbc-stop')) {
      return; // a button that is being pressed stays the same button
    }
    keepFocus(this._foot);
    this._foot.replaceChildren(
      ...(stage === 'running' ? [button(trans.__('Stop'), KEYS.stop, 'nbc-stop', this._stop)] : [])
    );
  }

  /** Show an offer, and follow what becomes of it. */
  present(suggestion: string): void {
    const held = this._tools.offers.get(suggestion);
    if (!held) {
      return;
    }
    if (held.replacedBy !== undefined) {
      this.present(held.replacedBy);
    } else if (held.coming) {
      const { facts, text } = held.coming;
      const { kind } = held.offer;
      this.progress({ kind, facts: said(facts, this._tools.trans), text, stage: 'running' });
      this._suggestion = suggestion;
    } else {
      this._present(held);
    }
  }

  override dispose(): void {
    this._view?.dispose();
    super.dispose();
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this._view?.measure();
  }

  private _present(held: IHeld): void {
    this._suggestion = held.offer.suggestion;
    this.node.dataset['state'] = held.state;
    this.node.dataset['suggestion'] = this._suggestion;
    this._setHead(
      title(held, this._tools.trans),
      facts(held.offer, this._tools.trans),
      held.state !== 'ready'
    );
    this._showCode(held);
    this._outcome.showReport(outcome(held));
    this._showDependants(held);
    keepFocus(this._foot);
    this._foot.replaceChildren(...(held.state === 'ready' ? this._buttons(held) : []));
    if (held.state !== 'ready') {
      this._wish.close();
    }
    if (held.state === 'ready') {
      const notes = (held.edited ?? shownAnswer(held)).notes ?? [];
      const { trans } = this._tools;
      this._foot.append(...notes.map(note => lineWithCode(said(note, trans), 'nbc-note nbc-hint')));
    }
    const why = held.isElsewhere ? elsewhere(this._tools.trans) : held.note;
    if (why) {
      this._foot.append(refusal(why));
    }
  }

  private _changed(_: IOffers, suggestion: string): void {
    if (suggestion === this._suggestion && !this.isDisposed) {
      this.present(suggestion);
    }
  }

  private _refreshCode(): void {
    this._shown = '';
    if (this._suggestion && !this.isDisposed) {
      this.present(this._suggestion);
    }
  }

  private _act(action: Action, wish = ''): void {
    const cells = action.startsWith('accept') ? this._edited() : undefined;
    this._tools.offers.act(this._suggestion, action, { ...(cells ? { cells } : {}), wish });
  }

  /** The cells as the user made them, if they are not those on offer. */
  private _edited(): INewCell[] | undefined {
    const held = this._tools.offers.get(this._suggestion);
    const now = this._view?.cells();
    if (!held || !now) {
      return undefined;
    }
    const offered = shownAnswer(held).cells;
    const compared =
      held.offer.original === undefined ? offered : offered.filter(cell => cell.type === 'code');
    return sources(now) === sources(compared) ? undefined : now;
  }

  /** What was seen of the offered text is not shown as if it were of this one. */
  private _textChanged(): void {
    this._tools.offers.edit(this._suggestion, this._edited() ?? null);
  }

  private _showDependants({ offer, state, isPending, decided }: IHeld): void {
    const { trans } = this._tools;
    const dependants = offer.dependants ?? [];
    const haveRun = state === 'accepted' && decided === 'accept-and-run-dependants';
    if (dependants.length === 0 || state === 'rejected' || haveRun) {
      this._dependants.replaceChildren();
      return;
    }
    const line = dependantsLine(dependants, trans);
    if (state === 'ready') {
      const run = button(trans.__('Accept and run all of them'), KEYS.acceptAndRunAll, 'nbc-run-all', () =>
        this._act('accept-and-run-dependants')
      );
      run.disabled = isPending;
      line.append(run);
    }
    this._dependants.replaceChildren(line);
  }

  private _buttons(held: IHeld): HTMLElement[] {
    const { offer, isPending, shown: position } = held;
    // What failed is not what one wants to run.
    const [forRun, forAgain] = hasFailed(outcome(held)) ? ['', 'nbc-primary'] : ['nbc-primary', ''];
    const { offers, preferences, trans } = this._tools;
    const answers = 1 + (offer.alternatives?.length ?? 0);
    const accept = (label: string, className: string) =>
      button(label, KEYS.accept, className, () => this._act('accept'));
    const made = [
      ...(offer.kind === 'explain'
        ? [accept(trans.__('Insert below'), 'nbc-run nbc-primary nbc-accept')]
        : [
            button(trans.__('Accept and run'), KEYS.acceptAndRun, `nbc-run ${forRun}`, () =>
              this._act('accept-and-run')
            ),
            accept(trans.__('Accept'), 'nbc-accept')
          ]),
      button(trans.__('Edit'), KEYS.edit, 'nbc-edit', () => this._view?.edit(true)),
      ...(answers > 1
        ? [
            button(trans.__('Next %1/%2', position + 1, answers), KEYS.next, 'nbc-next', () =>
              offers.next(this._suggestion)
            )
          ]
        : []),
      button(trans.__('Regenerate'), KEYS.regenerate, `nbc-regenerate ${forAgain}`, () => this._wish.open()),
      button(trans.__('Reject'), KEYS.reject, 'nbc-reject', () => this._act('reject'))
    ];
    made.forEach(one => (one.disabled = isPending));
    const shown: HTMLElement[] = [...made, element('span', 'nbc-held-hint', `${HELD}…`)];
    if (offer.original !== undefined) {
      const label = preferences.sideBySide ? trans.__('One column') : trans.__('Side by side');
      shown.push(button(label, '', 'nbc-fold nbc-columns', () => preferences.toggleSideBySide()));
    }
    return shown;
  }

  private _setHead(title: string, facts: string, isFolded = false): void {
    const { trans } = this._tools;
    this._title.textContent = title;
    // A status is read out whenever it is set, also to the same text.
    if (this._facts.textContent !== facts) {
      this._facts.textContent = facts;
    }
    this.node.classList.toggle('nbc-folded', isFolded && !this._isOpen);
    this._fold.hidden = !isFolded;
    this._fold.textContent = this._isOpen ? trans.__('Hide') : trans.__('Show');
    this._fold.setAttribute('aria-expanded', String(this._isOpen));
  }

  private _toggle(): void {
    this._isOpen = !this._isOpen;
    this.present(this._suggestion);
    this._view?.measure();
    MessageLoop.sendMessage(this._outcome, Widget.ResizeMessage.UnknownSize);
  }

  private _showCode(held: IHeld): void {
    const { preferences } = this._tools;
    const shown = `${held.offer.suggestion} ${held.shown}`;
    if (this._shown === shown) {
      return;
    }
    this._shown = shown;
    const { original } = held.offer;
    const answer = held.edited ? { cells: held.edited.cells } : shownAnswer(held);
    const events = {
      run: () => this._act('accept-and-run'),
      leave: () => this.node.closest<HTMLElement>('.jp-Cell')?.focus(),
      changed: () => this._textChanged()
    };
    if (held.offer.kind === 'explain') {
      void this._show(proseView(answer, events, this._tools));
      return;
    }
    void this._show(
      original === undefined
        ? cellsView(answer, preferences, events, this._tools)
        : diffView(original, answer, preferences, events, this._tools)
    );
  }

  /** Answers come faster than a slow page can highlight: only the last one counts. */
  private async _show(coming: Promise<ICodeView | HTMLElement>): Promise<void> {
    const turn = ++this._turn;
    const shown = await coming;
    const view = shown instanceof HTMLElement ? undefined : shown;
    if (turn !== this._turn || this.isDisposed) {
      view?.dispose();
      return;
    }
    const isWriting = this._body.contains(document.activeElement);
    keepFocus(this._body);
    this._view?.dispose();
    this._view = view;
    this._body.replaceChildren(shown instanceof HTMLElement ? shown : shown.node);
    view?.measure();
    if (this._tools.offers.get(this._suggestion)?.edited) {
      view?.edit(isWriting);
    }
  }

  private readonly _title = element('span', 'nbc-title');
  private readonly _facts = element('span', 'nbc-facts');
  private readonly _fold = button('', '', 'nbc-fold', () => this._toggle());
  private readonly _head = element(
    'header',
    'nbc-head',
    element('span', 'nbc-mark'),
    this._title,
    this._facts,
    this._fold
  );
  private readonly _body = element('div', 'nbc-body');
  private readonly _outcome: Outcome;
  private readonly _dependants = element('div', 'nbc-dependants-place');
  private readonly _wish: Wish;
  private readonly _foot = element('footer', 'nbc-foot');
  private _suggestion = '';
  private _shown = '';
  private _turn = 0;
  private _isOpen = false;
  private _view: ICodeView | undefined;
}

/** What is known of the text that is shown, which may be the user's. */
function outcome(held: IHeld): Shown {
  const { edited } = held;
  return edited && held.offer.kind !== 'explain' ? (edited.report ?? edited) : shownAnswer(held).report;
}

function hasFailed(shown: Shown): boolean {
  return shown !== undefined && 'status' in shown && !['ok', 'unavailable'].includes(shown.status);
}

function refusal(text: string): HTMLElement {
  const note = lineWithCode(text, 'nbc-note');
  note.setAttribute('role', 'alert');
  return note;
}
