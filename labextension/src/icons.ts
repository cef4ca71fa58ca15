/** The mark of nbcoder: a spark that takes its colour from the theme. */

import { LabIcon } from '@jupyterlab/ui-components';

const SPARK =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" width="16"><path class="jp-icon3" ' +
  'fill="#616161" d="M8 1.2l1.5 4.3a1.6 1.6 0 0 0 1 1L14.8 8l-4.3 1.5a1.6 1.6 0 0 0-1 1L8 14.8l-1.5-4.3' +
  'a1.6 1.6 0 0 0-1-1L1.2 8l4.3-1.5a1.6 1.6 0 0 0 1-1z"/></svg>';

export const sparkIcon = new LabIcon({ name: 'nbcoder:spark', svgstr: SPARK });
