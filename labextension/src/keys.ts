/** The keys of `schema/commands.json`, as they are written on buttons. */

import { Platform } from '@lumino/domutils';

const ALT_SHIFT = Platform.IS_MAC ? '⌥⇧' : 'Alt+Shift+';

export const KEYS = {
  acceptAndRun: `${ALT_SHIFT}R`,
  accept: `${ALT_SHIFT}A`,
  reject: `${ALT_SHIFT}X`,
  stop: `${ALT_SHIFT}S`,
  fix: `${ALT_SHIFT}F`
};
