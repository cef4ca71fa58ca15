/** Ghost text: what the model would write at the cursor, shown as it comes and gone with the next key. */

import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import {
  ICompletionProviderManager,
  InlineCompletionTriggerKind,
  type CompletionHandler,
  type IInlineCompletionContext,
  type IInlineCompletionItem,
  type IInlineCompletionList,
  type IInlineCompletionProvider
} from '@jupyterlab/completer';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { IGhostWish } from './api';
import { IEngine } from './engine';
import { cursorIn, isOfUse, wishAt, type ICursor } from './ghostWish';
import { sparkIcon } from './icons';

const ID = 'nbcoder-labextension:ghost';
const TOGGLE = 'nbcoder:toggle-ghost-text';
const DELAY = 250;
/** Milliseconds; the server ends an answer before that. */
const TIMEOUT = 30_000;
const NOTHING: IInlineCompletionList = { items: [] };

/** A whole answer, which still holds while the user types just what it says. */
interface IAnswer {
  wish: IGhostWish;
  text: string;
}

class GhostProvider implements IInlineCompletionProvider {
  readonly identifier = 'nbcoder';
  readonly icon = sparkIcon;
  /** Also within a line; we know ourselves where that makes no sense. */
  readonly schema: ISettingRegistry.IProperty = {
    type: 'object',
    default: { autoFillInMiddle: true, timeout: TIMEOUT }
  };
  isEnabled = true;
  delay = DELAY;

  constructor(
    readonly name: string,
    private readonly _engine: IEngine
  ) {}

  async fetch(
    request: CompletionHandler.IRequest,
    context: IInlineCompletionContext
  ): Promise<IInlineCompletionList> {
    this._abort.abort();
    const cursor = cursorIn(context.widget, request);
    if (!cursor || !this._canAsk || !isOfUse(cursor)) {
      return NOTHING;
    }
    const known = this._stillTrue(cursor);
    if (known) {
      return { items: [{ insertText: known }] };
    }
    const abort = (this._abort = new AbortController());
    const unwatch = cursor.whenLeft(() => abort.abort());
    const wait = context.triggerKind === InlineCompletionTriggerKind.Invoke ? 0 : this.delay;
    await pause(wait, abort.signal);
    // Only now: whoever types must not wait until all cells above are read.
    return abort.signal.aborted ? NOTHING : this._begin(wishAt(cursor), abort.signal, unwatch);
  }

  async *stream(token: string): AsyncGenerator<{ response: IInlineCompletionItem }> {
    const texts = this._streams.get(token);
    this._streams.delete(token);
    for await (const insertText of texts ?? []) {
      yield { response: { insertText } };
    }
  }

  private get _canAsk(): boolean {
    return this.isEnabled && this._engine.status?.phase === 'ready';
  }

  /** The first text, so that nothing is shown as long as there is nothing. */
  private async _begin(
    wish: IGhostWish,
    signal: AbortSignal,
    unwatch: () => void
  ): Promise<IInlineCompletionList> {
    const texts = this._texts(wish, signal, unwatch);
    const first = await texts.next();
    if (first.done || signal.aborted) {
      return NOTHING;
    }
    const token = `${++this._count}`;
    this._streams.set(token, texts);
    return { items: [{ insertText: first.value, isIncomplete: true, token }] };
  }

  /** The texts of one answer; ends quietly when it is aborted or refused. */
  private async *_texts(
    wish: IGhostWish,
    signal: AbortSignal,
    unwatch: () => void
  ): AsyncGenerator<string, void> {
    let last = '';
    try {
      for await (const text of this._engine.api.ghost(wish, signal)) {
        last = text;
        yield text;
      }
      this._answer = { wish, text: last };
    } catch {
      // The user typed on, or there is no engine any more, which the status bar says.
    } finally {
      unwatch();
    }
  }

  /** What is left of the last answer when all that was typed since is its beginning; '' if it is not. */
  private _stillTrue(cursor: ICursor): string {
    const answer = this._answer;
    if (!answer || !cursor.prefix.startsWith(answer.wish.prefix) || cursor.suffix !== answer.wish.suffix) {
      return '';
    }
    const typed = cursor.prefix.slice(answer.wish.prefix.length);
    if (!answer.text.startsWith(typed) || wishAt(cursor).cells.join('\0') !== answer.wish.cells.join('\0')) {
      return '';
    }
    return answer.text.slice(typed.length);
  }

  private _abort = new AbortController();
  private _answer: IAnswer | null = null;
  private _count = 0;
  private readonly _streams = new Map<string, AsyncGenerator<string, void>>();
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>(resolve => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

export const ghostPlugin: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: 'Shows what the model would write at the cursor.',
  autoStart: true,
  requires: [ICompletionProviderManager, IEngine],
  optional: [ISettingRegistry, ICommandPalette, ITranslator],
  activate: async (
    app,
    manager: ICompletionProviderManager,
    engine: IEngine,
    registry: ISettingRegistry | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('nbcoder');
    const provider = new GhostProvider(trans.__('nbcoder ghost text'), engine);
    manager.registerInlineProvider(provider);
    const settings = await registry?.load(ID);
    const apply = () => {
      provider.isEnabled = settings?.get('enabled').composite !== false;
      provider.delay = Number(settings?.get('delay').composite ?? DELAY);
      app.commands.notifyCommandChanged(TOGGLE);
    };
    app.commands.addCommand(TOGGLE, {
      label: trans.__('Ghost text while typing'),
      describedBy: { args: { type: 'object', properties: {} } },
      isToggled: () => provider.isEnabled,
      isEnabled: () => settings !== undefined,
      execute: async () => settings?.set('enabled', !provider.isEnabled)
    });
    settings?.changed.connect(apply);
    apply();
    palette?.addItem({ command: TOGGLE, category: 'nbcoder' });
  }
};
