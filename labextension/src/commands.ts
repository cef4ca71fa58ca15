/** Everything that can be done by key, from the palette, from a cell's toolbar or from its menus. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import type { Cell } from '@jupyterlab/cells';
import { INotebookTracker, NotebookActions, type NotebookPanel } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import { Menu } from '@lumino/widgets';
import { sparkIcon, sparkMenuIcon } from './icons';
import { IOffers } from './offers';
import { activePlace, cellById, hasFailed, isUsers, placeAbove, type IPlace } from './places';
import { IRequests } from './requests';
import type { Task } from './wire';

const FIX = 'nbcoder:fix-cell';
const FIX_ALL = 'nbcoder:fix-until-it-runs';
const STOP = 'nbcoder:stop';
const CELL_MENU = 'nbcoder:cell-menu';
const HISTORY = 'nbcoder:history';
const TASKS: Task[] = ['explain', 'document', 'tests', 'refactor'];
const OURS = [
  CELL_MENU,
  ...TASKS.map(commandOf),
  FIX,
  FIX_ALL,
  'nbcoder:accept-and-run',
  'nbcoder:accept-and-run-dependants',
  'nbcoder:accept',
  'nbcoder:edit',
  'nbcoder:next',
  'nbcoder:regenerate',
  'nbcoder:reject',
  STOP
];
const NO_ARGUMENTS = { args: { type: 'object', properties: {} } } as const;
const IN_MENU = { args: { type: 'object', properties: { inMenu: { type: 'boolean' } } } } as const;

/** `short` is for menus of a cell, where its first letter is enough. */
interface IWords {
  label: string;
  short: string;
  caption: string;
}

function commandOf(task: Task): string {
  return `nbcoder:${task}-cell`;
}

/** What can be asked about the selected cell. */
function addRequests(
  { commands }: JupyterFrontEnd,
  tracker: INotebookTracker,
  requests: IRequests,
  trans: TranslationBundle
): void {
  const failing = () => {
    const place = activePlace(tracker);
    return place && hasFailed(place.cell) ? place : null;
  };
  // Shift+Enter goes on to the next cell: the key still means the one that has just failed.
  const failingHereOrAbove = () => {
    const above = placeAbove(tracker);
    return failing() ?? (above && hasFailed(above.cell) ? above : null);
  };
  const written = () => {
    const place = activePlace(tracker);
    return place && isUsers(place.cell) ? place : null;
  };
  const add = (
    command: string,
    { label, short, caption }: IWords,
    place: () => IPlace | null,
    ask: (at: IPlace) => void
  ) =>
    commands.addCommand(command, {
      label: ({ inMenu }) => (inMenu ? short : label),
      mnemonic: ({ inMenu }) => (inMenu ? 0 : -1),
      caption,
      describedBy: IN_MENU,
      isEnabled: () => place() !== null,
      // The button of a cell that runs would only be in the way.
      isVisible: () => command !== FIX || failing() !== null,
      ...(command === FIX ? { icon: sparkIcon } : {}),
      execute: () => {
        const at = place();
        if (at) {
          ask(at);
        }
      }
    });
  add(
    FIX,
    {
      label: trans.__('Fix this cell'),
      short: trans.__('Fix'),
      caption: trans.__('Have the model mend the failing cell')
    },
    failingHereOrAbove,
    place => requests.fix(place)
  );
  add(
    FIX_ALL,
    {
      label: trans.__('Fix this cell and run it until it runs'),
      short: trans.__('Fix until it runs'),
      caption: trans.__('Accepts and runs each fix, as often as the settings allow')
    },
    failingHereOrAbove,
    place => requests.fix(place, 1)
  );
  const words: Record<Task, IWords> = {
    explain: {
      short: trans.__('Explain'),
      label: trans.__('Explain this cell'),
      caption: trans.__('What it does, in words')
    },
    document: {
      short: trans.__('Document'),
      label: trans.__('Document this cell'),
      caption: trans.__('The same code with docstrings and comments')
    },
    tests: {
      short: trans.__('Test'),
      label: trans.__('Test this cell'),
      caption: trans.__('A cell of tests below it, which have run')
    },
    refactor: {
      short: trans.__('Refactor'),
      label: trans.__('Refactor this cell'),
      caption: trans.__('Simpler code, held against what the cell does now')
    }
  };
  for (const task of TASKS) {
    add(commandOf(task), words[task], written, place => requests.ask(place, task));
  }
}

