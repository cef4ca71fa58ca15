/** Knows how the engine is, for everything on the page that wants to know. */

import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Token } from '@lumino/coreutils';
import { Poll } from '@lumino/polling';
import { type ISignal, Signal } from '@lumino/signaling';
import { Api, Refusal, type EngineAction, type IEngineStatus } from './api';

/** Milliseconds between two looks, while nothing happens and while something does. */
const CALM = 5000;
const LIVELY = 1000;
const NOT_FOUND = 404;

export interface IEngine {
  readonly api: Api;
  /** How it was when we last looked; null before that, and where the server knows nothing of us. */
  readonly status: IEngineStatus | null;
  readonly changed: ISignal<IEngine, void>;
  /** Begin to start or stop it. */
  order(action: EngineAction, model?: string): Promise<void>;
}

export const IEngine = new Token<IEngine>('nbcoder-labextension:IEngine', 'The state of the engine.');

class Engine implements IEngine {
  readonly changed: Signal<IEngine, void> = new Signal(this);
  status: IEngineStatus | null = null;

  constructor(readonly api: Api) {
    this._poll = new Poll({
      name: 'nbcoder-labextension:engine',
      factory: () => this._look(),
      frequency: { interval: CALM, backoff: true, max: 60_000 },
      standby: 'when-hidden'
    });
  }

  async order(action: EngineAction, model = ''): Promise<void> {
    this._show(await this.api.order(action, model));
    await this._poll.refresh();
  }

  private async _look(): Promise<void> {
    try {
      this._show(await this.api.status());
    } catch (error) {
      if (error instanceof Refusal && error.status === NOT_FOUND) {
        void this._poll.stop();
      }
      this._show(null);
      throw error;
    }
  }

  private _show(status: IEngineStatus | null): void {
    this.status = status;
    const moves = status?.phase === 'starting' || status?.phase === 'stopping';
    const interval = moves ? LIVELY : CALM;
    if (this._poll.frequency.interval !== interval) {
      this._poll.frequency = { ...this._poll.frequency, interval };
    }
    this.changed.emit();
  }

  private readonly _poll: Poll;
}

export const enginePlugin: JupyterFrontEndPlugin<IEngine> = {
  id: 'nbcoder-labextension:engine',
  description: 'Asks the server from time to time how the engine is, while the page is visible.',
  autoStart: true,
  provides: IEngine,
  activate: app => new Engine(new Api(app.serviceManager.serverSettings))
};
