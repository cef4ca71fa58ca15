/** A few sentences for whoever opens a notebook with nbcoder for the first time. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Dialog, ICommandPalette, showDialog } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { element } from './dom';
import { sparkIcon } from './icons';
import { KEYS } from './keys';

const ID = 'nbcoder-labextension:guide';
const SHOW = 'nbcoder:guide';

async function showGuide(trans: TranslationBundle): Promise<void> {
  const steps: [keys: string, said: string][] = [
    [
      '%%generate',
      trans.__(
        'Write this at the top of a cell, and below it what the next cell should do. The answer has run in a copy of your kernel before you see it.'
      )
    ],
    [
      KEYS.accept,
      trans.__(
        'Accepts a suggestion; %1 also runs it, and %2 rejects it. Nothing changes before.',
        KEYS.acceptAndRun,
        KEYS.reject
      )
    ],
    [
      KEYS.fix,
      trans.__(
        'Mends a cell that failed. %1 explains, documents, tests or refactors one that works.',
        KEYS.cellMenu
      )
    ],
    ['Tab', trans.__('Takes the grey text that appears while you type; the next key makes it go.')]
  ];
  const list = element(
    'dl',
    'nbc-guide',
    ...steps.flatMap(([keys, said]) => [element('dt', '', element('kbd', '', keys)), element('dd', '', said)])
  );
  const where = trans.__(
    'The spark in the status bar says how the engine is; it starts and stops it, and switches the model.'
  );
  const foot = element('p', 'nbc-guide-foot', sparkIcon.element({ tag: 'span' }), where);
  await showDialog({
    title: trans.__('How to use nbcoder'),
    body: new Widget({ node: element('div', 'nbc-guide-body', list, foot) }),
    buttons: [Dialog.okButton({ label: trans.__('Got it') })]
  });
}

/** Show it with the first notebook, and never again by itself. */
async function showOnce(
  app: JupyterFrontEnd,
  tracker: INotebookTracker,
  settings: ISettingRegistry.ISettings,
  trans: TranslationBundle
): Promise<void> {
  await app.restored;
  let isDue = settings.composite['show'] === true;
  const open = async () => {
    if (isDue) {
      isDue = false;
      await settings.set('show', false);
      await showGuide(trans);
    }
  };
  if (tracker.currentWidget) {
    await open();
  } else {
    tracker.currentChanged.connect(() => void open());
  }
}

export const guidePlugin: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: 'Says once what nbcoder can do.',
  autoStart: true,
  requires: [INotebookTracker],
  optional: [ISettingRegistry, ICommandPalette, ITranslator],
  activate: (
    app,
    tracker: INotebookTracker,
    registry: ISettingRegistry | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('nbcoder');
    app.commands.addCommand(SHOW, {
      label: trans.__('How to use nbcoder'),
      icon: sparkIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => showGuide(trans)
    });
    palette?.addItem({ command: SHOW, category: 'nbcoder' });
    void registry?.load(ID).then(settings => showOnce(app, tracker, settings, trans));
  }
};
