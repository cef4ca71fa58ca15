/** What a dry run did, in one line. */

import type { TranslationBundle } from '@jupyterlab/translation';
import type { IReport } from './wire';

export function effectsLine(report: IReport, trans: TranslationBundle): string {
  if (report.status === 'unavailable') {
    return trans.__('Not run beforehand: %1', report.why);
  }
  const { effects } = report;
  const parts: [string[], string][] = [
    [effects.added, trans.__('adds %1')],
    [effects.rebound, trans.__('sets %1 anew')],
    [effects.mutated, trans.__('changes %1 in place')],
    [effects.removed, trans.__('deletes %1')],
    [[...effects.created, ...effects.changed], trans.__('would write %1')],
    [effects.deleted, trans.__('would delete %1')],
    [effects.blocked, trans.__('was not allowed: %1')]
  ];
  const said = parts
    .filter(([names]) => names.length > 0)
    .map(([names, text]) => text.replace('%1', names.join(', ')));
  const ended =
    report.status === 'ok'
      ? trans.__('Ran in a copy of your kernel in %1 s', report.seconds.toFixed(2))
      : trans.__('Failed in a copy of your kernel: %1', report.why || report.status);
  return [ended, ...said].join(' · ');
}
