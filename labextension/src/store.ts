/** The suggestions of a notebook, kept in its metadata: bounded, and never a step that the user would undo. */

import type { ISharedNotebook } from '@jupyter/ydoc';
import type { PartialJSONObject } from '@lumino/coreutils';
import { cellsOf } from './document';
import type { INewCell, IOffer, Kind, OfferState } from './wire';

/** The oldest suggestions are forgotten beyond this many, or this many characters. */
const MOST_ENTRIES = 50;
const MOST_CHARACTERS = 200_000;

const TEXTS = ['suggestion', 'kind', 'state', 'request', 'model', 'at', 'asker'];
const OPTIONAL_TEXTS = ['target', 'original'];

/** `restored`: the earlier text of the cell was brought back. */
export type Fate = 'open' | 'accepted' | 'rejected' | 'restored';

/** One suggestion as the notebook remembers it; `original` is the text that it took the place of. */
export interface IEntry {
  suggestion: string;
  kind: Kind;
  state: Fate;
  request: string;
  model: string;
  /** When it was offered, ISO 8601. */
  at: string;
  asker: string;
  cells: INewCell[];
  target?: string;
  original?: string;
}

/** The entries, the oldest first. What others have put among them is passed over. */
export function entriesOf(notebook: ISharedNotebook): IEntry[] {
  const own: unknown = notebook.getMetadata('nbcoder');
  const history: unknown = isObject(own) ? own['history'] : undefined;
  return Array.isArray(history) ? history.filter(isEntry) : [];
}

function isEntry(value: unknown): value is IEntry {
  return (
    isObject(value) &&
    TEXTS.every(name => typeof value[name] === 'string') &&
    OPTIONAL_TEXTS.every(name => ['string', 'undefined'].includes(typeof value[name])) &&
    Array.isArray(value['cells']) &&
    value['cells'].every(cell => isObject(cell) && typeof cell['source'] === 'string')
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What became of a suggestion before this page was loaded. */
export function decidedBefore(
  notebook: ISharedNotebook | undefined,
  suggestion: string
): 'accepted' | 'rejected' | undefined {
  if (notebook && cellsOf(notebook, suggestion).length > 0) {
    return 'accepted';
  }
  const fate = notebook && entriesOf(notebook).find(entry => entry.suggestion === suggestion)?.state;
  return fate === 'restored' ? 'accepted' : fate === 'open' ? undefined : fate;
}

/** Note what became of an offer, of which `cells` were accepted, or are on offer. */
export function remember(
  notebook: ISharedNotebook,
  offer: IOffer,
  state: OfferState,
  cells: INewCell[]
): void {
  const known = entriesOf(notebook).find(entry => entry.suggestion === offer.suggestion);
  if (known?.state === 'restored') {
    return;
  }
  const { suggestion, kind, request, asker, target, original } = offer;
  put(notebook, {
    suggestion,
    kind,
    state: state === 'accepted' || state === 'rejected' ? state : 'open',
    request,
    model: offer.stats.model,
    at: known?.at ?? new Date().toISOString(),
    asker,
    cells,
    ...(target === undefined ? {} : { target }),
    ...(original === undefined ? {} : { original })
  });
}

/** Add an entry, or put it in the place of the one that the notebook has of the same suggestion. */
export function put(notebook: ISharedNotebook, entry: IEntry): void {
  const entries = entriesOf(notebook);
  const at = entries.findIndex(known => known.suggestion === entry.suggestion);
  if (at >= 0 && JSON.stringify(entries[at]) === JSON.stringify(entry)) {
    return;
  }
  const changed =
    at >= 0 ? entries.map((known, index) => (index === at ? entry : known)) : [...entries, entry];
  const history = bounded(changed) as unknown as PartialJSONObject[];
  notebook.transact(() => notebook.setMetadata('nbcoder', { v: 1, history }), false);
}

function bounded(entries: IEntry[]): IEntry[] {
  let left = MOST_CHARACTERS;
  let from = entries.length;
  while (from > 0 && entries.length - from < MOST_ENTRIES) {
    left -= JSON.stringify(entries[from - 1]).length;
    if (left < 0) {
      break;
    }
    from -= 1;
  }
  return entries.slice(from);
}
