/** The engine in the status bar, and everything that can be done with it. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import {
  Clipboard,
  Dialog,
  ICommandPalette,
  InputDialog,
  Notification,
  showDialog
} from '@jupyterlab/apputils';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import { Menu, Widget } from '@lumino/widgets';
import { Refusal, type EngineAction, type IModelRow } from './api';
import { element } from './dom';
import { IEngine } from './engine';
import { sparkIcon } from './icons';
import { EngineItem } from './statusItem';
import { said } from './texts';

const START = 'nbcoder:start-engine';
const STOP = 'nbcoder:stop-engine';
const RESTART = 'nbcoder:restart-engine';
const SWITCH = 'nbcoder:switch-model';
const LOG = 'nbcoder:show-engine-log';
const GHOST = 'nbcoder:toggle-ghost-text';
const GIGABYTE = 1e9;
/** Without a time, JupyterLab only counts it in the status bar. */
const SEEN = { autoClose: 15_000 };

/** Adds the commands; each is enabled where it can do something. */
function addCommands(app: JupyterFrontEnd, engine: IEngine, trans: TranslationBundle): void {
  const add = (command: string, label: string, isEnabled: () => boolean, execute: () => Promise<void>) =>
    app.commands.addCommand(command, {
      label,
      describedBy: { args: { type: 'object', properties: {} } },
      isEnabled,
      execute: async () => {
        try {
          await execute();
        } catch (error) {
          Notification.error(`nbcoder: ${told(error, trans)}`, SEEN);
        }
      }
    });
  const isOurs = () => engine.status?.ours === true;
  const phase = () => engine.status?.phase;
  const isDown = () => phase() === 'off' || phase() === 'failed';
  const order = async (action: EngineAction, model?: string) => engine.order(action, model);
  add(
    START,
    trans.__('Start the engine'),
    () => isOurs() && isDown(),
    () => order('start')
  );
  add(
    STOP,
    trans.__('Stop the engine'),
    () => isOurs() && (phase() === 'ready' || phase() === 'starting'),
    () => order('stop')
  );
  add(
    RESTART,
    trans.__('Restart the engine'),
    () => isOurs() && phase() === 'ready',
    () => order('restart')
  );
  add(
    SWITCH,
    trans.__('Switch the model…'),
    () => isOurs() && (isDown() || phase() === 'ready'),
    async () => {
      const model = await chooseModel(engine, trans);
      if (model) {
        await order(isDown() ? 'start' : 'restart', model);
      }
    }
  );
  add(LOG, trans.__('Show the log of the engine'), isOurs, async () => showLog(engine, trans));
}

async function chooseModel(engine: IEngine, trans: TranslationBundle): Promise<string | null> {
  const rows = (await engine.api.models()).filter(row => row.here || row.missing === 0);
  rows.sort((one, other) => Number(other.here) - Number(one.here));
  if (rows.length === 0) {
    throw new Error(trans.__('No model is on this machine, and none fits into the memory that is free.'));
  }
  const labels = rows.map(row => describe(row, trans));
  const current = rows.findIndex(row => row.name === engine.status?.model);
  const chosen = await InputDialog.getItem({
    title: trans.__('Switch the model'),
    label: trans.__('Answers that are being written are lost when the engine restarts.'),
    items: labels,
    current: Math.max(current, 0),
    okLabel: trans.__('Switch')
  });
  return rows[labels.indexOf(chosen.value ?? '')]?.name ?? null;
}

function describe(row: IModelRow, trans: TranslationBundle): string {
  const size = (row.memory / GIGABYTE).toFixed(1);
  const where = row.here ? trans.__('on this machine') : trans.__('will be fetched');
  const short = row.missing
    ? ', ' + trans.__('%1 GB of memory short', (row.missing / GIGABYTE).toFixed(1))
    : '';
  return `${row.name} (${size} GB, ${where}${short})`;
}

async function showLog(engine: IEngine, trans: TranslationBundle): Promise<void> {
  const tail = await engine.api.log();
  const text = element('pre', 'nbc-log', tail.lines.join('\n') || trans.__('The log is empty.'));
  text.tabIndex = 0;
  text.setAttribute('aria-label', trans.__('Log of the engine'));
  const body = new Widget({ node: element('div', 'nbc-log-body', element('p', '', tail.path), text) });
  requestAnimationFrame(() => text.scrollTo(0, text.scrollHeight));
  const copy = Dialog.createButton({ label: trans.__('Copy') });
  const closed = await showDialog({
    title: trans.__('Log of the engine'),
    body,
    buttons: [copy, Dialog.okButton({ label: trans.__('Close') })]
  });
  if (closed.button.label === copy.label) {
    Clipboard.copyToSystem(tail.lines.join('\n'));
  }
}

function told(error: unknown, trans: TranslationBundle): string {
  if (error instanceof Refusal) {
    return said(error.line, trans);
  }
  return error instanceof Error ? error.message : String(error);
}

/** Says once that a start failed, as nobody looks at the status bar all the time. */
function tellFailures(app: JupyterFrontEnd, engine: IEngine, trans: TranslationBundle): void {
  let before = engine.status?.phase;
  engine.changed.connect(() => {
    const status = engine.status;
    if (status?.phase === 'failed' && before === 'starting') {
      Notification.error(`nbcoder: ${said(status.cause, trans)}`, {
        ...SEEN,
        actions: [{ label: trans.__('Show the log'), callback: () => void app.commands.execute(LOG) }]
      });
    }
    before = status?.phase;
    for (const command of [START, STOP, RESTART, SWITCH, LOG]) {
      app.commands.notifyCommandChanged(command);
    }
  });
}

export const statusPlugin: JupyterFrontEndPlugin<void> = {
  id: 'nbcoder-labextension:status',
  description: 'Shows and steers the engine.',
  autoStart: true,
  requires: [IEngine],
  optional: [IStatusBar, ICommandPalette, ITranslator],
  activate: (
    app,
    engine: IEngine,
    statusBar: IStatusBar | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('nbcoder');
    addCommands(app, engine, trans);
    tellFailures(app, engine, trans);
    const entries = [START, STOP, RESTART, SWITCH, LOG];
    for (const command of entries) {
      palette?.addItem({ command, category: 'nbcoder' });
    }
    if (statusBar) {
      const menu = new Menu({ commands: app.commands });
      menu.title.icon = sparkIcon;
      for (const command of entries) {
        menu.addItem({ command });
      }
      menu.addItem({ type: 'separator' });
      menu.addItem({ command: GHOST });
      const item = new EngineItem(engine, menu, trans);
      statusBar.registerStatusItem('nbcoder-labextension:status', {
        item,
        align: 'right',
        rank: 90,
        isActive: () => engine.status !== null,
        activeStateChanged: engine.changed
      });
    }
  }
};
