/** What a dry run did: one line of effects, and what the code showed. */

import type { IOutput } from '@jupyterlab/nbformat';
import { OutputAreaModel, SimplifiedOutputArea } from '@jupyterlab/outputarea';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Panel, Widget } from '@lumino/widgets';
import { element } from './dom';
import { effects, verdict } from './effects';
import type { IEdited } from './offers';
import { said } from './texts';
import type { IReport } from './wire';

/** A report, or the edited text that has none. */
export type Shown = IReport | IEdited | undefined;

/** The outcome of the dry run of the answer that is shown. */
export class Outcome extends Panel {
  constructor(
    private readonly _rendermime: IRenderMimeRegistry,
    private readonly _trans: TranslationBundle
  ) {
    super();
    this.addClass('nbc-outcome');
    this.node.dataset['status'] = '';
  }

  /** Show that report, or what is known in its place. */
  showReport(report: Shown): void {
    if (report === this._report) {
      return;
    }
    this._report = report;
    this.widgets.slice().forEach(widget => widget.dispose());
    this.node.dataset['status'] = report ? statusOf(report) : '';
    if (!report) {
      return;
    }
    if (!('status' in report)) {
      this.addWidget(new Widget({ node: line(element('span', 'nbc-verdict', this._said(report))) }));
      return;
    }
    this.addWidget(new Widget({ node: this._line(report) }));
    if (report.outputs.length > 0) {
      // Nobody has approved this code yet: what it shows is not trusted either.
      const model = new OutputAreaModel({ values: report.outputs as unknown as IOutput[], trusted: false });
      const outputs = new SimplifiedOutputArea({ model, rendermime: this._rendermime });
      outputs.addClass('nbc-outputs');
      outputs.disposed.connect(() => model.dispose());
      this.addWidget(outputs);
    }
  }

  /** What is said of an edited text in place of a report. */
  private _said({ isTried, why }: IEdited): string {
    if (!isTried) {
      return this._trans.__('Edited; not run in a copy of your kernel yet …');
    }
    return why === undefined
      ? this._trans.__('Edited; nothing is run beforehand')
      : this._trans.__('Edited; not run in a copy of your kernel: %1', said(why, this._trans));
  }

  private _line(report: IReport): HTMLElement {
    const chips = effects(report, this._trans).map(text => element('span', 'nbc-effect', text));
    return line(element('span', 'nbc-verdict', verdict(report, this._trans)), ...chips);
  }

  private _report: Shown;
}

function statusOf(report: IReport | IEdited): string {
  return 'status' in report ? report.status : report.isTried ? 'untried' : 'edited';
}

function line(...parts: HTMLElement[]): HTMLElement {
  const made = element('div', 'nbc-effects', ...parts);
  made.setAttribute('role', 'status');
  return made;
}
