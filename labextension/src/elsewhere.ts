/** Suggestions that were accepted in another tab or window: their cells may never come into this notebook. */

import type { NotebookPanel } from '@jupyterlab/notebook';
import { cellsOf } from './document';

/** Say whether the cells of that suggestion are missing, and again when they have come. */
export function watchFor(
  panel: NotebookPanel,
  suggestion: string,
  changed: (isMissing: boolean) => void
): void {
  const isMissing = () => {
    const notebook = panel.model?.sharedModel;
    return notebook !== undefined && cellsOf(notebook, suggestion).length === 0;
  };
  if (!isMissing()) {
    return;
  }
  changed(true);
  // Real-time collaboration brings them, and so does reading the file again.
  const look = () => {
    if (!isMissing()) {
      panel.content.modelContentChanged.disconnect(look);
      changed(false);
    }
  };
  panel.content.modelContentChanged.connect(look);
}
