/** One suggestion in the history: what it was, what became of it, and what can still be done. */

import type { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import type { TranslationBundle } from '@jupyterlab/translation';
import { comingCode } from './code';
import { button, element } from './dom';
import { sources } from './offers';
import type { Fate, IEntry } from './store';
import { kindWord } from './words';

export interface IEntryActions {
  /** The cell that it is about, if it is still there. */
  cellOf(entry: IEntry): unknown;
  /** Whether its cell still has the text that was accepted. */
  canRestore(entry: IEntry): boolean;
  goTo(entry: IEntry): void;
  restore(entry: IEntry): void;
  again(entry: IEntry): void;
}

interface IEntryTools {
  languages: IEditorLanguageRegistry;
  trans: TranslationBundle;
}

export function entryNode(entry: IEntry, actions: IEntryActions, tools: IEntryTools): HTMLElement {
  const { trans } = tools;
  const head = element(
    'div',
    'nbc-entry-head',
    element('span', 'nbc-mark'),
    element('span', 'nbc-title', kindWord(entry.kind, trans)),
    element('span', 'nbc-facts', fateWord(entry.state, trans)),
    when(entry.at)
  );
  const node = element('li', 'nbc-entry', head);
  if (entry.request) {
    node.append(element('p', 'nbc-entry-request', entry.request));
  }
  const texts: [string, string | undefined][] = [
    [trans.__('Code'), sources(entry.cells)],
    [trans.__('Earlier code'), entry.original]
  ];
  for (const [label, code] of texts) {
    if (code !== undefined) {
      const fold = folded(label, code, tools);
      fold.dataset['key'] = `${entry.suggestion} ${label}`;
      node.append(fold);
    }
  }
  node.append(element('div', 'nbc-entry-foot', ...buttons(entry, actions, trans)));
  node.dataset['state'] = entry.state;
  node.dataset['entry'] = entry.suggestion;
  node.tabIndex = 0;
  node.title = entry.model;
  return node;
}

function buttons(entry: IEntry, actions: IEntryActions, trans: TranslationBundle): HTMLElement[] {
  const isThere = actions.cellOf(entry) !== undefined;
  const made: HTMLElement[] = [];
  if (isThere) {
    made.push(button(trans.__('Go to the cell'), '', 'nbc-go', () => actions.goTo(entry)));
  }
  if (entry.state === 'accepted' && entry.original !== undefined) {
    const label = actions.canRestore(entry)
      ? trans.__('Restore the earlier code')
      : trans.__('Insert the earlier code as a cell');
    made.push(button(label, '', 'nbc-restore', () => actions.restore(entry)));
  }
  if (entry.state !== 'accepted' && (isThere || entry.target === undefined)) {
    made.push(button(trans.__('Offer again'), '', 'nbc-again', () => actions.again(entry)));
  }
  return made;
}

function fateWord(state: Fate, trans: TranslationBundle): string {
  const words: Record<Fate, string> = {
    open: trans.__('open'),
    accepted: trans.__('accepted'),
    rejected: trans.__('rejected'),
    restored: trans.__('taken back')
  };
  return words[state];
}

/** The time of today, else the day. */
function when(iso: string): HTMLElement {
  const at = new Date(iso);
  const isToday = at.toDateString() === new Date().toDateString();
  const text = isToday
    ? at.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' })
    : at.toLocaleDateString();
  const made = element('time', 'nbc-entry-time', text);
  made.dateTime = iso;
  made.title = at.toLocaleString();
  return made;
}

/** Code that is shown on request; highlighted only then. */
function folded(label: string, code: string, tools: IEntryTools): HTMLDetailsElement {
  const made = element('details', 'nbc-entry-code', element('summary', '', label));
  made.addEventListener('toggle', () => void comingCode(code, tools).then(block => made.append(block)), {
    once: true
  });
  return made;
}
