/** What Jupyter Server tells of the engine, and ghost text. The other side is `nbcoder/server/wire.py`. */

import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import { asWritten, said } from './texts';
import type { Line } from './wire';

/** How the engine is; see `EngineStatus` there. */
export interface IEngineStatus {
  phase: 'off' | 'starting' | 'stopping' | 'ready' | 'failed';
  ours: boolean;
  model: string;
  version: string;
  device: Line;
  since: number;
  step: Line;
  fraction: number | null;
  cause: Line;
  running: number | null;
  waiting: number | null;
}

export type EngineAction = 'start' | 'stop' | 'restart';

export interface IModelRow {
  name: string;
  parameters: number;
  memory: number;
  missing: number;
  here: boolean;
  default: boolean;
  licence: string;
}

export interface ILogTail {
  path: string;
  lines: string[];
}

/** Where text is wanted: the cell around the cursor, the code cells above it, oldest first. */
export interface IGhostWish {
  prefix: string;
  suffix: string;
  cells: string[];
  language: string;
}

/** The server refused, with a line that says why. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly line: Line
  ) {
    super(said(line, asWritten));
  }
}

export class Api {
  constructor(private readonly _settings: ServerConnection.ISettings) {}

  async status(): Promise<IEngineStatus> {
    return this._json<IEngineStatus>('status');
  }

  /** Begin to start or stop the engine; resolves before that is done. */
  async order(action: EngineAction, model = ''): Promise<IEngineStatus> {
    return this._json<IEngineStatus>('engine', post({ action, model }));
  }

  async models(): Promise<IModelRow[]> {
    return (await this._json<{ models: IModelRow[] }>('models')).models;
  }

  async log(): Promise<ILogTail> {
    return this._json<ILogTail>('log');
  }

  /** What belongs at the cursor: each time all of the text so far. Aborting it frees the engine. */
  async *ghost(wish: IGhostWish, signal: AbortSignal): AsyncGenerator<string, void> {
    const response = await this._request('infill', { ...post(wish), signal });
    for await (const line of lines(response)) {
      const event = JSON.parse(line) as { text?: string; done?: true };
      if (event.text !== undefined) {
        yield event.text;
      }
    }
  }

  private async _json<Reply>(route: string, init: RequestInit = {}): Promise<Reply> {
    return (await (await this._request(route, init)).json()) as Reply;
  }

  private async _request(route: string, init: RequestInit): Promise<Response> {
    const url = URLExt.join(this._settings.baseUrl, 'nbcoder/api', route);
    const response = await ServerConnection.makeRequest(url, init, this._settings);
    if (!response.ok) {
      throw new Refusal(response.status, await reason(response));
    }
    return response;
  }
}

function post(body: object): RequestInit {
  return { method: 'POST', body: JSON.stringify(body) };
}

async function reason(response: Response): Promise<Line> {
  const text = await response.text();
  try {
    return (JSON.parse(text) as { message: Line }).message;
  } catch {
    return response.statusText;
  }
}

async function* lines(response: Response): AsyncGenerator<string, void> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  while (reader) {
    const { value, done } = await reader.read();
    const parts = (rest + (value ? decoder.decode(value, { stream: true }) : '')).split('\n');
    rest = parts.pop() ?? '';
    yield* parts.filter(part => part !== '');
    if (done) {
      return;
    }
  }
}
