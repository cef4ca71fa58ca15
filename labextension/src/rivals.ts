/** What is known of a token: how doubtful it is, and what else could stand in its place. */

import { element } from './dom';
import type { Texts } from './texts';
import type { IToken } from './wire';

/** Tokens that are likelier than this are not shaded: the eye should find the doubtful ones. */
const SURE = 0.9;

/** How strongly it is shaded, from '0' to '1'. */
export function doubt({ p }: IToken): string {
  return (p < SURE ? 1 - p : 0).toFixed(2);
}

/** The likeliest tokens at one place, with a bar each. */
export function rivalsOf(token: IToken, trans: Texts): HTMLElement {
  const rows = token.top.map(([text, p]) => {
    const bar = element('span', 'nbc-bar');
    bar.style.setProperty('--nbc-p', String(p));
    return element(
      'li',
      'nbc-rival',
      element('code', '', visible(text)),
      bar,
      element('span', 'nbc-percent', `${(p * 100).toFixed(p < 0.1 ? 1 : 0)} %`)
    );
  });
  const title = element('div', 'nbc-rivals-title', trans.__('What else could stand here'));
  return element('div', 'nbc-rivals', title, element('ol', '', ...rows));
}

function visible(text: string): string {
  return text.replace(/ /g, '·').replace(/\n/g, '↵').replace(/\t/g, '→') || '∅';
}
