/** How texts reach the user's language. */

import type { TranslationBundle } from '@jupyterlab/translation';

/** The part of a catalogue that is used here. */
export type Texts = Pick<TranslationBundle, '__' | '_n'>;

/** The texts as they are written in the sources, where there is no catalogue. */
export const asWritten: Texts = {
  __: (text, ...values: (string | number)[]) => filled(text, values),
  _n: (one, many, count) => filled(count === 1 ? one : many, [count])
};

function filled(text: string, values: (string | number)[]): string {
  return text.replace(/%(\d)/g, (whole, place: string) => String(values[Number(place) - 1] ?? whole));
}
