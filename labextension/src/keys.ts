/** The keys of `schema/commands.json`, as they are written on buttons. */

import { Platform } from '@lumino/domutils';

const ALT_SHIFT = Platform.IS_MAC ? '⌥⇧' : 'Alt+Shift+';

export const KEYS = {
  acceptAndRun: `${ALT_SHIFT}R`,
  acceptAndRunAll: `${ALT_SHIFT}D`,
  accept: `${ALT_SHIFT}A`,
  reject: `${ALT_SHIFT}X`,
  stop: `${ALT_SHIFT}S`,
  edit: `${ALT_SHIFT}E`,
  next: `${ALT_SHIFT}N`,
  regenerate: `${ALT_SHIFT}G`,
  fix: `${ALT_SHIFT}F`,
  cellMenu: `${ALT_SHIFT}C`,
  history: `${ALT_SHIFT}H`
};
