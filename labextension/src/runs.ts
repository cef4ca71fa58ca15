/** The wire's end in the browser: one comm for each run of a cell of ours. */

import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import type { Cell } from '@jupyterlab/cells';
import { INotebookTracker, NotebookActions, type NotebookPanel } from '@jupyterlab/notebook';
import { CommsOverSubshells, type Kernel } from '@jupyterlab/services';
import { type JSONObject, Token } from '@lumino/coreutils';
import { type ISignal, Signal } from '@lumino/signaling';
import { insertCells, replaceSource, type Outcome } from './document';
import { OURS } from './places';
import { snapshot } from './snapshot';
import { asWritten } from './texts';
import {
  TARGET,
  VERSION,
  type Action,
  type FromFrontend,
  type FromKernel,
  type IDraft,
  type IOffer,
  type ISay,
  type ITried
} from './wire';
import { refusal } from './words';

/** One run of a cell, or one request about it, and the way to the kernel that knows of it. */
export interface IRun {
  readonly panel: NotebookPanel;
  readonly cellId: string;
  /** False when the kernel closed the comm, was restarted, or never knew it. */
  readonly isOpen: boolean;
  send(message: FromFrontend): void;
}

/** A message from the kernel, and the run that it is about. */
export interface IHeard<Message> {
  run: IRun;
  message: Message;
}

/** A change of the notebook that the kernel asked for, and what became of it. */
export interface ISettled {
  run: IRun;
  suggestion: string;
  outcome: Outcome;
}

/** A notebook whose panel was closed, and another panel that shows it too, if there is one. */
export interface IClosed {
  panel: NotebookPanel;
  other: NotebookPanel | undefined;
}

/** What other plugins may do with the kernel's end of the wire. */
export interface IRuns {
  /** The kernel offered something. */
  readonly offered: ISignal<IRuns, IHeard<IOffer>>;
  /** An answer that no cell's output shows has come so far. */
  readonly drafted: ISignal<IRuns, IHeard<IDraft>>;
  /** What the user made of an answer was run in a copy. */
  readonly tried: ISignal<IRuns, IHeard<ITried>>;
  /** The kernel has a line for the user. */
  readonly said: ISignal<IRuns, IHeard<ISay>>;
  /** An accepted suggestion was put into the notebook, or refused. */
  readonly settled: ISignal<IRuns, ISettled>;
  /** The kernel closed the comm: it was restarted, or nbcoder is not loaded there. */
  readonly lost: ISignal<IRuns, IRun>;
  /** What is held of that panel is to be given up. */
  readonly closed: ISignal<IRuns, IClosed>;
  /** Announce that `cell` is the subject of what follows. Null when there is no kernel to tell. */
  announce(panel: NotebookPanel, cell: Cell): IRun | null;
  /** Stop what was asked in that run, as soon as the kernel is at it; resolves when it is over. */
  abandon(run: IRun): Promise<void>;
}

export const IRuns = new Token<IRuns>('nbcoder-labextension:IRuns', 'The wire to the kernel.');

/** States of a kernel that will not go on with what it was asked. */
export const LOST = new Set<Kernel.Status>(['dead', 'restarting', 'autorestarting', 'terminating']);

/** What the kernel answers with an offer, or a line that says why there is none. */
const ASKING = new Set<FromFrontend['type'] | Action>(['fix', 'ask', 'again', 'regenerate']);

class Run implements IRun {
  /** Something was asked that the kernel has not answered yet. */
  isAsked = false;

  /** Who waits until it has answered. */
  readonly waiting: (() => void)[] = [];

  /** The interrupt that is on its way. */
  stopping: Promise<void> | undefined;

  /** The cells that were inserted or replaced, by the suggestion that they are of. */
  readonly changed = new Map<string, string[]>();

  constructor(
    readonly panel: NotebookPanel,
    readonly cellId: string,
    private readonly _comm: Kernel.IComm
  ) {}

  get isOpen(): boolean {
    return !this._comm.isDisposed;
  }

  send(message: FromFrontend): void {
    this.isAsked ||= ASKING.has(message.type === 'act' ? message.action : message.type);
    this._comm.send(message as unknown as JSONObject);
  }

  /** Whether its cell is in the notebook. */
  get isThere(): boolean {
    return this.panel.model?.sharedModel.cells.some(cell => cell.getId() === this.cellId) === true;
  }
}

class Runs implements IRuns {
  readonly offered: Signal<IRuns, IHeard<IOffer>> = new Signal(this);
  readonly drafted: Signal<IRuns, IHeard<IDraft>> = new Signal(this);
  readonly tried: Signal<IRuns, IHeard<ITried>> = new Signal(this);
  readonly said: Signal<IRuns, IHeard<ISay>> = new Signal(this);
  readonly settled: Signal<IRuns, ISettled> = new Signal(this);
  readonly lost: Signal<IRuns, IRun> = new Signal(this);
  readonly closed: Signal<IRuns, IClosed> = new Signal(this);

