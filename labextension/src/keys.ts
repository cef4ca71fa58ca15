/** The keys of `schema/commands.json`, as they are written on buttons. */

import { Platform } from '@lumino/domutils';

/** What is held for each of them. */
export const HELD = Platform.IS_MAC ? '⌥⇧' : 'Alt+Shift+';

export const KEYS = {
  acceptAndRun: `${HELD}R`,
  acceptAndRunAll: `${HELD}D`,
  accept: `${HELD}A`,
  reject: `${HELD}X`,
  stop: `${HELD}S`,
  edit: `${HELD}E`,
  next: `${HELD}N`,
  regenerate: `${HELD}G`,
  fix: `${HELD}F`,
  cellMenu: `${HELD}C`,
  history: `${HELD}H`
};
