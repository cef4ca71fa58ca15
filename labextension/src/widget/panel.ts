/**
 * The panel in frontends without our extension: a Jupyter widget on the same wire.
 *
 * It cannot reach the notebook. The first answer is put below the cell by the kernel; any other is copied.
 */

import type { AnyModel, Render } from '@anywidget/types';
import { button, element, lineWithCode } from '../dom';
import { effects, verdict } from '../effects';
import { HELD, KEYS } from '../keys';
import { asWritten, said } from '../texts';
import {
  VERSION,
  type Action,
  type FromFrontend,
  type FromKernel,
  type IAlternative,
  type IAnswer,
  type OfferState
} from '../wire';
import { Wish } from '../wish';
import { facts, kindWord } from '../words';
import { codeBlock, type Piece } from './code';
import { outputsOf } from './outputs';
import { adoptColours } from './theme';
import '../../style/suggestion.css';
import '../../style/outcome.css';
import '../../style/widget.css';

/** Nothing more comes of these, and nothing has to. */
const DECIDED = new Set<OfferState>(['accepted', 'rejected']);

/** What is said before the kernel has said anything: its model is empty until then. */
const NOTHING: Pick<IAnswer, 'facts'> = { facts: '' };

/** What the kernel keeps in the model: `pieces` are the cells of the answer and of its alternatives. */
interface IState {
  answer: IAnswer;
  pieces: Piece[][][];
  own_id: string;
}

/** A model as its manager has it, which knows whether its kernel is still there. */
interface IManaged extends AnyModel {
  comm_live?: boolean;
}

class Panel {
  constructor(private readonly _model: AnyModel<IState>) {
    this.node.tabIndex = 0;
    this.node.setAttribute('aria-label', 'Suggestion by nbcoder');
    this._facts.setAttribute('role', 'status');
    this._note.setAttribute('role', 'alert');
    this._wish = new Wish(asWritten, wish => this._act('regenerate', wish));
    this.node.append(this._head, this._body, this._outcome, this._wish.node, this._foot, this._note);
    this.node.addEventListener('keydown', event => this._pressed(event));
  }

  readonly node = element('section', 'nbc-suggestion nbc-widget');

  /** Show the model's state as it is now. */
  update(): void {
    const { offer, kind, text } = this._answer;
    const state = this._state;
    const isReady = offer !== undefined && state === 'ready';
    const titles: Partial<Record<typeof state, string>> = {
      accepted: 'Accepted',
      rejected: 'Rejected',
      stopped: 'Stopped',
      ready: kindWord(kind, asWritten)
    };
    this.node.dataset['state'] = state === 'checking' ? 'streaming' : state;
    this._title.textContent = titles[state] ?? (text ? 'Writing' : 'Preparing');
    const isLost = this._isGone && state === 'stopped';
    const known = isLost ? 'the kernel is gone' : said(this._answer.facts, asWritten);
    this._facts.textContent = isReady ? facts(offer, asWritten) : known;
    if (offer?.suggestion !== this._suggestion) {
      this._suggestion = offer?.suggestion;
      this._shown = 0;
    }
    if (!isReady) {
      this._wish.close();
    }
    this._isPending = false;
    this._note.textContent = '';
    this._showAnswer();
  }

  /** The kernel is there or gone; what it said last stays to be read. */
  connected(isConnected: boolean): void {
    this._isGone = !isConnected;
    this.update();
  }

  /** A message of the wire; what it changes in the notebook cannot be done from here. */
  received(message: FromKernel): void {
    if (message.type === 'insert' || message.type === 'replace') {
      this._send({ v: VERSION, type: 'done', suggestion: message.suggestion, ok: true });
    } else if (message.type === 'say') {
      this._isPending = false;
      this._showAnswer();
      this._note.textContent = said(message.text, asWritten);
    }
  }

  private get _answer(): IAnswer {
    return { ...NOTHING, ...this._model.get('answer') };
  }

  private get _state(): OfferState {
    const { state } = this._answer;
    return this._isGone && !DECIDED.has(state) ? 'stopped' : state;
  }

  private _showAnswer(): void {
    const shown = this._alternative();
    const isDecided = DECIDED.has(this._state);
    const pieces = isDecided ? [] : (this._model.get('pieces')[this._shown] ?? []);
    this._body.replaceChildren(
      ...pieces.map((cell, index) =>
        codeBlock(cell, shown?.tokens?.filter(token => token.cell === index) ?? [])
      )
    );
    const report = isDecided ? undefined : shown?.report;
    this._outcome.dataset['status'] = report?.status ?? '';
    this._outcome.replaceChildren();
    if (report) {
      const chips = effects(report, asWritten).map(text => element('span', 'nbc-effect', text));
      const verdictLine = element('span', 'nbc-verdict', verdict(report, asWritten));
      this._outcome.append(
        element('div', 'nbc-effects', verdictLine, ...chips),
        element('div', 'nbc-outputs', ...outputsOf(report.outputs))
      );
    }
    this._foot.replaceChildren(...(shown ? this._buttons(shown) : []));
  }

