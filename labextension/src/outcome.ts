/** What a dry run did: one line of effects, and what the code showed. */

import type { IOutput } from '@jupyterlab/nbformat';
import { OutputAreaModel, SimplifiedOutputArea } from '@jupyterlab/outputarea';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Panel, Widget } from '@lumino/widgets';
import { element } from './dom';
import type { IReport } from './wire';

/** A report, or that the text was edited and not run yet, or that nothing is run beforehand. */
export type Shown = IReport | 'edited' | 'untried' | undefined;

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
    this.node.dataset['status'] = typeof report === 'object' ? report.status : (report ?? '');
    if (!report) {
      return;
    }
    if (typeof report === 'string') {
      const said =
        report === 'edited'
          ? this._trans.__('Edited; not run in a copy of your kernel yet …')
          : this._trans.__('Edited; nothing is run beforehand');
      this.addWidget(new Widget({ node: line(element('span', 'nbc-verdict', said)) }));
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

  private _line(report: IReport): HTMLElement {
    const chips = effects(report, this._trans).map(text => element('span', 'nbc-effect', text));
    return line(element('span', 'nbc-verdict', verdict(report, this._trans)), ...chips);
  }

  private _report: Shown;
}

function line(...parts: HTMLElement[]): HTMLElement {
  const made = element('div', 'nbc-effects', ...parts);
  made.setAttribute('role', 'status');
  return made;
}

function verdict(report: IReport, trans: TranslationBundle): string {
  switch (report.status) {
    case 'ok':
      return trans.__('Ran in a copy of your kernel in %1 s', report.seconds.toFixed(2));
    case 'unavailable':
      return trans.__('Not run beforehand: %1', report.why);
    default:
      return trans.__('Failed in a copy of your kernel: %1', report.why || report.status);
  }
}

function effects({ effects }: IReport, trans: TranslationBundle): string[] {
  const kinds: [string[], (names: string) => string][] = [
    [effects.added, names => trans.__('adds %1', names)],
    [effects.rebound, names => trans.__('sets %1 anew', names)],
    [effects.mutated, names => trans.__('changes %1 in place', names)],
    [effects.removed, names => trans.__('deletes %1', names)],
    [effects.process, names => trans.__('changes the %1', names)],
    [[...effects.created, ...effects.changed], names => trans.__('would write %1', names)],
    [effects.deleted, names => trans.__('would delete %1', names)],
    [effects.blocked, names => trans.__('was not allowed: %1', names)]
  ];
  return kinds.filter(([names]) => names.length > 0).map(([names, say]) => say(names.join(', ')));
}
