/** Code that is only read: coloured by the kernel, doubtful tokens shaded. */

import { element } from '../dom';
import { doubt, rivalsOf } from '../rivals';
import { asWritten } from '../texts';
import type { IToken } from '../wire';

/** A stretch of one colour: the name of its colour, '' for none, and its text. */
export type Piece = [colour: string, text: string];

/** One cell; what stands in a doubtful token's place is listed below the code while the pointer is on it. */
export function codeBlock(pieces: readonly Piece[], tokens: readonly IToken[]): HTMLElement {
  const block = element('pre', 'nbc-code');
  let at = 0;
  for (const [colour, text] of pieces) {
    block.append(...shaded(colour, text, at, tokens));
    at += text.length;
  }
  const rivals = element('div', 'nbc-rivals-place');
  block.addEventListener('pointerover', ({ target }) => {
    const pointed = target instanceof HTMLElement ? target : block;
    const token = tokens.find((_, index) => pointed.dataset['token'] === String(index));
    const { left, bottom } = pointed.getBoundingClientRect();
    rivals.style.left = `${left}px`;
    rivals.style.top = `${bottom + 2}px`;
    rivals.replaceChildren(...(token && token.top.length > 0 ? [rivalsOf(token, asWritten)] : []));
  });
  block.addEventListener('pointerleave', () => rivals.replaceChildren());
  return element('div', 'nbc-cell', block, rivals);
}

/** The piece that begins at `at`, cut where tokens begin and end. */
function shaded(colour: string, text: string, at: number, tokens: readonly IToken[]): HTMLElement[] {
  const inside = tokens.filter(token => token.at < at + text.length && token.at + token.length > at);
  const edges = inside.flatMap(token => [token.at - at, token.at + token.length - at]);
  const cuts = [0, ...edges.filter(edge => edge > 0 && edge < text.length), text.length];
  const places = Array.from(new Set(cuts)).sort((one, other) => one - other);
  return places.slice(1).map((end, index) => {
    const start = places[index] ?? 0;
    const made = element('span', colour && `nbc-colour-${colour}`, text.slice(start, end));
    const token = inside.find(one => one.at <= at + start && at + start < one.at + one.length);
    if (token) {
      made.classList.add('nbc-token');
      made.style.setProperty('--nbc-doubt', doubt(token));
      made.dataset['token'] = String(tokens.indexOf(token));
    }
    return made;
  });
}
