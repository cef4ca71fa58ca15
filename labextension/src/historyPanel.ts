/** A list in the side bar that is moved through by keys. */

import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import { element } from './dom';

const STEPS = new Map([
  ['ArrowDown', 1],
  ['ArrowUp', -1]
]);

export class HistoryPanel extends Widget {
  constructor(
    trans: TranslationBundle,
    private readonly _entries: () => HTMLElement[],
    private readonly _leave: () => void
  ) {
    super();
    this.id = 'nbcoder-history';
    this.addClass('nbc-history');
    this.title.caption = trans.__('Suggestions of this notebook');
    this._list.setAttribute('aria-label', this.title.caption);
    this._empty = element('p', 'nbc-history-empty', trans.__('Nothing was suggested in this notebook yet.'));
    this.node.append(element('h2', 'nbc-history-title', this.title.caption), this._empty, this._list);
    this.node.addEventListener('keydown', event => this._moved(event));
    this.node.tabIndex = -1;
  }

  /** Show the entries as they are now; what has the focus keeps it. */
  refresh(): void {
    if (!this.isVisible) {
      return;
    }
    const focused = this._focused();
    const open = new Set(this._folds().map(fold => fold.open && fold.dataset['key']));
    const nodes = this._entries();
    this._list.replaceChildren(...nodes);
    this._folds().forEach(fold => (fold.open = open.has(fold.dataset['key'])));
    this._empty.hidden = nodes.length > 0;
    if (focused) {
      (nodes.find(node => node.dataset['entry'] === focused) ?? this.node).focus();
    }
  }

  protected override onAfterShow(): void {
    this.refresh();
  }

  protected override onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    this.refresh();
    (this._items()[0] ?? this.node).focus();
  }

  private _moved(event: KeyboardEvent): void {
    const step = STEPS.get(event.key);
    if (event.key === 'Escape') {
      this._leave();
    } else if (step !== undefined) {
      const items = this._items();
      const at = items.findIndex(item => item.contains(document.activeElement));
      items[Math.min(Math.max(at + step, 0), items.length - 1)]?.focus();
      event.preventDefault();
    }
  }

  private _items(): HTMLElement[] {
    return Array.from(this._list.children) as HTMLElement[];
  }

  private _folds(): HTMLDetailsElement[] {
    return Array.from(this._list.querySelectorAll('details'));
  }

  private _focused(): string | undefined {
    return this._items().find(item => item.contains(document.activeElement))?.dataset['entry'];
  }

  private readonly _list = element('ol', 'nbc-history-list');
  private readonly _empty: HTMLElement;
}
