/** One button in the status bar that says how the engine is; pressing it opens what can be done. */

import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import { type Menu, Widget } from '@lumino/widgets';
import type { IEngineStatus } from './api';
import { element } from './dom';
import type { IEngine } from './engine';
import { sparkIcon } from './icons';
import { said } from './texts';

const MILLISECONDS = 1000;

export class EngineItem extends Widget {
  constructor(
    private readonly _engine: IEngine,
    private readonly _menu: Menu,
    private readonly _trans: TranslationBundle
  ) {
    super();
    this.addClass('nbc-engine');
    this._button.type = 'button';
    this._button.setAttribute('aria-haspopup', 'menu');
    this._button.append(sparkIcon.element({ tag: 'span', className: 'nbc-engine-icon' }), this._text);
    this._button.addEventListener('click', () => this._open());
    this._live.setAttribute('role', 'status');
    this.node.append(this._button, this._live);
    this._menu.aboutToClose.connect(() => this._button.focus());
    this._engine.changed.connect(() => this._show());
    this._show();
  }

  protected override onBeforeDetach(message: Message): void {
    this._menu.close();
    super.onBeforeDetach(message);
  }

  private _open(): void {
    const place = this._button.getBoundingClientRect();
    this._menu.open(place.left, place.top);
    this._menu.activate();
    this._menu.activeIndex = this._menu.items.findIndex(item => item.isEnabled);
  }

  private _show(): void {
    const status = this._engine.status;
    if (!status) {
      return;
    }
    const busy = status.phase === 'ready' && (status.running ?? 0) > 0;
    this._button.dataset['phase'] = busy ? 'busy' : status.phase;
    this._text.textContent = short(status, this._trans);
    const long = this._long(status);
    this._button.title = long;
    this._button.setAttribute('aria-label', `nbcoder: ${long}`);
    // Screen readers are told of phases, not of every second.
    const phase = phaseWord(status, this._trans);
    if (this._live.textContent !== phase) {
      this._live.textContent = phase;
    }
  }

  private _long(status: IEngineStatus): string {
    const parts = [
      phaseWord(status, this._trans),
      said(status.cause, this._trans) || step(status, this._trans),
      status.model
    ];
    if (status.version) {
      parts.push(`vLLM ${status.version}`);
    }
    if (status.running !== null) {
      parts.push(queue(status, this._trans));
    }
    return [...parts, said(status.device, this._trans)].filter(part => part !== '').join(' · ');
  }

  private readonly _button = element('button', 'nbc-engine-button');
  private readonly _text = element('span', 'nbc-engine-text');
  private readonly _live = element('span', 'nbc-engine-live');
}

/** The few words for which there is room. */
function short(status: IEngineStatus, trans: TranslationBundle): string {
  switch (status.phase) {
    case 'starting':
      return [step(status, trans) || phaseWord(status, trans), ...progress(status)].join(' · ');
    case 'ready': {
      const name = status.model.replace(/-instruct$/, '');
      return status.running || status.waiting ? `${name} · ${queue(status, trans)}` : name;
    }
    default:
      return phaseWord(status, trans);
  }
}

function phaseWord(status: IEngineStatus, trans: TranslationBundle): string {
  switch (status.phase) {
    case 'off':
      return trans.__('engine off');
    case 'starting':
      return trans.__('engine starting');
    case 'stopping':
      return trans.__('engine stopping');
    case 'failed':
      return trans.__('engine failed');
    case 'ready':
      return status.running ? trans.__('engine busy') : trans.__('engine ready');
  }
}

function step(status: IEngineStatus, trans: TranslationBundle): string {
  return status.phase === 'starting' ? said(status.step, trans) : '';
}

/** How much is done where that is known, else for how long it has been going on. */
function progress({ fraction, since }: IEngineStatus): string[] {
  if (fraction !== null) {
    return [`${Math.round(fraction * 100)} %`];
  }
  return since ? [`${Math.max(0, Math.round(Date.now() / MILLISECONDS - since))} s`] : [];
}

function queue(status: IEngineStatus, trans: TranslationBundle): string {
  const running = trans.__('%1 running', status.running ?? 0);
  return status.waiting ? `${running}, ${trans.__('%1 waiting', status.waiting)}` : running;
}
