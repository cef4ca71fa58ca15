/** What is said about a suggestion. */

import type { Refusal } from './document';
import type { IHeld } from './offers';
import type { Texts } from './texts';
import type { IOffer, IStats, Kind } from './wire';

export function title({ offer, state }: IHeld, trans: Texts): string {
  switch (state) {
    case 'accepted':
      return offer.kind === 'fix' ? trans.__('Fixed') : trans.__('Accepted');
    case 'rejected':
      return trans.__('Rejected');
    default:
      return kindWord(offer.kind, trans);
  }
}

/** What is on offer. */
export function kindWord(kind: Kind, trans: Texts): string {
  const words: Record<Kind, string> = {
    generate: trans.__('Suggestion'),
    fix: trans.__('Fix'),
    explain: trans.__('Explanation'),
    document: trans.__('Documentation'),
    tests: trans.__('Tests'),
    refactor: trans.__('Refactoring')
  };
  return words[kind];
}

/** What it cost, and how much of the context it took; of what no model wrote, the time alone. */
export function facts({ stats, context }: IOffer, trans: Texts): string {
  const seconds = trans.__('%1 s', stats.seconds.toFixed(1));
  if (!stats.model) {
    return seconds;
  }
  const rate = stats.seconds > 0 ? stats.completionTokens / stats.seconds : 0;
  const sources = {
    live: trans.__('this page'),
    file: trans.__('the saved file'),
    history: trans.__('what was run')
  };
  const share = context.limit > 0 ? Math.ceil((100 * context.tokens) / context.limit) : 0;
  return [
    stats.model,
    seconds,
    trans._n('%1 token', '%1 tokens', stats.completionTokens),
    ...(rate > 0 ? [trans.__('%1 tokens/s', rate.toFixed(rate < 10 ? 1 : 0))] : []),
    ...sampling(stats, trans),
    ...(stats.tries > 1 ? [trans.__('%1 tries', stats.tries)] : []),
    trans.__('context %1 tokens (%2 %) of %3', context.tokens, share, sources[context.source]) +
      (context.cut ? ` ${trans.__('(shortened)')}` : '')
  ].join(' · ');
}

/** How the first answer was drawn; to be asked for again with the same words on the magic's line. */
function sampling({ temperature, topP, topK, seed }: IStats, trans: Texts): string[] {
  if (temperature === 0) {
    return [trans.__('greedy')];
  }
  return [
    trans.__('temperature %1', temperature),
    ...(topP === undefined ? [] : [`top-p ${topP}`]),
    ...(topK === undefined ? [] : [`top-k ${topK}`]),
    ...(seed === undefined ? [] : [trans.__('seed %1', seed)])
  ];
}

/** Why the notebook was not changed. */
export function refusal(why: Refusal, trans: Texts): string {
  const words: Record<Refusal, string> = {
    gone: trans.__('the cell is gone'),
    changed: trans.__('the cell changed meanwhile'),
    askerGone: trans.__('the cell that asked is gone')
  };
  return words[why];
}

/** Why an accepted suggestion is not to be seen. */
export function elsewhere(trans: Texts): string {
  return trans.__('Accepted in another tab or window. Save it there, then reload this notebook to see it.');
}

export function waiting(trans: Texts): string {
  return trans.__('waiting for the kernel …');
}

export function notLoaded(trans: Texts): string {
  return trans.__('nbcoder is not loaded in this kernel. Run %load_ext nbcoder.');
}

export function noKernel(trans: Texts): string {
  return trans.__('There is no kernel to tell.');
}
