/** Everything that can be done by key, from the palette or from a cell's toolbar. */

import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { INotebookTracker, NotebookActions } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { IFixes } from './fixes';
import { sparkIcon } from './icons';
import { IOffers } from './offers';
import { activePlace, hasFailed } from './places';
import type { Action } from './wire';

const FIX = 'nbcoder:fix-cell';
const STOP = 'nbcoder:stop';
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
    const offered = () => (tracker.currentWidget ? offers.open(tracker.currentWidget) : undefined);

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
    const decide = (command: string, label: string, action: Action) =>
      commands.addCommand(command, {
        label,
        describedBy: NO_ARGUMENTS,
        isEnabled: () => offered() !== undefined,
        execute: () => {
          const suggestion = offered();
          if (suggestion) {
            offers.act(suggestion, action);
          }
        }
      });
    decide('nbcoder:accept', trans.__('Accept the suggestion'), 'accept');
    decide('nbcoder:accept-and-run', trans.__('Accept the suggestion and run it'), 'accept-and-run');
    decide('nbcoder:reject', trans.__('Reject the suggestion'), 'reject');
    commands.addCommand(STOP, {
      label: trans.__('Stop the answer'),
      describedBy: NO_ARGUMENTS,
      // The button is there only while an answer of ours runs, and knows what it may interrupt.
      execute: () => tracker.currentWidget?.node.querySelector<HTMLButtonElement>('.nbc-stop')?.click()
    });

    // By its name: a toolbar button does not listen for changes of all commands at once.
    const refresh = () => commands.notifyCommandChanged(FIX);
    tracker.activeCellChanged.connect(refresh);
    NotebookActions.executed.connect(refresh);
    offers.changed.connect(() => commands.notifyCommandChanged());
    for (const command of [FIX, 'nbcoder:accept', 'nbcoder:accept-and-run', 'nbcoder:reject', STOP]) {
      palette?.addItem({ command, category: 'nbcoder' });
    }
  }
};
