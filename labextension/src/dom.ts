/** Building the few elements we need, without markup in strings. */

import { HELD } from './keys';

export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  className: string,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  made.className = className;
  made.append(...children);
  return made;
}

/** A line in which commands stand between backticks. */
export function lineWithCode(text: string, className: string): HTMLElement {
  const parts = text.split('`');
  const isPaired = parts.length % 2 === 1;
  return element(
    'span',
    className,
    ...(isPaired ? parts.map((part, at) => (at % 2 ? element('code', '', part) : part)) : [text])
  );
}

/** A button with its key, which is said to screen readers as well. */
export function button(label: string, keys: string, className: string, press: () => void): HTMLButtonElement {
  const made = element('button', `nbc-button ${className}`, label);
  made.type = 'button';
  if (keys) {
    made.title = `${label} (${keys})`;
    made.setAttribute('aria-label', `${label} ${keys}`);
    const [held, letter] = keys.startsWith(HELD) ? [HELD, keys.slice(HELD.length)] : ['', keys];
    made.append(element('kbd', 'nbc-keys', element('span', 'nbc-held', held), letter));
  }
  made.addEventListener('click', event => {
    event.stopPropagation();
    press();
  });
  return made;
}

/** Before `node` goes: without this, the notebook's keys would reach nobody afterwards. */
export function keepFocus(node: HTMLElement): void {
  if (node.contains(document.activeElement)) {
    node.closest<HTMLElement>('.jp-Cell')?.focus();
  }
}
