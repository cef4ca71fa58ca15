/** The wire's end in the browser: one comm for each run of a cell of ours. */

import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import type { Cell } from '@jupyterlab/cells';
import { INotebookTracker, NotebookActions, type NotebookPanel } from '@jupyterlab/notebook';
import { CommsOverSubshells, type Kernel, type KernelMessage } from '@jupyterlab/services';
import { type JSONObject, Token } from '@lumino/coreutils';
import { type ISignal, Signal } from '@lumino/signaling';
import { insertCells, replaceSource, type Outcome } from './document';
import { snapshot } from './snapshot';
import {
  TARGET,
  VERSION,
  type Action,
  type FromFrontend,
  type FromKernel,
  type IOffer,
  type ISay
} from './wire';

/** Cells that ask us something; the kernel has the same list. */
const OURS = /^\s*%%?(generate|fix|agent)\b/;

/** An offer, and the page that it belongs to. */
export interface IOffered {
  panel: NotebookPanel;
  offer: IOffer;
}

/** What other plugins may do with the kernel's end of the wire. */
export interface IRuns {
  /** The kernel offered something, or an offer changed its state. */
  readonly offered: ISignal<IRuns, IOffered>;
  /** The kernel has a line for the user. */
  readonly said: ISignal<IRuns, ISay>;
  /** Announce that `cell` is about to be the subject of a request. False when there is no kernel to tell. */
  announce(panel: NotebookPanel, cell: Cell): boolean;
  /** Tell the kernel what the user decided. False when the tab that got the offer is gone. */
  act(suggestion: string, action: Action, text?: string): boolean;
}

export const IRuns = new Token<IRuns>('nbcoder-labextension:IRuns', 'The wire to the kernel.');

class Runs implements IRuns {
  readonly offered: Signal<IRuns, IOffered> = new Signal(this);
  readonly said: Signal<IRuns, ISay> = new Signal(this);

  announce(panel: NotebookPanel, cell: Cell): boolean {
    const kernel = panel.sessionContext.session?.kernel;
    if (!kernel?.handleComms || !panel.model) {
      return false;
    }
    const comm = kernel.createComm(TARGET);
    // In the same tick, so that no subshell is ever asked for: the main shell keeps the order of messages.
    comm.commsOverSubshells = CommsOverSubshells.Disabled;
    // Never return a promise from here that waits for the kernel: message handling would stop.
    comm.onMsg = message => void this._received(panel, comm, message);
    const id = cell.model.sharedModel.getId();
    comm.open(snapshot(panel.model.cells, id, panel.context.path) as unknown as JSONObject);
    return true;
  }

  act(suggestion: string, action: Action, text?: string): boolean {
    const comm = this._comms.get(suggestion);
    if (!comm || comm.isDisposed) {
      return false;
    }
    send(comm, { v: VERSION, type: 'act', suggestion, action, ...(text === undefined ? {} : { text }) });
    return true;
  }

  private async _received(
    panel: NotebookPanel,
    comm: Kernel.IComm,
    message: KernelMessage.ICommMsgMsg
  ): Promise<void> {
    const data = message.content.data as unknown as FromKernel;
    const notebook = panel.model?.sharedModel;
    if (panel.isDisposed || !notebook) {
      return;
    }
    switch (data.type) {
      case 'offer':
        this._comms.set(data.suggestion, comm);
        this.offered.emit({ panel, offer: data });
        break;
      case 'insert':
        answer(comm, insertCells(notebook, data));
        break;
      case 'replace':
        answer(comm, await replaceSource(notebook, data));
        break;
      case 'run':
        void runCells(panel, data.cellIds);
        break;
      case 'say':
        this.said.emit(data);
        break;
    }
  }

  private _comms = new Map<string, Kernel.IComm>();
}

function answer(comm: Kernel.IComm, outcome: Outcome): void {
  const why = 'why' in outcome ? { why: outcome.why } : {};
  send(comm, { v: VERSION, type: 'done', ok: !('why' in outcome), ...why });
}

function send(comm: Kernel.IComm, message: FromFrontend): void {
  comm.send(message as unknown as JSONObject);
}

async function runCells(panel: NotebookPanel, cellIds: string[]): Promise<void> {
  const wanted = new Set(cellIds);
  const cells = panel.content.widgets.filter(cell => wanted.has(cell.model.sharedModel.getId()));
  await NotebookActions.runCells(panel.content, cells, panel.sessionContext);
}

/** Opens the comm just before the execute request of a cell of ours leaves. */
export const runsPlugin: JupyterFrontEndPlugin<IRuns> = {
  id: 'nbcoder-labextension:runs',
  description: 'Sends the unsaved notebook to the kernel and changes cells when a suggestion is accepted.',
  autoStart: true,
  provides: IRuns,
  requires: [INotebookTracker],
  activate: (_app, tracker: INotebookTracker) => {
    const runs = new Runs();
    NotebookActions.executionScheduled.connect((_, { notebook, cell }) => {
      if (OURS.test(cell.model.sharedModel.getSource())) {
        const panel = tracker.find(candidate => candidate.content === notebook);
        if (panel) {
          runs.announce(panel, cell);
        }
      }
    });
    return runs;
  }
};
