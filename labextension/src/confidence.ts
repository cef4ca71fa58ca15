/** How sure the model was: doubtful tokens are shaded, and each tells on hover what else it could have been. */

import { RangeSet, StateField, type Extension, type Range } from '@codemirror/state';
import { Decoration, EditorView, hoverTooltip, type DecorationSet } from '@codemirror/view';
import { doubt, rivalsOf } from './rivals';
import type { Texts } from './texts';
import type { IToken } from './wire';

/** Shades the tokens of one cell until its text is changed. */
export function confidence(tokens: readonly IToken[], trans: Texts): Extension {
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
        create: () => ({ dom: rivalsOf(token, trans) })
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
      const mark = Decoration.mark({
        class: 'nbc-token',
        attributes: { style: `--nbc-doubt: ${doubt(token)}` }
      });
      return mark.range(token.at, token.at + token.length);
    });
}
