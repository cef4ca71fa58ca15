/** The suggestions of the notebook in front, in the side bar: what was asked, and what became of it. */

import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, Notification } from '@jupyterlab/apputils';
import { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import { historyIcon } from '@jupyterlab/ui-components';
import { canRestore, insertPlain, restoreSource } from './document';
import { entryNode, type IEntryActions } from './entry';
import { HistoryPanel } from './historyPanel';
import { IOffers } from './offers';
import { cellById } from './places';
import { IReturns } from './resume';
import { entriesOf, put, remember, type IEntry } from './store';
import { refusal } from './words';

const SHOW = 'nbcoder:history';

/** What can be done with an entry of the notebook in front. */
class Actions implements IEntryActions {
  constructor(
    private readonly _panel: NotebookPanel,
    private readonly _returns: IReturns,
    private readonly _trans: TranslationBundle,
    private readonly _refresh: () => void
  ) {}

  /** The cell of the entry, if it is still there. */
  cellOf(entry: IEntry): ReturnType<typeof cellById> {
    return cellById(this._panel, entry.target ?? entry.asker);
  }

  canRestore(entry: IEntry): boolean {
    const notebook = this._panel.model?.sharedModel;
    return notebook !== undefined && canRestore(notebook, entry.target ?? '', entry.suggestion);
  }

  goTo(entry: IEntry): void {
    const cell = this.cellOf(entry);
    const { content } = this._panel;
    if (cell) {
      content.activeCellIndex = content.widgets.indexOf(cell);
      content.mode = 'command';
      void content.scrollToItem(content.activeCellIndex, 'smart');
      content.activate();
    }
  }

  restore(entry: IEntry): void {
    const notebook = this._panel.model?.sharedModel;
    const { target, original, suggestion } = entry;
    if (!notebook || original === undefined) {
      return;
    }
    const outcome = this.canRestore(entry)
      ? restoreSource(notebook, target ?? '', suggestion, original)
      : insertPlain(notebook, target ?? '', original);
    if ('why' in outcome) {
      Notification.warning(`nbcoder: ${refusal(outcome.why, this._trans)}`, { autoClose: 8000 });
      return;
    }
    put(notebook, { ...entry, state: 'restored' });
    this._refresh();
    this.goTo({ ...entry, target: outcome.cellIds[0] ?? '' });
  }

  again(entry: IEntry): void {
    const cell = this.cellOf(entry);
    const place = cell ?? this._panel.content.activeCell;
    if (!place || (!cell && entry.target !== undefined)) {
      return;
    }
    // Where the cell that asked is gone, the one that is selected takes its place.
    const asker = cell ? entry.asker : place.model.sharedModel.getId();
    const { suggestion, kind, request, model, cells, target, original } = entry;
    this._returns.again(
      { panel: this._panel, cell: place },
      {
        suggestion,
        kind,
        asker,
        request,
        model,
        cells,
        ...(target === undefined ? {} : { target }),
        ...(original === undefined ? {} : { original })
      }
    );
    this.goTo({ ...entry, asker });
  }
}

export const historyPlugin: JupyterFrontEndPlugin<void> = {
  id: 'nbcoder-labextension:history',
  description: 'Remembers the suggestions of a notebook, and shows them in the side bar.',
  autoStart: true,
  requires: [INotebookTracker, IOffers, IReturns, IEditorLanguageRegistry],
  optional: [ICommandPalette, ITranslator],
  activate: (
    app,
    tracker: INotebookTracker,
    offers: IOffers,
    returns: IReturns,
    languages: IEditorLanguageRegistry,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('nbcoder');
    const panel = new HistoryPanel(
      trans,
      () => {
        const page = tracker.currentWidget;
        if (!page?.model) {
          return [];
        }
        const actions = new Actions(page, returns, trans, () => panel.refresh());
        return entriesOf(page.model.sharedModel)
          .reverse()
          .map(entry => entryNode(entry, actions, { languages, trans }));
      },
      () => tracker.currentWidget?.content.activate()
    );
    panel.title.icon = historyIcon;
    app.shell.add(panel, 'right', { rank: 900, type: 'nbcoder' });

    offers.changed.connect((_, suggestion) => {
      const held = offers.get(suggestion);
      const notebook = held?.panel.model?.sharedModel;
      if (held && notebook) {
        const cells = held.state === 'accepted' ? (held.taken ?? held.offer.cells) : held.offer.cells;
        remember(notebook, held.offer, held.state, cells);
        panel.refresh();
      }
    });
    tracker.currentChanged.connect((_, page) => {
      panel.refresh();
      void page?.context.ready.then(() => panel.refresh());
    });

    app.commands.addCommand(SHOW, {
      label: trans.__('Show the suggestions of this notebook'),
      caption: trans.__('What was asked, and the earlier code of cells that were changed'),
      icon: historyIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => {
        app.shell.activateById(panel.id);
      }
    });
    palette?.addItem({ command: SHOW, category: 'nbcoder' });
  }
};
