/** The mark of nbcoder: a spark that takes its colour from the theme. */

import { LabIcon } from '@jupyterlab/ui-components';

const SPARK =
  '<path class="jp-icon3" fill="#616161" d="M8 1.2l1.5 4.3a1.6 1.6 0 0 0 1 1L14.8 8l-4.3 1.5a1.6 1.6 0 0 0-1 ' +
  '1L8 14.8l-1.5-4.3a1.6 1.6 0 0 0-1-1L1.2 8l4.3-1.5a1.6 1.6 0 0 0 1-1z"/>';

const DOTS =
  '<circle class="jp-icon3" fill="#616161" cx="4" cy="14.6" r="1.1"/>' +
  '<circle class="jp-icon3" fill="#616161" cx="8" cy="14.6" r="1.1"/>' +
  '<circle class="jp-icon3" fill="#616161" cx="12" cy="14.6" r="1.1"/>';

const drawn = (paths: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" width="16">${paths}</svg>`;

export const sparkIcon = new LabIcon({ name: 'nbcoder:spark', svgstr: drawn(SPARK) });

/** Opens a menu. */
export const sparkMenuIcon = new LabIcon({
  name: 'nbcoder:spark-menu',
  svgstr: drawn(`<g transform="translate(1.6 -0.8) scale(0.8)">${SPARK}</g>${DOTS}`)
});
