/** What is on offer on this page, in its present state, and what the user decided about it. */

import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import type { Cell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import { Token } from '@lumino/coreutils';
import { type ISignal, Signal } from '@lumino/signaling';
import { type Outcome } from './document';
import { watchFor } from './elsewhere';
import { cellById, type IPlace } from './places';
import { IPreferences } from './preferences';
import { IRuns, type IClosed, type IRun } from './runs';
import { decidedBefore } from './store';
import { said } from './texts';
import {
  VERSION,
  type Action,
  type IAlternative,
  type IDraft,
  type INewCell,
  type IOffer,
  type IReport,
  type ITried,
  type Line,
  type OfferState
} from './wire';
import { noKernel, refusal } from './words';

/** Milliseconds without a key before an edited text is run in a copy. */
const PAUSE = 700;

/** An offer as the page knows it. */
export interface IHeld {
  readonly offer: IOffer;
  readonly state: OfferState;
  /** The notebook that it belongs to. */
  readonly panel: NotebookPanel;
  /** Why the last decision came to nothing, or ''. */
  readonly note: string;
  /** A decision is on its way; the kernel may be busy with another cell. */
  readonly isPending: boolean;
  /** Which of the answers is shown: 0 is the offer's own. */
  readonly shown: number;
  /** What was decided last. */
  readonly decided?: Action;
  /** What the user made of the answer that is shown, while that is another text. */
  readonly edited?: IEdited | undefined;
  /** The cells that were accepted, as they were then. */
  readonly taken?: INewCell[];
  /** How far the answer is that will take its place. */
  readonly coming?: IDraft | undefined;
  /** The suggestion that took its place. */
  readonly replacedBy?: string;
  /** It was accepted, and its cells are not in the notebook as this page has it. */
  readonly isElsewhere?: boolean;
}

/** An answer as the user edited it; it has no report until it was run in a copy itself. */
export interface IEdited {
  readonly cells: INewCell[];
  readonly report?: IReport;
  readonly notes?: Line[];
  /** Why it could not be run in one. */
  readonly why?: Line;
  /** Whether the kernel has answered. */
  readonly isTried: boolean;
}

/** What comes with a decision. */
export interface IDecision {
  /** What the user made of the answer that is shown. */
  cells?: INewCell[];
  /** The wish added to a request that is made again. */
  wish?: string;
}

/** The answer that is shown. */
export function shownAnswer({ offer, shown }: IHeld): IAlternative {
  return offer.alternatives?.[shown - 1] ?? offer;
}

/** Offers by the id of their suggestion. */
export interface IOffers {
  /** An offer is new or has changed. */
  readonly changed: ISignal<IOffers, string>;
  get(suggestion: string): IHeld | undefined;
  /** Take up an offer that was found in a saved output: after a reload the kernel may still know it. */
  found(offer: IOffer, place: IPlace): void;
  act(suggestion: string, action: Action, decision?: IDecision): void;
  /** The user changed the text of the answer that is shown; null: it is again as it was offered. */
  edit(suggestion: string, cells: INewCell[] | null): void;
  /** Show the next of its answers, after the last the first. */
  next(suggestion: string): void;
  /** Whether the kernel is at this moment answering a request of that cell once more. */
  isAnswering(cell: Cell): boolean;
  /** The newest offer of that notebook that still waits for a decision. */
  open(panel: NotebookPanel): string | undefined;
}

export const IOffers = new Token<IOffers>('nbcoder-labextension:IOffers', 'What is on offer on this page.');

/** Nothing is on its way any more. */
const AT_REST = { isPending: false, isRegenerating: false, coming: undefined };

interface IEntry extends IHeld {
  cell: Cell | undefined;
  run?: IRun | undefined;
  /** The request was made once more. */
  isRegenerating?: boolean;
  /** Waits for the user to pause. */
  timer?: number;
  /** What the user made of each of the answers. */
  readonly edits: Map<number, IEdited>;
}

class Offers implements IOffers {
  readonly changed: Signal<IOffers, string> = new Signal(this);

  constructor(
    private readonly _runs: IRuns,
    private readonly _preferences: IPreferences,
    private readonly _trans: TranslationBundle
  ) {
    _runs.offered.connect((_, { run, message }) => this._offered(run, message));
    _runs.drafted.connect((_, { run, message }) => this._drafted(run, message));
    _runs.settled.connect((_, { suggestion, outcome }) => this._settled(suggestion, outcome));
    _runs.tried.connect((_, { message }) => this._tried(message));
    _runs.said.connect((_, { run, message }) => this._answered(run, said(message.text, _trans)));
    _runs.lost.connect((_, run) => this._lost(run));
    _runs.closed.connect((_, closed) => this._closed(closed));
  }

  get(suggestion: string): IHeld | undefined {
    return this._entries.get(suggestion);
  }

  found(offer: IOffer, { panel, cell }: IPlace): void {
    const known = this._entries.get(offer.suggestion);
    if (known) {
      known.cell = cell;
      if (known.state === 'ready' && offer.state !== 'ready') {
        this._update(offer.suggestion, { state: offer.state, ...AT_REST });
        this._watchFor(panel, offer);
      }
      return;
    }
    const state = decidedBefore(panel.model?.sharedModel, offer.suggestion) ?? offer.state;
    this._entries.set(offer.suggestion, {
      offer,
      state,
      note: '',
      isPending: false,
      shown: 0,
      edits: new Map(),
      panel,
      cell
    });
  }

  act(suggestion: string, action: Action, { cells, wish }: IDecision = {}): void {
    const entry = this._entries.get(suggestion);
    if (!entry || entry.state !== 'ready' || entry.isPending) {
      return;
    }
    const run = this._runOf(entry);
    if (action === 'reject') {
      this._update(suggestion, { state: 'rejected', note: '' });
    }
    if (!run) {
      this._update(suggestion, { note: noKernel(this._trans) });
      return;
    }
    window.clearTimeout(entry.timer);
    this._decided.set(run, suggestion);
    const { runPolicy } = this._preferences;
    run.send({
      v: VERSION,
      type: 'act',
      suggestion,
      action,
      ...(entry.shown > 0 ? { alternative: entry.shown } : {}),
      ...(cells ? { cells } : {}),
      ...(wish ? { text: wish } : {}),
      ...(runPolicy ? { policy: runPolicy } : {})
    });
    if (action !== 'reject') {
      const isRegenerating = action === 'regenerate';
      const taken = isRegenerating ? {} : { taken: cells ?? shownAnswer(entry).cells };
      this._update(suggestion, { isPending: true, isRegenerating, note: '', decided: action, ...taken });
    }
  }

  next(suggestion: string): void {
    const entry = this._entries.get(suggestion);
    if (entry) {
      const answers = 1 + (entry.offer.alternatives?.length ?? 0);
      const shown = (entry.shown + 1) % answers;
      this._update(suggestion, { shown, edited: entry.edits.get(shown) });
      this._tryLater(suggestion);
    }
  }

  edit(suggestion: string, cells: INewCell[] | null): void {
    const entry = this._entries.get(suggestion);
    if (entry?.state !== 'ready' || (cells === null && !entry.edited)) {
      return;
    }
    // Words are not run.
    const isTried = entry.offer.kind === 'explain';
    this._keep(suggestion, entry.shown, cells ? { cells, isTried } : undefined);
    this._tryLater(suggestion);
  }

  isAnswering(cell: Cell): boolean {
    return Array.from(this._entries.values()).some(entry => entry.isRegenerating && entry.cell === cell);
  }

  open(panel: NotebookPanel): string | undefined {
    const waiting = Array.from(this._entries.values())
      .reverse()
      .filter(entry => entry.panel === panel && entry.state === 'ready')
      .map(entry => entry.offer.suggestion);
    // A later request at the same cell takes the place of an offer that nobody decided about.
    return waiting.find(id => panel.node.querySelector(`[data-suggestion="${id}"]`)) ?? waiting[0];
  }

  private _offered(run: IRun, message: IOffer): void {
    const { suggestion, replaces = '' } = message;
    const known = this._entries.get(suggestion) ?? this._entries.get(replaces);
    this._entries.set(suggestion, {
      offer: message,
      state: message.state,
      note: '',
      isPending: false,
      shown: 0,
      edits: new Map(),
      panel: run.panel,
      cell: known?.cell ?? cellById(run.panel, message.asker),
      run
    });
    this._update(replaces, { state: 'rejected', replacedBy: suggestion, ...AT_REST });
    this.changed.emit(suggestion);
    this._watchFor(run.panel, message);
  }

  /** Only the page that accepts changes its notebook. */
  private _watchFor(panel: NotebookPanel, { suggestion, state }: IOffer): void {
    if (state === 'accepted') {
      watchFor(panel, suggestion, isElsewhere => this._update(suggestion, { isElsewhere }));
    }
  }

  private _settled(suggestion: string, outcome: Outcome): void {
    if ('why' in outcome) {
      this._update(suggestion, {
        isPending: false,
        note: this._trans.__('Not accepted: %1', refusal(outcome.why, this._trans))
      });
      this._tryLater(suggestion);
    } else {
      this._entries.get(suggestion)?.edits.clear();
      this._update(suggestion, { isPending: false, note: '', state: 'accepted', edited: undefined });
    }
  }

  private _drafted(run: IRun, coming: IDraft): void {
    for (const [suggestion, entry] of this._entries) {
      if (entry.run === run && entry.isRegenerating) {
        this._update(suggestion, { coming });
      }
    }
  }

  /** The way to the kernel; a new one where the old one is gone, or is that of another cell. */
  private _runOf(entry: IEntry): IRun | undefined {
    const isOwn = entry.run?.isOpen && entry.run.cellId === entry.cell?.model.sharedModel.getId();
    if (!isOwn && entry.cell) {
      const run = this._runs.announce(entry.panel, entry.cell);
      if (run) {
        entry.run = run;
      }
    }
    return entry.run?.isOpen ? entry.run : undefined;
  }

  /** Once the user pauses, have the text tried that is shown, if it is still to be; a decision comes first. */
  private _tryLater(suggestion: string): void {
    const entry = this._entries.get(suggestion);
    window.clearTimeout(entry?.timer);
    if (entry?.state === 'ready' && entry.edited && !entry.edited.isTried) {
      const { cells } = entry.edited;
      entry.timer = window.setTimeout(() => this._try(suggestion, entry, cells), PAUSE);
    }
  }

  private _try(suggestion: string, entry: IEntry, cells: INewCell[]): void {
    const run = this._runOf(entry);
    if (run) {
      run.send({ v: VERSION, type: 'try', suggestion, cells });
    } else {
      this._tried({ suggestion, cells, why: noKernel(this._trans) });
    }
  }

  private _keep(suggestion: string, shown: number, edited: IEdited | undefined): void {
    const entry = this._entries.get(suggestion);
    if (edited) {
      entry?.edits.set(shown, edited);
    } else {
      entry?.edits.delete(shown);
    }
    this._update(suggestion, { edited: entry?.edits.get(entry.shown) });
  }

  /** What was typed since makes it a report of another text. */
  private _tried({ suggestion, cells, report, notes, why }: Omit<ITried, 'v' | 'type'>): void {
    const known = { ...(report ? { report } : {}), ...(notes ? { notes } : {}), ...(why ? { why } : {}) };
    for (const [shown, edited] of this._entries.get(suggestion)?.edits ?? []) {
      if (sources(edited.cells) === sources(cells)) {
        this._keep(suggestion, shown, { cells, isTried: true, ...known });
      }
    }
  }

  /** Also of a decision that was carried out in part: cells that were accepted, and are not run. */
  private _answered(run: IRun, note: string): void {
    for (const [suggestion, entry] of this._entries) {
      if (entry.run === run && (entry.isPending || this._decided.get(run) === suggestion)) {
        this._update(suggestion, { ...AT_REST, note });
        this._tryLater(suggestion);
      }
    }
  }

  /** A decision that was on its way will not be carried out; of any other the kernel hears in a new run. */
  private _lost(run: IRun): void {
    const note = this._trans.__('The kernel does not know this suggestion any more. Ask again.');
    for (const [suggestion, entry] of this._entries) {
      if (entry.run === run && entry.isPending) {
        this._update(suggestion, { ...AT_REST, note });
      }
      if (entry.run === run && entry.edited && !entry.edited.isTried) {
        this._keep(suggestion, entry.shown, { ...entry.edited, isTried: true, why: note });
      }
    }
  }

  private _closed({ panel, other }: IClosed): void {
    for (const [suggestion, entry] of this._entries) {
      if (entry.panel === panel) {
        window.clearTimeout(entry.timer);
        if (other) {
          const cell = cellById(other, entry.offer.asker);
          this._update(suggestion, { ...AT_REST, panel: other, cell, run: undefined });
        } else {
          this._entries.delete(suggestion);
        }
      }
    }
  }

  private _update(suggestion: string, change: Partial<IEntry>): void {
    const entry = this._entries.get(suggestion);
    if (entry) {
      Object.assign(entry, change);
      this.changed.emit(suggestion);
    }
  }

  private _entries = new Map<string, IEntry>();
  /** What was decided last in each run. */
  private _decided = new WeakMap<IRun, string>();
}

/** All of the cells' text, to be compared. */
export function sources(cells: readonly INewCell[]): string {
  return cells.map(cell => cell.source).join('\n\n');
}

export const offersPlugin: JupyterFrontEndPlugin<IOffers> = {
  id: 'nbcoder-labextension:offers',
  description: 'Keeps what is on offer, and tells the kernel what was decided.',
  autoStart: true,
  provides: IOffers,
  requires: [IRuns, IPreferences],
  optional: [ITranslator],
  activate: (_app, runs: IRuns, preferences: IPreferences, translator: ITranslator | null) =>
    new Offers(runs, preferences, (translator ?? nullTranslator).load('nbcoder'))
};
