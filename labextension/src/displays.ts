/** Brings answers up to date that were on a page which was loaded anew: JupyterLab forgets their displays. */

import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import type { ICodeCellModel } from '@jupyterlab/cells';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { KernelMessage } from '@jupyterlab/services';
import { JSONExt } from '@lumino/coreutils';
import { answersOf } from './places';
import { ANSWER_MIME } from './wire';

type Update = KernelMessage.IUpdateDisplayDataMsg['content'];

function refresh(panel: NotebookPanel, { data, metadata, transient }: Update): void {
  if (!(ANSWER_MIME in data)) {
    return;
  }
  for (const cell of panel.model?.cells ?? []) {
    answersOf(cell).forEach((answer, index) => {
      const { outputs } = cell as ICodeCellModel;
      // Where JupyterLab does know the display, it has been here before.
      if (
        answer?.display === transient.display_id &&
        !JSONExt.deepEqual(outputs.get(index).data[ANSWER_MIME] ?? null, data[ANSWER_MIME] ?? null)
      ) {
        outputs.set(index, { output_type: 'display_data', data, metadata });
      }
    });
  }
}

export const displaysPlugin: JupyterFrontEndPlugin<void> = {
  id: 'nbcoder-labextension:displays',
  description: 'Goes on with answers in outputs that were saved before the page was loaded.',
  autoStart: true,
  requires: [INotebookTracker],
  activate: (_app, tracker: INotebookTracker) => {
    tracker.widgetAdded.connect((_, panel) => {
      panel.sessionContext.iopubMessage.connect((_context, message) => {
        if (KernelMessage.isUpdateDisplayDataMsg(message)) {
          refresh(panel, message.content);
        }
      });
    });
  }
};
