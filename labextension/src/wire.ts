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
/** What can be asked about a cell that works, and all that can be asked. */
export type Task = 'explain' | 'document' | 'tests' | 'refactor';
export type Kind = 'generate' | 'fix' | Task;
export type Action = 'accept' | 'accept-and-run' | 'accept-and-run-dependants' | 'regenerate' | 'reject';
export type OfferState = 'streaming' | 'checking' | 'ready' | 'accepted' | 'rejected' | 'stopped';

/** A sentence whose translation is looked up: `%1` in `text` stands for the first of `values`. */
export interface ISaid {
  text: string;
  values: Line[];
}

/** What is said to the user; a mere string is said as it stands, in any language. */
export type Line = string | ISaid;

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

/** A cell that does not exist yet. */
export interface INewCell {
  type: 'code' | 'markdown';
  source: string;
}

/**
 * frontend → kernel: what the user decided. Accepted is the offer's own answer, or the one of its
 * `alternatives` at position `alternative` - 1; `cells` is what the user made of it. `text` is the wish added
 * to a request that is made again.
 */
export interface IAct {
  v: number;
  type: 'act';
  suggestion: string;
  action: Action;
  alternative?: number;
  cells?: INewCell[];
  text?: string;
  policy?: string;
}

/** frontend → kernel: repair the failing cell `cellId`. */
export interface IFix {
  v: number;
  type: 'fix';
  cellId: string;
}

/** frontend → kernel: explain, document, test or refactor the cell `cellId`. */
export interface IAsk {
  v: number;
  type: 'ask';
  kind: Task;
  cellId: string;
}

/** frontend → kernel: run what the user made of an answer in a copy; `tried` comes back. */
export interface ITry {
  v: number;
  type: 'try';
  suggestion: string;
  cells: INewCell[];
}

/**
 * frontend → kernel: offer a suggestion of this notebook once more, tried anew; an `offer` comes back.
 * `asker`, `request` and `model` are those of its offer, and so are `target` and `original` where it replaces
 * a cell: a kernel that was restarted does not know them.
 */
export interface IAgain {
  v: number;
  type: 'again';
  suggestion: string;
  kind: Kind;
  asker: string;
  request: string;
  model: string;
  cells: INewCell[];
  target?: string;
  original?: string;
}

/** frontend → kernel: say again what is still on offer for this notebook; the page was loaded anew. */
export interface IResume {
  v: number;
  type: 'resume';
}

/** frontend → kernel: the answer to `insert` and `replace`; `why` when it was refused. */
export interface IDone {
  v: number;
  type: 'done';
  suggestion: string;
  ok: boolean;
  why?: string;
}

/** What a dry run would have changed: names of variables, paths of files, and what else of the process. */
export interface IEffects {
  added: string[];
  rebound: string[];
  mutated: string[];
  removed: string[];
  process: string[];
  created: string[];
  changed: string[];
  deleted: string[];
  blocked: Line[];
  outside?: Line[];
}

/** What happened when a candidate was run in a copy of the kernel; outputs are nbformat outputs. */
export interface IReport {
  status: 'ok' | 'error' | 'timeout' | 'memory' | 'killed' | 'unavailable';
  why: Line;
  outputs: Record<string, unknown>[];
  effects: IEffects;
  seconds: number;
}

/** A token of cell number `cell`: its place, its probability, and pairs of its likeliest rivals. */
export interface IToken {
  cell: number;
  at: number;
  length: number;
  p: number;
  top: [string, number][];
}

/** How fresh the notebook was that the model was told of, its tokens, and how many the model can read. */
export interface IContextUsed {
  source: 'live' | 'file' | 'history';
  tokens: number;
  limit: number;
  cut: boolean;
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

/**
 * One answer: its cells, its dry run, and how sure the model was of each token. `notes` are what the user
 * should know before deciding.
 */
export interface IAlternative {
  cells: INewCell[];
  report?: IReport;
  tokens?: IToken[];
  notes?: Line[];
}

/** A cell that ran and that reads `names` of the cell that is replaced; `count` is shown beside it. */
export interface IDependant {
  cellId: string;
  count: number | null;
  names: string[];
}

/**
 * kernel → frontend: a suggestion in its present state; what replaces a cell also names its target. `asker`
 * is the cell that asked, or whose failure is mended, or that is tested or explained. `alternatives` are the
 * other answers, the best first. `dependants` are the cells to be run again after the target. `replaces`
 * names the suggestion that was not good enough.
 */
export interface IOffer extends IAlternative {
  v: number;
  type: 'offer';
  suggestion: string;
  kind: Kind;
  state: OfferState;
  asker: string;
  request: string;
  stats: IStats;
  context: IContextUsed;
  alternatives?: IAlternative[];
  dependants?: IDependant[];
  replaces?: string;
  target?: string;
  original?: string;
  diff?: string;
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

/** kernel → frontend: run these cells, in order; none: those inserted or replaced for the suggestion. */
export interface IRun {
  v: number;
  type: 'run';
  suggestion: string;
  cellIds: string[];
}

/** kernel → frontend: an answer as far as it has come, where no output of a cell shows it. */
export interface IDraft {
  v: number;
  type: 'draft';
  facts: Line;
  text: string;
}

/**
 * kernel → frontend: the answer to `try`; without `report` where nothing is run beforehand. `why` says what was
 * wrong with the request.
 */
export interface ITried {
  v: number;
  type: 'tried';
  suggestion: string;
  cells: INewCell[];
  report?: IReport;
  notes?: Line[];
  why?: Line;
}

/** kernel → frontend: one line for the user. */
export interface ISay {
  v: number;
  type: 'say';
  level: 'info' | 'warning' | 'error';
  text: Line;
}

/**
 * What the output of a cell of ours holds under `ANSWER_MIME`: the answer as it comes, then the offer.
 * `display` is the id of the display, which a notebook does not keep by itself: a page that was loaded anew
 * knows by it which output an update is for.
 */
export interface IAnswer {
  v: number;
  type: 'answer';
  kind: Kind;
  state: OfferState;
  facts: Line;
  text: string;
  display: string;
  offer?: IOffer;
}

export type FromKernel = IOffer | IDraft | ITried | IInsert | IReplace | IRun | ISay;
export type FromFrontend = IAct | IFix | IAsk | ITry | IAgain | IResume | IDone;
