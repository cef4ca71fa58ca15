/** Code and differences, shown but not edited. */

import { unifiedMergeView } from '@codemirror/merge';
import { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { jupyterTheme, type IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { element } from './dom';
import type { INewCell } from './wire';

/** What IPython adds to Python is highlighted as well. */
const CODE = 'text/x-ipython';

/** The cells of a suggestion, one block each, highlighted as in the notebook. */
export async function codeBlocks(
  cells: readonly INewCell[],
  languages: IEditorLanguageRegistry
): Promise<HTMLElement[]> {
  return Promise.all(
    cells.map(async cell => {
      const block = element('pre', `nbc-code nbc-${cell.type}`);
      const mime = cell.type === 'code' ? CODE : 'text/x-ipythongfm';
      await languages.highlight(cell.source, languages.findByMIME(mime), block);
      return block;
    })
  );
}

/** One text with what was taken out and put in; its own editor, so that the cell's stays as it is. */
export async function diffView(
  original: string,
  next: string,
  languages: IEditorLanguageRegistry
): Promise<EditorView> {
  const language = await languages.getLanguage(CODE);
  return new EditorView({
    state: EditorState.create({
      doc: next,
      extensions: [
        jupyterTheme,
        language?.support ?? [],
        EditorState.readOnly.of(true),
        EditorView.editable.of(false),
        EditorView.lineWrapping,
        unifiedMergeView({
          original,
          mergeControls: false,
          collapseUnchanged: { margin: 3, minSize: 6 }
        })
      ]
    })
  });
}
