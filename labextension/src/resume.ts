/** After a reload: what came in the meantime is asked for, and shown below the cell that asked. */

import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import type { Cell, ICodeCellModel } from '@jupyterlab/cells';
import { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { PanelLayout } from '@lumino/widgets';
import { IOffers } from './offers';
import { hasFailed } from './places';
import { IPreferences } from './preferences';
import { IRuns, OURS, type IRun } from './runs';
import { SuggestionWidget } from './suggestion';
import { ANSWER_MIME, VERSION, type IAnswer } from './wire';

export const resumePlugin: JupyterFrontEndPlugin<void> = {
  id: 'nbcoder-labextension:resume',
  description: 'Shows what was suggested while the page was loaded anew.',
  autoStart: true,
  requires: [INotebookTracker, IRuns, IOffers, IEditorLanguageRegistry, IRenderMimeRegistry, IPreferences],
  optional: [ITranslator],
  activate: (
    _app,
    tracker: INotebookTracker,
    runs: IRuns,
    offers: IOffers,
    languages: IEditorLanguageRegistry,
    rendermime: IRenderMimeRegistry,
    preferences: IPreferences,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('nbcoder');
    const tools = { offers, languages, rendermime, preferences, trans };
    const asked = new Set<IRun>();
    const resume = async (panel: NotebookPanel) => {
      await Promise.all([panel.context.ready, panel.sessionContext.ready]);
      const cell = panel.content.widgets.find(cell => isOurs(cell) || hasFailed(cell));
      // A kernel that was only just started knows nothing; one without nbcoder says so, and that is all.
      const run = cell && runs.announce(panel, cell);
      if (run) {
        asked.add(run);
        run.send({ v: VERSION, type: 'resume' });
      }
    };
    runs.offered.connect((_, { run, message }) => {
      const cell = asked.has(run)
        ? run.panel.content.widgets.find(cell => cell.model.sharedModel.getId() === message.asker)
        : undefined;
      if (cell && !shows(cell, message.suggestion)) {
        const widget = new SuggestionWidget(tools, () => undefined);
        widget.addClass('nbc-below');
        (cell.layout as PanelLayout).addWidget(widget);
        widget.present(message.suggestion);
      }
    });
    tracker.widgetAdded.connect((_, panel) => void resume(panel));
  }
};

function isOurs(cell: Cell): boolean {
  return OURS.test(cell.model.sharedModel.getSource());
}

/** Whether an output of the cell holds that suggestion already. */
function shows(cell: Cell, suggestion: string): boolean {
  const { outputs } = cell.model as ICodeCellModel;
  return Array.from({ length: outputs.length }, (_, index) => outputs.get(index).data[ANSWER_MIME]).some(
    answer => (answer as unknown as IAnswer | undefined)?.offer?.suggestion === suggestion
  );
}
