/** A suggestion as the user sees it: what it is, what it cost, what it does, and what can be done with it. */

import type { EditorView } from '@codemirror/view';
import type { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import type { TranslationBundle } from '@jupyterlab/translation';
import { type Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import { codeBlocks, diffView } from './code';
import { button, element } from './dom';
import { KEYS } from './keys';
import type { IHeld, IOffers } from './offers';
import { effectsLine } from './effects';
import type { IOffer } from './wire';

/** `waiting` for a kernel that does something else, `running` and can be stopped, or `stopped` without an offer. */
export type Stage = 'waiting' | 'running' | 'stopped';

/** Shown before there is an offer: the answer so far. */
export interface IProgress {
  facts: string;
  text: string;
  stage: Stage;
}

/** What a suggestion needs of the page around it. */
export interface ISuggestionTools {
  offers: IOffers;
  languages: IEditorLanguageRegistry;
  trans: TranslationBundle;
}

export class SuggestionWidget extends Widget {
  constructor(
    private readonly _tools: ISuggestionTools,
    private readonly _stop: () => void
  ) {
    super({ node: element('section', 'nbc-suggestion') });
    this.node.setAttribute('aria-label', _tools.trans.__('Suggestion by nbcoder'));
    this._facts.setAttribute('role', 'status');
    this.node.append(this._head, this._body, this._result, this._foot);
    // eslint-disable-next-line @typescript-eslint/unbound-method -- Lumino binds a slot to its second argument
    _tools.offers.changed.connect(this._changed, this);
  }

  /** The id of the suggestion that is shown, '' before there is one. */
  get suggestion(): string {
    return this._suggestion;
  }

  /** Show how far the answer is. */
  progress({ facts, text, stage }: IProgress): void {
    const { trans } = this._tools;
    const titles = {
      waiting: trans.__('Waiting'),
      running: trans.__('Writing'),
      stopped: trans.__('Stopped')
    };
    this._suggestion = '';
    this.node.dataset['state'] = stage === 'stopped' ? 'stopped' : 'streaming';
    this._setHead(titles[stage], facts);
    void this._showCode([{ type: 'code', source: text }]);
    if (stage === 'running' && this._foot.querySelector('.nbc-stop')) {
      return; // a button that is being pressed stays the same button
    }
    this._foot.replaceChildren(
      ...(stage === 'running' ? [button(trans.__('Stop'), KEYS.stop, 'nbc-stop', this._stop)] : [])
    );
  }

  /** Show an offer, and follow what becomes of it. */
  present(suggestion: string): void {
    this._suggestion = suggestion;
    const held = this._tools.offers.get(suggestion);
    if (!held) {
      return;
    }
    this.node.dataset['state'] = held.state;
    this._setHead(this._title(held), this._cost(held.offer), held.state !== 'ready');
    if (this._shown !== suggestion) {
      this._shown = suggestion;
      void (held.offer.original === undefined
        ? this._showCode(held.offer.cells)
        : this._showDiff(held.offer.original, held.offer));
    }
    this._result.textContent = held.offer.report ? effectsLine(held.offer.report, this._tools.trans) : '';
    const hadFocus = this._foot.contains(document.activeElement);
    this._foot.replaceChildren(...(held.state === 'ready' ? this._buttons(held) : []));
    if (held.note) {
      this._foot.append(element('span', 'nbc-note', held.note));
    }
    if (hadFocus) {
      // The pressed button is gone: without this, the notebook's keys would reach nobody.
      this.node.closest<HTMLElement>('.jp-Cell')?.focus();
    }
  }

  override dispose(): void {
    this._editor?.destroy();
    super.dispose();
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this._editor?.requestMeasure();
  }

  private _changed(_: IOffers, suggestion: string): void {
    if (suggestion === this._suggestion && !this.isDisposed) {
      this.present(suggestion);
    }
  }

  private _title({ offer, state }: IHeld): string {
    const { trans } = this._tools;
    const isFix = offer.original !== undefined;
    switch (state) {
      case 'accepted':
        return isFix ? trans.__('Fixed') : trans.__('Accepted');
      case 'rejected':
        return trans.__('Rejected');
      default:
        return isFix ? trans.__('Fix') : trans.__('Suggestion');
    }
  }

  private _cost({ stats }: IOffer): string {
    const { trans } = this._tools;
    const rate = stats.seconds > 0 ? Math.round(stats.completionTokens / stats.seconds) : 0;
    return [
      stats.model,
      trans.__('%1 s', stats.seconds.toFixed(1)),
      trans._n('%1 token', '%1 tokens', stats.completionTokens),
      ...(rate > 0 ? [trans.__('%1 tokens/s', rate)] : [])
    ].join(' · ');
  }

  private _buttons({ isPending }: IHeld): HTMLElement[] {
    const { offers, trans } = this._tools;
    const act = (action: 'accept' | 'accept-and-run' | 'reject') => () =>
      offers.act(this._suggestion, action);
    const made = [
      button(trans.__('Accept and run'), KEYS.acceptAndRun, 'nbc-primary', act('accept-and-run')),
      button(trans.__('Accept'), KEYS.accept, '', act('accept')),
      button(trans.__('Reject'), KEYS.reject, '', act('reject'))
    ];
    made.forEach(one => (one.disabled = isPending));
    return made;
  }

  private _setHead(title: string, facts: string, isFolded = false): void {
    const { trans } = this._tools;
    this._titleNode.textContent = title;
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
    this._editor?.requestMeasure();
  }

  private async _showCode(cells: IOffer['cells']): Promise<void> {
    const turn = ++this._turn;
    const blocks = await codeBlocks(
      cells.filter(cell => cell.source),
      this._tools.languages
    );
    // Answers come faster than a slow page can highlight: only the last one counts.
    if (turn === this._turn && !this.isDisposed) {
      this._body.replaceChildren(...blocks);
    }
  }

  private async _showDiff(original: string, offer: IOffer): Promise<void> {
    const turn = ++this._turn;
    const next = offer.cells.map(cell => cell.source).join('\n\n');
    const editor = await diffView(original, next, this._tools.languages);
    if (turn !== this._turn || this.isDisposed) {
      editor.destroy();
      return;
    }
    this._editor?.destroy();
    this._editor = editor;
    this._body.replaceChildren(editor.dom);
  }

  private readonly _titleNode = element('span', 'nbc-title');
  private readonly _facts = element('span', 'nbc-facts');
  private readonly _fold = button('', '', 'nbc-fold', () => this._toggle());
  private readonly _head = element(
    'header',
    'nbc-head',
    element('span', 'nbc-mark'),
    this._titleNode,
    this._facts,
    this._fold
  );
  private readonly _body = element('div', 'nbc-body');
  private readonly _result = element('div', 'nbc-result');
  private readonly _foot = element('footer', 'nbc-foot');
  private _suggestion = '';
  private _shown = '';
  private _turn = 0;
  private _isOpen = false;
  private _editor: EditorView | undefined;
}
