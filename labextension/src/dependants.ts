/** The cells that have to run again once a cell does something else. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { element } from './dom';
import type { IDependant } from './wire';

/** One line that names them by the numbers beside them, with the names that they use. */
export function dependantsLine(dependants: readonly IDependant[], trans: TranslationBundle): HTMLElement {
  const chips = dependants.map(({ count, names }) =>
    element(
      'span',
      'nbc-effect',
      element('b', '', `[${count ?? ' '}]`),
      ` ${trans.__('uses %1', names.join(', '))}`
    )
  );
  return element(
    'div',
    'nbc-effects nbc-dependants',
    element('span', '', trans._n('To be run again:', 'To be run again, in this order:', dependants.length)),
    ...chips
  );
}
