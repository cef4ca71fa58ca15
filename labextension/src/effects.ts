/** What is said about a dry run. */

import { said, type Texts } from './texts';
import type { IReport } from './wire';

/** Seconds; less is shown as this. */
const SHORTEST = 0.01;

export function verdict(report: IReport, trans: Texts): string {
  switch (report.status) {
    case 'ok':
      return trans.__('Ran in a copy of your kernel in %1 s', Math.max(report.seconds, SHORTEST).toFixed(2));
    case 'unavailable':
      return trans.__('Not run beforehand: %1', said(report.why, trans));
    default:
      return trans.__('Failed in a copy of your kernel: %1', said(report.why, trans) || report.status);
  }
}

/** One phrase for each kind of change. */
export function effects({ effects, ...report }: IReport, trans: Texts): string[] {
  const why = said(report.why, trans);
  // Where nothing could be run, the verdict says it already.
  const blocked = effects.blocked.map(one => said(one, trans)).filter(one => !why.includes(one));
  const outside = (effects.outside ?? []).map(one => said(one, trans));
  const kinds: [string[], (names: string) => string][] = [
    [effects.added, names => trans.__('adds %1', names)],
    [effects.rebound, names => trans.__('sets %1 anew', names)],
    [effects.mutated, names => trans.__('changes %1 in place', names)],
    [effects.removed, names => trans.__('deletes %1', names)],
    [effects.process.map(part => partOfProcess(part, trans)), names => trans.__('changes the %1', names)],
    [[...effects.created, ...effects.changed], names => trans.__('would write %1', names)],
    [effects.deleted, names => trans.__('would delete %1', names)],
    [outside, names => trans.__('would %1', names)],
    [blocked, names => trans.__('was not allowed: %1', names)]
  ];
  return kinds.filter(([names]) => names.length > 0).map(([names, say]) => say(names.join(', ')));
}

function partOfProcess(part: string, trans: Texts): string {
  const words = new Map([
    ['environment', trans.__('environment')],
    ['import path', trans.__('import path')],
    ['logging', trans.__('logging')],
    ['random numbers', trans.__('random numbers')],
    ['settings of matplotlib', trans.__('settings of matplotlib')],
    ['settings of pandas', trans.__('settings of pandas')],
    ['warning filters', trans.__('warning filters')],
    ['working folder', trans.__('working folder')]
  ]);
  return words.get(part) ?? part;
}
