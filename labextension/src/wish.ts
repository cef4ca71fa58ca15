/** The line in which the user says what should be different. */

import { button, element, keepFocus } from './dom';
import type { Texts } from './texts';

export class Wish {
  readonly node: HTMLElement;

  constructor(trans: Texts, ask: (wish: string) => void) {
    this._input.type = 'text';
    this._input.placeholder = trans.__('What should be different? (may stay empty)');
    this._input.setAttribute('aria-label', this._input.placeholder);
    // The notebook's keys are for its cells; in here, keys write.
    this._input.dataset['lmSuppressShortcuts'] = 'true';
    const send = () => {
      this.close();
      ask(this._input.value.trim());
      this._input.value = '';
    };
    this._input.addEventListener('keydown', event => {
      event.stopPropagation();
      if (event.key === 'Enter') {
        send();
      } else if (event.key === 'Escape') {
        this.close();
      }
    });
    this.node = element('div', 'nbc-wish', this._input, button(trans.__('Ask again'), 'Enter', '', send));
    this.close();
  }

  open(): void {
    this.node.hidden = false;
    this._input.focus();
  }

  close(): void {
    keepFocus(this.node);
    this.node.hidden = true;
  }

  private readonly _input = element('input', 'nbc-input');
}