  announce(panel: NotebookPanel, cell: Cell): IRun | null {
    const kernel = panel.sessionContext.session?.kernel;
    if (!kernel?.handleComms || !panel.model) {
      return null;
    }
    const comm = kernel.createComm(TARGET);
    // In the same tick, so that no subshell is ever asked for: the main shell keeps the order of messages.
    comm.commsOverSubshells = CommsOverSubshells.Disabled;
    const id = cell.model.sharedModel.getId();
    const run = new Run(panel, id, comm);
    // Never return a promise from here that waits for the kernel: message handling would stop.
    comm.onMsg = message => this._received(run, message.content.data as unknown as FromKernel);
    comm.onClose = () => {
      this._lose(run);
    };
    this._open.add(run);
    comm.open(snapshot(panel.model.cells, id, panel.context.path) as unknown as JSONObject);
    return run;
  }

  /** The kernel was ended: its comms are gone, and nobody says so for each of them. */
  loseAll(panel: NotebookPanel): void {
    Array.from(this._open)
      .filter(run => run.panel === panel)
      .forEach(run => this._lose(run));
  }

  /** Nobody looks at it here any more; the kernel may live on, and tells a page that comes back. */
  forget(closed: IClosed): void {
    for (const run of this._open) {
      if (run.panel === closed.panel) {
        this._ended(run);
        this._open.delete(run);
      }
    }
    this.closed.emit(closed);
  }

  /** The cell's run has ended, with an offer or without. */
  ended(cellId: string): void {
    for (const run of this._working) {
      if (run.cellId === cellId) {
        this._ended(run);
      }
    }
  }

  /** Nobody will see the answers of cells that were deleted: the engine is not to go on with them. */
  stopWhatIsGone(panel: NotebookPanel): void {
    for (const run of this._working) {
      if (run.panel === panel && !run.isThere) {
        this._ended(run);
        void panel.sessionContext.session?.kernel?.interrupt();
      }
    }
  }

  abandon(of: IRun): Promise<void> {
    const run = Array.from(this._open).find(open => open === of);
    if (!run?.isAsked) {
      return Promise.resolve();
    }
    const over = new Promise<void>(resolve => run.waiting.push(resolve));
    this._stopWhatIsUnwanted(run);
    // An answer that came all the same does not call the interrupt back.
    return over.then(() => run.stopping);
  }

  /** Before the kernel is at it, the interrupt would reach something else. */
  private _stopWhatIsUnwanted(run: Run): void {
    if (this._working.has(run) && run.waiting.length > 0) {
      run.stopping = run.panel.sessionContext.session?.kernel?.interrupt();
    }
  }

  private _ended(run: Run): void {
    this._working.delete(run);
    run.isAsked = false;
    run.waiting.splice(0).forEach(resolve => resolve());
  }

  private _lose(run: Run): void {
    this._ended(run);
    if (this._open.delete(run)) {
      this.lost.emit(run);
    }
  }

  private _received(run: Run, message: FromKernel): void {
    const notebook = run.panel.model?.sharedModel;
    if (run.panel.isDisposed || !notebook) {
      return;
    }
    switch (message.type) {
      case 'offer':
        this._ended(run);
        this.offered.emit({ run, message });
        break;
      case 'draft':
        if (!this._working.has(run)) {
          this._working.add(run);
          this._stopWhatIsUnwanted(run);
        }
        this.drafted.emit({ run, message });
        this.stopWhatIsGone(run.panel);
        break;
      case 'tried':
        this.tried.emit({ run, message });
        break;
      case 'insert':
        this._settle(run, message.suggestion, insertCells(notebook, message));
        break;
      case 'replace':
        this._settle(run, message.suggestion, replaceSource(notebook, message));
        break;
      case 'run':
        void runCells(
          run.panel,
          message.cellIds.length > 0 ? message.cellIds : (run.changed.get(message.suggestion) ?? [])
        );
        break;
      case 'say':
        this._ended(run);
        this.said.emit({ run, message });
        break;
    }
  }

  private _settle(run: Run, suggestion: string, outcome: Outcome): void {
    const refused = 'why' in outcome;
    run.changed.set(suggestion, refused ? [] : outcome.cellIds);
    const why = refused ? { why: refusal(outcome.why, asWritten) } : {};
    run.send({ v: VERSION, type: 'done', suggestion, ok: !refused, ...why });
    this.settled.emit({ run, suggestion, outcome });
  }

  /** Runs for which the kernel works: from the first draft on. */
  private _working = new Set<Run>();
  /** Runs that the kernel may still answer. */
  private _open = new Set<Run>();
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
    NotebookActions.executed.connect((_, { cell }) => runs.ended(cell.model.sharedModel.getId()));
    tracker.widgetAdded.connect((_, panel) => {
      panel.sessionContext.statusChanged.connect((_, status) => {
        if (LOST.has(status)) {
          runs.loseAll(panel);
        }
      });
      panel.disposed.connect(() => {
        const other = tracker.find(({ context, isDisposed }) => context === panel.context && !isDisposed);
        runs.forget({ panel, other });
      });
      // A cell that is moved is taken out and put in again, in one go.
      panel.content.modelContentChanged.connect(() =>
        queueMicrotask(() => {
          runs.stopWhatIsGone(panel);
        })
      );
    });
    return runs;
  }
};