  /** The answer that is shown, while there is something to be decided. */
  private _alternative(): IAlternative | undefined {
    const { offer } = this._answer;
    return this._state === 'ready' ? (offer?.alternatives?.[this._shown - 1] ?? offer) : undefined;
  }

  private _buttons(shown: IAlternative): HTMLElement[] {
    const { offer } = this._answer;
    const answers = 1 + (offer?.alternatives?.length ?? 0);
    const isBelow = this._shown === 0 && offer?.replaces === undefined;
    const made = [
      isBelow
        ? button('Accept', KEYS.accept, 'nbc-primary', () => this._act('accept'))
        : button('Copy and accept', KEYS.accept, 'nbc-primary', () => void this._copy(shown)),
      ...(answers > 1
        ? [button(`Next ${this._shown + 1}/${answers}`, KEYS.next, 'nbc-next', () => this._next(answers))]
        : []),
      button('Regenerate', KEYS.regenerate, 'nbc-regenerate', () => this._wish.open()),
      button('Reject', KEYS.reject, 'nbc-reject', () => this._act('reject'))
    ];
    made.forEach(one => (one.disabled = this._isPending));
    const notes = [
      ...(isBelow ? ['It is in the cell below, to be run or edited.'] : []),
      ...(shown.notes ?? []).map(note => said(note, asWritten))
    ];
    return [
      ...made,
      element('span', 'nbc-held-hint', `${HELD}…`),
      ...notes.map(note => lineWithCode(note, 'nbc-note nbc-hint'))
    ];
  }

  private _act(action: Action, wish = ''): void {
    if (!this._suggestion || this._isPending) {
      return;
    }
    this._isPending = true;
    this._showAnswer();
    this._send({
      v: VERSION,
      type: 'act',
      suggestion: this._suggestion,
      action,
      ...(this._shown > 0 ? { alternative: this._shown } : {}),
      ...(wish ? { text: wish } : {})
    });
  }

  private _send(message: FromFrontend): void {
    try {
      this._model.send(message);
    } catch {
      // JupyterLab closes the comm of a kernel that crashed or was shut down, and widgets are told nothing.
      this.connected(false);
    }
  }

  private async _copy({ cells }: IAlternative): Promise<void> {
    try {
      await navigator.clipboard.writeText(cells.map(cell => cell.source).join('\n\n'));
    } catch {
      this._note.textContent = 'The clipboard cannot be reached from here: select the code and copy it.';
      return;
    }
    this._act('accept');
  }

  private _next(answers: number): void {
    this._shown = (this._shown + 1) % answers;
    this._showAnswer();
  }

  /** The keys of our extension, for the panel that has the focus. */
  private _pressed(event: KeyboardEvent): void {
    const label = `${HELD}${event.code.replace('Key', '')}`;
    const pressed = this._foot.querySelector<HTMLButtonElement>(`button[aria-label$="${label}"]`);
    if (event.altKey && event.shiftKey && pressed) {
      event.preventDefault();
      event.stopPropagation();
      pressed.click();
      if (!this.node.contains(document.activeElement)) {
        this.node.focus();
      }
    }
  }

  private readonly _title = element('span', 'nbc-title');
  private readonly _facts = element('span', 'nbc-facts');
  private readonly _head = element(
    'header',
    'nbc-head',
    element('span', 'nbc-mark'),
    this._title,
    this._facts
  );
  private readonly _body = element('div', 'nbc-body');
  private readonly _outcome = element('div', 'nbc-outcome');
  private readonly _wish: Wish;
  private readonly _foot = element('footer', 'nbc-foot');
  private readonly _note = element('div', 'nbc-note nbc-refusal');
  private _suggestion: string | undefined;
  private _shown = 0;
  private _isPending = false;
  private _isGone = false;
}

/** The part of the model that is handed to us does not say. */
async function isConnected(model: AnyModel<IState>): Promise<boolean> {
  try {
    const managed: IManaged = await model.widget_manager.get_model(model.get('own_id'));
    return managed.comm_live !== false;
  } catch {
    return true; // a frontend that manages its widgets in a way of its own
  }
}

const render: Render<IState> = ({ model, el }) => {
  const panel = new Panel(model);
  const update = () => panel.update();
  const received = (message: FromKernel) => panel.received(message);
  const look = () => void isConnected(model).then(is => panel.connected(is));
  el.append(panel.node);
  adoptColours(panel.node);
  update();
  look();
  model.on('change', update);
  model.on('msg:custom', received);
  model.on('comm_live_update', look);
  return () => {
    model.off('change', update);
    model.off('msg:custom', received);
    model.off('comm_live_update', look);
  };
};

export default { render };
