/** How texts reach the user's language. */

import type { TranslationBundle } from '@jupyterlab/translation';
import type { Line } from './wire';

/** The part of a catalogue that is used here. */
export type Texts = Pick<TranslationBundle, '__' | '_n'>;

/** The texts as they are written in the sources, where there is no catalogue. */
export const asWritten: Texts = {
  __: (text, ...values: (string | number)[]) => filled(text, values),
  _n: (one, many, count) => filled(count === 1 ? one : many, [count])
};

/** What the kernel or the server says, in the user's language. */
export function said(line: Line, texts: Texts): string {
  return typeof line === 'string'
    ? line
    : texts.__(line.text, ...line.values.map(value => said(value, texts)));
}

function filled(text: string, values: (string | number)[]): string {
  return text.replace(/%(\d)/g, (whole, place: string) => String(values[Number(place) - 1] ?? whole));
}
