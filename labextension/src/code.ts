/** The code of a suggestion: read as it comes, then shown, edited, or compared with what it replaces. */

import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { MergeView, unifiedMergeView } from '@codemirror/merge';
import { Compartment, EditorState, type Extension } from '@codemirror/state';
import { EditorView, keymap, tooltips } from '@codemirror/view';
import { jupyterTheme, type IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import type { TranslationBundle } from '@jupyterlab/translation';
import { confidence } from './confidence';
import { button, element, keepFocus } from './dom';
import type { IAlternative, INewCell, IToken } from './wire';

/** What IPython adds to Python is highlighted as well. */
const MIME = { code: 'text/x-ipython', markdown: 'text/x-ipythongfm' };

const COLLAPSED = { margin: 3, minSize: 6 };

/** What the editors of a suggestion need. */
export interface ICodeTools {
  languages: IEditorLanguageRegistry;
  trans: TranslationBundle;
}

/** What happens inside of an editor: Ctrl+Enter, Escape, and another text. */
export interface IEditorEvents {
  run: () => void;
  leave: () => void;
  changed: () => void;
}

/** The code of one answer on the page. */
export interface ICodeView {
  readonly node: HTMLElement;
  /** The cells as they are now. */
  cells(): INewCell[];
  /** Let the user write in it, and, if wanted, at once. */
  edit(isWriting: boolean): void;
  measure(): void;
  dispose(): void;
}

/** Text that is still coming: highlighted, but no editor, as it is replaced ten times a second. */
export async function comingCode(text: string, { languages }: ICodeTools): Promise<HTMLElement> {
  const block = element('pre', 'nbc-code');
  await languages.highlight(text, languages.findByMIME(MIME.code), block);
  return block;
}

/** How a difference is shown, and whether doubtful tokens are shaded. */
export interface IShowing {
  readonly sideBySide: boolean;
  readonly showsConfidence: boolean;
}

/** The cells of an answer, one block each. */
export async function cellsView(
  answer: IAlternative,
  { showsConfidence }: Pick<IShowing, 'showsConfidence'>,
  events: IEditorEvents,
  tools: ICodeTools
): Promise<ICodeView> {
  const editable = new Compartment();
  const views = await Promise.all(
    answer.cells.map(async (cell, index) => {
      const tokens = showsConfidence ? (answer.tokens ?? []).filter(token => token.cell === index) : [];
      const extensions = await base(cell.type, events, tools);
      const doubts = tokens.length > 0 ? confidence(tokens, tools.trans) : [];
      const view = new EditorView({
        state: EditorState.create({
          doc: cell.source,
          extensions: [...extensions, doubts, editable.of(locked(true))]
        })
      });
      return view;
    })
  );
  return {
    node: element('div', 'nbc-cells', ...views.map(view => view.dom)),
    cells: () =>
      answer.cells.map((cell, index) => ({ ...cell, source: views[index]?.state.doc.toString() ?? '' })),
    edit: isWriting => {
      views.forEach(view => view.dispatch({ effects: editable.reconfigure(locked(false)) }));
      if (isWriting) {
        views[0]?.focus();
      }
    },
    measure: () => views.forEach(view => view.requestMeasure()),
    dispose: () => views.forEach(view => view.destroy())
  };
}

/** An answer beside the text that it replaces; single changes can be taken back. */
export async function diffView(
  original: string,
  answer: IAlternative,
  { sideBySide, showsConfidence }: IShowing,
  events: IEditorEvents,
  tools: ICodeTools
): Promise<ICodeView> {
  const { trans } = tools;
  const { doc, tokens } = joined(answer);
  const editable = new Compartment();
  const doubts = showsConfidence && tokens.length > 0 ? confidence(tokens, trans) : [];
  const extensions = [...(await base('code', events, tools)), doubts, editable.of(locked(true))];
  const before = EditorView.contentAttributes.of({ 'aria-label': trans.__('Code before') });
  const takeBack = (action?: (event: MouseEvent) => void) => {
    const made = button(trans.__('Take back'), '', 'nbc-chunk', () => undefined);
    made.title = trans.__('Keep the old text here');
    if (action) {
      made.addEventListener('mousedown', action);
      byKey(made, action);
    }
    return made;
  };
  const merge = sideBySide
    ? new MergeView({
        a: { doc: original, extensions: [before, ...(await base('code', events, tools)), locked(true)] },
        b: { doc, extensions },
        revertControls: 'a-to-b',
        renderRevertControl: () => {
          const made = element('button', 'nbc-revert', '→');
          made.title = trans.__('Keep the old text here');
          made.setAttribute('aria-label', made.title);
          byKey(made, () => made.dispatchEvent(new MouseEvent('mousedown', { bubbles: true })));
          return made;
        },
        gutter: false,
        collapseUnchanged: COLLAPSED
      })
    : null;
  const view =
    merge?.b ??
    new EditorView({
      state: EditorState.create({
        doc,
        extensions: [
          ...extensions,
          unifiedMergeView({
            original,
            gutter: false,
            collapseUnchanged: COLLAPSED,
            mergeControls: (kind, action) => (kind === 'reject' ? takeBack(action) : element('span', ''))
          })
        ]
      })
    });
  return {
    node: merge?.dom ?? view.dom,
    cells: () => [{ type: 'code', source: view.state.doc.toString() }],
    edit: isWriting => {
      view.dispatch({ effects: editable.reconfigure(locked(false)) });
      if (isWriting) {
        view.focus();
      }
    },
    measure: () => view.requestMeasure(),
    dispose: () => (merge ?? view).destroy()
  };
}

/** The code of an answer as one text, with its tokens where they stand in that. */
function joined({ cells, tokens = [] }: IAlternative): { doc: string; tokens: IToken[] } {
  const starts = new Map<number, number>();
  let doc = '';
  cells.forEach(({ type, source }, index) => {
    if (type === 'code') {
      doc += starts.size > 0 ? '\n\n' : '';
      starts.set(index, doc.length);
      doc += source;
    }
  });
  const moved = tokens.flatMap(token => {
    const start = starts.get(token.cell);
    return start === undefined ? [] : [{ ...token, at: start + token.at }];
  });
  return { doc, tokens: moved };
}

/** Buttons of a difference listen to the mouse alone: a click without one is a key. */
function byKey(button: HTMLButtonElement, press: (event: MouseEvent) => void): void {
  button.addEventListener('click', event => {
    if (event.detail === 0) {
      // It goes with its change.
      keepFocus(button);
      press(event);
    }
  });
}

function locked(isLocked: boolean): Extension {
  return [EditorState.readOnly.of(isLocked), EditorView.editable.of(!isLocked)];
}

async function base(
  type: INewCell['type'],
  events: IEditorEvents,
  { languages, trans }: ICodeTools
): Promise<Extension[]> {
  const language = await languages.getLanguage(MIME[type]);
  const done = (act: () => void) => () => {
    act();
    return true;
  };
  return [
    jupyterTheme,
    language?.support ?? [],
    EditorView.lineWrapping,
    // What is shown at a token must not be cut off where the suggestion ends.
    tooltips({ parent: document.body }),
    EditorState.phrases.of({ '$ unchanged lines': trans.__('$ unchanged lines') }),
    EditorView.contentAttributes.of({
      'aria-label': trans.__('Suggested code'),
      // The notebook's keys are for its cells; in here, keys write.
      'data-lm-suppress-shortcuts': 'true'
    }),
    keymap.of([
      { key: 'Mod-Enter', run: done(events.run) },
      { key: 'Escape', run: done(events.leave) },
      ...historyKeymap,
      ...defaultKeymap
    ]),
    EditorView.updateListener.of(({ docChanged }) => {
      if (docChanged) {
        events.changed();
      }
    }),
    history()
  ];
}