/** Below the button of the cell's toolbar, so that the code stays in sight; at the cell where that is hidden. */
function menuPlace(cell: Cell): { left: number; top: number } {
  const button = cell.node.querySelector('[data-jp-item-name="nbcoder-cell-menu"]')?.getBoundingClientRect();
  return button?.width
    ? { left: button.left, top: button.bottom }
    : (cell.inputArea?.node ?? cell.node).getBoundingClientRect();
}

/** All of it in one menu at the selected cell, which a single key opens. */
function addMenu(app: JupyterFrontEnd, tracker: INotebookTracker, trans: TranslationBundle): void {
  const menu = new Menu({ commands: app.commands });
  for (const command of [...TASKS.map(commandOf), FIX]) {
    menu.addItem({ command, args: { inMenu: true } });
  }
  menu.addItem({ type: 'separator' });
  menu.addItem({ command: HISTORY });
  menu.aboutToClose.connect(() => tracker.currentWidget?.content.activate());
  app.commands.addCommand(CELL_MENU, {
    label: trans.__('What to do with this cell…'),
    caption: trans.__('Explain, document, test or refactor this cell'),
    icon: sparkMenuIcon,
    describedBy: NO_ARGUMENTS,
    isEnabled: () => activePlace(tracker) !== null,
    execute: () => {
      const place = activePlace(tracker);
      if (place) {
        const { left, top } = menuPlace(place.cell);
        const within = place.panel.node.getBoundingClientRect();
        menu.open(left, Math.max(top, within.top));
        menu.activate();
        menu.activeIndex = menu.items.findIndex(item => item.isEnabled);
      }
    }
  });
}

/** What can be decided about the suggestion that waits. */
function showCell(panel: NotebookPanel, id: string): void {
  const cell = cellById(panel, id);
  if (cell) {
    void panel.content.scrollToItem(panel.content.widgets.indexOf(cell));
  }
}

function addDecisions(
  { commands }: JupyterFrontEnd,
  tracker: INotebookTracker,
  offers: IOffers,
  trans: TranslationBundle
): void {
  // What is on the page knows best: the editor's text is accepted, and a button that is off does nothing.
  const press = (command: string, label: string, button: string, isThere: () => boolean) =>
    commands.addCommand(command, {
      label,
      describedBy: NO_ARGUMENTS,
      isEnabled: isThere,
      execute: () => {
        const page = tracker.currentWidget;
        // What is being written is another than the one that waits for a decision.
        const suggestion = command === STOP ? undefined : page && offers.open(page);
        const within = suggestion ? `[data-suggestion="${suggestion}"][data-state=ready] ` : '';
        const found = page?.node.querySelector<HTMLButtonElement>(`${within}.${button}`);
        found?.click();
        const held = found || !suggestion ? undefined : offers.get(suggestion);
        if (held) {
          // Nobody decides about what is out of sight.
          showCell(held.panel, held.offer.target ?? held.offer.asker);
        }
      }
    });
  const isOffered = () => tracker.currentWidget !== null && offers.open(tracker.currentWidget) !== undefined;
  press('nbcoder:accept-and-run', trans.__('Accept the suggestion and run it'), 'nbc-run', isOffered);
  press(
    'nbcoder:accept-and-run-dependants',
    trans.__('Accept the suggestion and run it with the cells that depend on it'),
    'nbc-run-all',
    isOffered
  );
  press('nbcoder:accept', trans.__('Accept the suggestion'), 'nbc-accept', isOffered);
  press('nbcoder:edit', trans.__('Edit the suggestion'), 'nbc-edit', isOffered);
  press('nbcoder:next', trans.__('Show the next alternative'), 'nbc-next', isOffered);
  press('nbcoder:regenerate', trans.__('Ask again, with a wish'), 'nbc-regenerate', isOffered);
  press('nbcoder:reject', trans.__('Reject the suggestion'), 'nbc-reject', isOffered);
  press(STOP, trans.__('Stop the answer'), 'nbc-stop', () => tracker.currentWidget !== null);
}

export const commandsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'nbcoder-labextension:commands',
  description: 'Commands for cells and for suggestions.',
  autoStart: true,
  requires: [INotebookTracker, IOffers, IRequests],
  optional: [ICommandPalette, ITranslator],
  activate: (
    app,
    tracker: INotebookTracker,
    offers: IOffers,
    requests: IRequests,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('nbcoder');
    const { commands } = app;
    addRequests(app, tracker, requests, trans);
    addMenu(app, tracker, trans);
    addDecisions(app, tracker, offers, trans);
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
