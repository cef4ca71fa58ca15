/** Suggestions that were accepted in another tab or window: their cells may never come into this notebook. */

import type { ISharedNotebook, NotebookChange } from '@jupyter/ydoc';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { cellsOf } from './document';

/** Say whether the cells of that suggestion are missing, and again when they have come. */
export function watchFor(
  panel: NotebookPanel,
  suggestion: string,
  changed: (isMissing: boolean) => void
): void {
  const notebook = panel.model?.sharedModel;
  if (!notebook || cellsOf(notebook, suggestion).length > 0) {
    return;
  }
  changed(true);
  // Real-time collaboration brings them, and so does reading the file again.
  const look = (_: ISharedNotebook, { cellsChange }: NotebookChange) => {
    if (cellsChange && cellsOf(notebook, suggestion).length > 0) {
      notebook.changed.disconnect(look);
      changed(false);
    }
  };
  notebook.changed.connect(look);
}
