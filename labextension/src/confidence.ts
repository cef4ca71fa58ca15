/** How sure the model was: doubtful tokens are shaded, and each tells what else it could have been. */

import { RangeSet, StateField, type EditorState, type Extension, type Range } from '@codemirror/state';
import {
  Decoration,
  EditorView,
  hoverTooltip,
  showTooltip,
  type DecorationSet,
  type Tooltip
} from '@codemirror/view';
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
  const rivalsAt = (state: EditorState, position: number): Tooltip | null => {
    const token = tokens.find(({ at, length }) => at <= position && position < at + length);
    if (!token || token.top.length === 0 || state.field(shades).size === 0) {
      return null;
    }
    return {
      pos: token.at,
      end: token.at + token.length,
      above: true,
      create: () => ({ dom: rivalsOf(token, trans) })
    };
  };
  const onHover = hoverTooltip((view, position) => rivalsAt(view.state, position), { hoverTime: 150 });
  return [shades, onHover, atCursor(rivalsAt)];
}

/** The same for who moves the cursor by keys. */
function atCursor(rivalsAt: (state: EditorState, position: number) => Tooltip | null): Extension {
  return StateField.define<Tooltip | null>({
    create: () => null,
    update: (shown, change) => {
      if (change.docChanged) {
        return null;
      }
      if (!change.selection) {
        return shown;
      }
      const isByKey = change.isUserEvent('select') && !change.isUserEvent('select.pointer');
      return isByKey ? rivalsAt(change.state, change.state.selection.main.head) : null;
    },
    provide: field => showTooltip.from(field)
  });
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
