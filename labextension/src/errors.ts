/** A button on every error output that asks for the cell to be mended. */

import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IRenderMimeRegistry, MimeModel, type IRenderMime } from '@jupyterlab/rendermime';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { PanelLayout, Widget } from '@lumino/widgets';
import { button, element } from './dom';
import { KEYS } from './keys';
import { isUsers, placeOf } from './places';
import { IRequests } from './requests';

const ERROR_MIME = 'application/vnd.jupyter.error';
const STDERR_MIME = 'application/vnd.jupyter.stderr';

/** The stock traceback, with our button below it. */
class ErrorRenderer extends Widget implements IRenderMime.IRenderer {
  constructor(
    private readonly _stock: IRenderMime.IRenderer,
    private readonly _foot: HTMLElement,
    private readonly _canBeFixed: () => boolean
  ) {
    super();
    this.addClass('nbc-error');
    // Themes colour error outputs by this attribute.
    _stock.node.dataset['mimeType'] = STDERR_MIME;
    const layout = new PanelLayout();
    layout.addWidget(_stock);
    layout.addWidget(new Widget({ node: _foot }));
    this.layout = layout;
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const { data, metadata } = model;
    await this._stock.renderModel(
      new MimeModel({ data: { [STDERR_MIME]: data[STDERR_MIME] ?? '' }, metadata, trusted: model.trusted })
    );
  }

  protected override onAfterAttach(): void {
    // Where it belongs is known only now.
    this._foot.hidden = !this._canBeFixed();
  }
}

export const errorsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'nbcoder-labextension:errors',
  description: 'Puts a button on error outputs.',
  autoStart: true,
  requires: [INotebookTracker, IRenderMimeRegistry, IRequests],
  optional: [ITranslator],
  activate: (
    _app,
    tracker: INotebookTracker,
    rendermime: IRenderMimeRegistry,
    requests: IRequests,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('nbcoder');
    rendermime.addFactory(
      {
        safe: true,
        mimeTypes: [ERROR_MIME],
        defaultRank: 100,
        createRenderer: options => {
          const stock = rendermime
            .getFactory(STDERR_MIME)
            ?.createRenderer({ ...options, mimeType: STDERR_MIME });
          const fix = (round: number) => () => {
            const place = placeOf(tracker, foot);
            if (place) {
              requests.fix(place, round);
            }
          };
          const untilItRuns = button(trans.__('Fix until it runs'), '', 'nbc-fix-all', fix(1));
          untilItRuns.title = trans.__('Accept and run each fix without asking');
          const foot = element(
            'div',
            'nbc-error-foot',
            button(trans.__('Fix'), KEYS.fix, 'nbc-fix', fix(0)),
            untilItRuns
          );
          return new ErrorRenderer(stock ?? rendermime.createRenderer(STDERR_MIME), foot, () => {
            const place = placeOf(tracker, foot);
            return place !== null && isUsers(place.cell);
          });
        }
      },
      100
    );
  }
};
