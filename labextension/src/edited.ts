/** Notes in a cell's provenance that its text was changed after it was accepted, when the notebook is saved. */

import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { sourceHash } from './document';

interface IProvenance {
  sourceHash?: string;
  editedAfter?: boolean;
}

export const editedPlugin: JupyterFrontEndPlugin<void> = {
  id: 'nbcoder-labextension:edited',
  description: 'Notes which accepted cells were edited afterwards.',
  autoStart: true,
  requires: [INotebookTracker],
  activate: (_app, tracker: INotebookTracker) => {
    tracker.widgetAdded.connect((_, panel) => {
      panel.context.saveState.connect((_context, state) => {
        if (state === 'started') {
          noteEdits(panel);
        }
      });
    });
  }
};

function noteEdits(panel: NotebookPanel): void {
  for (const cell of panel.model?.sharedModel.cells ?? []) {
    const provenance = cell.getMetadata('nbcoder') as IProvenance | undefined;
    if (
      provenance?.sourceHash &&
      !provenance.editedAfter &&
      sourceHash(cell.getSource()) !== provenance.sourceHash
    ) {
      // Not a step of the user's, so nothing to be undone.
      cell.transact(() => cell.setMetadata('nbcoder', { ...provenance, editedAfter: true }), false);
    }
  }
}
