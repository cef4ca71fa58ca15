/** The plugins of nbcoder, one file each, so that what a page lacks disables only what needs it. */

import { runsPlugin } from './runs';

export default [runsPlugin];
