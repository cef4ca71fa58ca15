/**
 * Messages between a frontend and the kernel, on the comm target `nbcoder.run`.
 *
 * The other side is `nbcoder/wire.py`; `tests/wire/*.json` holds one example of each message, read by the
 * tests of both sides. A change here is a change there.
 */

export const TARGET = 'nbcoder.run';
export const VERSION = 1;
export const ANSWER_MIME = 'application/vnd.nbcoder.answer+json';

export type CellType = 'code' | 'markdown' | 'raw';
export type Action = 'accept' | 'accept-and-run' | 'edit' | 'next' | 'regenerate' | 'reject';
export type OfferState = 'streaming' | 'checking' | 'ready' | 'accepted' | 'rejected' | 'stopped' | 'failed';

/** One cell of a snapshot; `outputs` are nbformat outputs without images, long texts cut. */
export interface ICellMessage {
  id: string;
  type: CellType;
  source: string;
  executionCount?: number | null;
  outputs?: Record<string, unknown>[];
}

/** frontend → kernel, opening data: the whole unsaved notebook; `cellId` is about to run. */
export interface ISnapshot {
  v: number;
  type: 'snapshot';
  cellId: string;
  path: string;
  cells: ICellMessage[];
}

/** frontend → kernel: what the user decided; `text` is the edited code or the added wish. */
export interface IAct {
  v: number;
  type: 'act';
  suggestion: string;
  action: Action;
  text?: string;
}

/** frontend → kernel: repair the failing cell `cellId`. */
export interface IFix {
  v: number;
  type: 'fix';
  cellId: string;
}

/** frontend → kernel: the answer to `insert`, `replace` and `run`; `why` when it was refused. */
export interface IDone {
  v: number;
  type: 'done';
  ok: boolean;
  why?: string;
}

/** A cell that does not exist yet. */
export interface INewCell {
  type: 'code' | 'markdown';
  source: string;
}

/** What a dry run would have changed: names of variables and paths of files. */
export interface IEffects {
  added: string[];
  rebound: string[];
  mutated: string[];
  removed: string[];
  created: string[];
  changed: string[];
  deleted: string[];
  blocked: string[];
}

/** What happened when a candidate was run in a copy of the kernel; outputs are nbformat outputs. */
export interface IReport {
  status: 'ok' | 'error' | 'timeout' | 'memory' | 'killed' | 'unavailable';
  why: string;
  outputs: Record<string, unknown>[];
  effects: IEffects;
  seconds: number;
}

/** What a suggestion cost, and how its tokens were drawn. */
export interface IStats {
  model: string;
  seconds: number;
  promptTokens: number;
  completionTokens: number;
  tries: number;
  temperature: number;
  topP?: number;
  topK?: number;
  seed?: number;
}

/** kernel → frontend: a suggestion in its present state; a fix also names its target. */
export interface IOffer {
  v: number;
  type: 'offer';
  suggestion: string;
  state: OfferState;
  request: string;
  cells: INewCell[];
  stats: IStats;
  target?: string;
  original?: string;
  diff?: string;
  report?: IReport;
}

/** kernel → frontend: put `cells` below cell `after`, in one undo step, once per suggestion. */
export interface IInsert {
  v: number;
  type: 'insert';
  after: string;
  cells: INewCell[];
  suggestion: string;
  provenance: Record<string, unknown>;
}

/** kernel → frontend: give `cellId` a new source if its text still has `sourceHash`. */
export interface IReplace {
  v: number;
  type: 'replace';
  cellId: string;
  sourceHash: string;
  source: string;
  suggestion: string;
  provenance: Record<string, unknown>;
}

/** kernel → frontend: run these cells, in order; an empty list means those just inserted or replaced. */
export interface IRun {
  v: number;
  type: 'run';
  cellIds: string[];
}

/** kernel → frontend: one line for the user. */
export interface ISay {
  v: number;
  type: 'say';
  level: 'info' | 'warning' | 'error';
  text: string;
}

/** What the output of a cell of ours holds under `ANSWER_MIME`: the answer as it comes, then the offer. */
export interface IAnswer {
  v: number;
  type: 'answer';
  state: OfferState;
  facts: string;
  text: string;
  offer?: IOffer;
}

export type FromKernel = IOffer | IInsert | IReplace | IRun | ISay;
export type FromFrontend = IAct | IFix | IDone;
