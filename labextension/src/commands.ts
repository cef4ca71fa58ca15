/** Everything that can be done by key, from the palette or from a cell's toolbar. */

import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { INotebookTracker, NotebookActions } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { IFixes } from './fixes';
import { sparkIcon } from './icons';
import { IOffers } from './offers';
import { activePlace, hasFailed } from './places';

const FIX = 'nbcoder:fix-cell';
const FIX_ALL = 'nbcoder:fix-until-it-runs';
const STOP = 'nbcoder:stop';
const OURS = [
  FIX,
  FIX_ALL,
  'nbcoder:accept-and-run',
  'nbcoder:accept',
  'nbcoder:edit',
  'nbcoder:next',
  'nbcoder:regenerate',
  'nbcoder:reject',
  STOP
];
const NO_ARGUMENTS = { args: { type: 'object', properties: {} } } as const;

export const commandsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'nbcoder-labextension:commands',
  description: 'Commands to fix cells and to decide about suggestions.',
  autoStart: true,
  requires: [INotebookTracker, IOffers, IFixes],
  optional: [ICommandPalette, ITranslator],
  activate: (
    app,
    tracker: INotebookTracker,
    offers: IOffers,
    fixes: IFixes,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('nbcoder');
    const { commands } = app;
    const failing = () => {
      const place = activePlace(tracker);
      return place && hasFailed(place.cell) ? place : null;
    };

    commands.addCommand(FIX, {
      label: trans.__('Fix this cell'),
      caption: trans.__('Have the model mend the failing cell'),
      icon: sparkIcon,
      describedBy: NO_ARGUMENTS,
      isEnabled: () => failing() !== null,
      isVisible: () => failing() !== null,
      execute: () => {
        const place = failing();
        if (place) {
          fixes.fix(place);
        }
      }
    });
    commands.addCommand(FIX_ALL, {
      label: trans.__('Fix this cell and run it until it runs'),
      caption: trans.__('Accepts and runs each fix, as often as the settings allow'),
      describedBy: NO_ARGUMENTS,
      isEnabled: () => failing() !== null,
      execute: () => {
        const place = failing();
        if (place) {
          fixes.fix(place, 1);
        }
      }
    });
    // What is on the page knows best: the editor's text is accepted, and a button that is off does nothing.
    const press = (command: string, label: string, button: string, isThere: () => boolean) =>
      commands.addCommand(command, {
        label,
        describedBy: NO_ARGUMENTS,
        isEnabled: isThere,
        execute: () => {
          const page = tracker.currentWidget;
          const suggestion = page && offers.open(page);
          const within = suggestion ? `[data-suggestion="${suggestion}"][data-state=ready] ` : '';
          page?.node.querySelector<HTMLButtonElement>(`${within}.${button}`)?.click();
        }
      });
    const isOffered = () =>
      tracker.currentWidget !== null && offers.open(tracker.currentWidget) !== undefined;
    press('nbcoder:accept-and-run', trans.__('Accept the suggestion and run it'), 'nbc-primary', isOffered);
    press('nbcoder:accept', trans.__('Accept the suggestion'), 'nbc-accept', isOffered);
    press('nbcoder:edit', trans.__('Edit the suggestion'), 'nbc-edit', isOffered);
    press('nbcoder:next', trans.__('Show the next alternative'), 'nbc-next', isOffered);
    press('nbcoder:regenerate', trans.__('Ask again, with a wish'), 'nbc-regenerate', isOffered);
    press('nbcoder:reject', trans.__('Reject the suggestion'), 'nbc-reject', isOffered);
    press(STOP, trans.__('Stop the answer'), 'nbc-stop', () => tracker.currentWidget !== null);

    // By its name: a toolbar button does not listen for changes of all commands at once.
    const refresh = () => commands.notifyCommandChanged(FIX);
    tracker.activeCellChanged.connect(refresh);
    NotebookActions.executed.connect(refresh);
    offers.changed.connect(() => commands.notifyCommandChanged());
    for (const command of OURS) {
      palette?.addItem({ command, category: 'nbcoder' });
    }
  }
};
