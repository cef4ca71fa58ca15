/** How sure the model was: doubtful tokens are shaded, and each tells on hover what else it could have been. */

import { RangeSet, StateField, type Extension, type Range } from '@codemirror/state';
import { Decoration, EditorView, hoverTooltip, type DecorationSet } from '@codemirror/view';
import type { TranslationBundle } from '@jupyterlab/translation';
import { element } from './dom';
import type { IToken } from './wire';

/** Tokens that are likelier than this are not shaded: the eye should find the doubtful ones. */
const SURE = 0.9;

/** Shades the tokens of one cell until its text is changed. */
export function confidence(tokens: readonly IToken[], trans: TranslationBundle): Extension {
  const shades = StateField.define<DecorationSet>({
    create: state => RangeSet.of(shade(tokens, state.doc.length), true),
    update: (set, { docChanged }) => (docChanged ? Decoration.none : set),
    provide: field => EditorView.decorations.from(field)
  });
  const rivals = hoverTooltip(
    (view, position) => {
      const token = tokens.find(({ at, length }) => at <= position && position < at + length);
      if (!token || token.top.length === 0 || view.state.field(shades).size === 0) {
        return null;
      }
      return {
        pos: token.at,
        end: token.at + token.length,
        above: true,
        create: () => ({ dom: list(token, trans) })
      };
    },
    { hoverTime: 150 }
  );
  return [shades, rivals];
}

function shade(tokens: readonly IToken[], length: number): Range<Decoration>[] {
  return tokens
    .filter(token => token.length > 0 && token.at + token.length <= length)
    .map(token => {
      const doubt = token.p < SURE ? 1 - token.p : 0;
      const mark = Decoration.mark({
        class: 'nbc-token',
        attributes: { style: `--nbc-doubt: ${doubt.toFixed(2)}` }
      });
      return mark.range(token.at, token.at + token.length);
    });
}

/** The likeliest tokens at one place, with a bar each. */
function list(token: IToken, trans: TranslationBundle): HTMLElement {
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
